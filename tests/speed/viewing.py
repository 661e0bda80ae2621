"""A volume in the viewer's own page, in a real Chromium: how soon it is seen, and what a slice further costs."""

import shutil
import statistics
import tempfile
import time
from pathlib import Path

import nibabel as nib
import numpy as np
from playwright.sync_api import Page, sync_playwright

from labarchive.settings import Home
from tests.browser.panel import FLAGS
from tests.rest.conftest import PROJECT, Service, fill, serving
from tests.speed import drawing, trees
from tests.speed.panel import at
from tests.speed.table import Row, Table

SHAPE = (256, 256, 180)
WATCH = """(() => {
  window.seen = 0;
  new MutationObserver(() => {
    if (window.seen || !document.querySelector('.la-plane canvas')) return;
    window.seen = 1;
    requestAnimationFrame(() => setTimeout(() => { window.seen = performance.now(); }));
  }).observe(document, {childList: true, subtree: true});
})()"""
SCROLL = """async steps => {
  const plane = document.querySelector('[data-plane=axial]'), caption = plane.querySelector('figcaption');
  const ask = window.requestAnimationFrame.bind(window);
  let own = 0;
  window.requestAnimationFrame = act => ask(now => { const began = performance.now(); act(now); own += performance.now() - began; });
  const times = []; let slices = 0, from = performance.now();
  for (let n = 0; n < steps; n++) {
    const before = caption.textContent, began = performance.now();
    plane.dispatchEvent(new KeyboardEvent('keydown', {key: n % 120 < 60 ? 'ArrowUp' : 'ArrowDown', bubbles: true}));
    own = performance.now() - began;
    await new Promise(done => ask(() => ask(done)));
    times.push(own); slices += caption.textContent !== before;
  }
  return {times, slices, seconds: (performance.now() - from) / 1000};
}"""


def viewing(table: Table, turns: int = 5, steps: int = 240) -> None:
    """A DICOM series and a compressed NIfTI file of one size."""
    with tempfile.TemporaryDirectory(prefix="viewing-", dir=trees.KEPT) as made:
        folder = Path(made) / "study"
        data = np.random.default_rng(1).normal(500, 120, SHAPE).clip(0, 4095).astype(np.int16)
        (folder / "series").mkdir(parents=True)
        drawing.series(folder / "series", data)
        nib.save(nib.Nifti1Image(data, np.diag([1.0, 1.0, 1.0, 1.0])), folder / "volume.nii.gz")
        with serving(Home(Path(made) / "home")) as service, sync_playwright() as playwright:
            fill(service, folder)
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=FLAGS, headless=True
            )
            with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
                context.add_cookies([{"name": "labarchive-token", "value": "token-mia", "url": f"{service.url}/"}])  # fmt: skip
                context.add_init_script(WATCH)
                page = context.new_page()
                for form in ("dicom", "nifti"):
                    scan = _scan(service, form)
                    _noticed(service, scan)
                    made, *times = [_first(page, service, scan) for _ in range(turns + 1)]
                    table.add(
                        Row(
                            f"{' x '.join(map(str, SHAPE))} of {form} to its first slices",
                            f"{statistics.median(times):.0f} ms",
                            reach="500 ms",
                            remark=f"{made:.0f} ms where its volume was not made yet",
                        )
                    )
                told = page.evaluate(SCROLL, steps)
                page.reload()
                page.wait_for_function("() => window.seen > 1", timeout=60_000)
                page.keyboard.press("r")
                rendered = page.locator(".la-rendered[data-ready]")
                rendered.wait_for(timeout=120_000)
                in_space = int(rendered.get_attribute("data-ready") or 0)
            browser.close()
    table.add(
        Row(
            f"{' x '.join(map(str, SHAPE))} until NiiVue has rendered it",
            f"{in_space} ms",
            remark="from the key, its script fetched; drawn in software where there is no GPU",
        )
    )
    times = sorted(told["times"])
    assert told["slices"] == steps, told["slices"]
    table.add(
        Row(
            "a slice further, our own time, three planes",
            f"p95 {at(times, 0.95):.1f} ms, median {statistics.median(times):.1f} ms",
            reach="p95 16 ms",
            remark=f"{steps} of {steps} slices seen in {told['seconds']:.1f} s",
        )
    )


def _scan(service: Service, form: str) -> str:
    found = service.get(f"/projects/{PROJECT}/scans", "mia")["items"]
    return str(next(each["scan_id"] for each in found if form in str(each["format"]).lower()))


def _noticed(service: Service, scan: str) -> None:
    """Its thumbnail is looked at, as in a lightbox: the service is ready for volumes then."""
    with service.client("mia") as client:
        client.get(f"/projects/{PROJECT}/scans/{scan}/thumbnail.webp").raise_for_status()
    time.sleep(2)


def _first(page: Page, service: Service, scan: str) -> float:
    """Milliseconds from the address to painted planes."""
    page.goto(f"{service.url}/projects/{PROJECT}/viewer?scan={scan}")
    page.wait_for_function("() => window.seen > 1", timeout=60_000)
    page.wait_for_timeout(300)
    return float(page.evaluate("window.seen"))
