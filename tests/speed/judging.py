"""The rating queue as its page in a real Chromium, driven by keys: how soon the next mosaic is there, how soon a rating is
in the journal, and how many a minute go on being so."""

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from labarchive import phantom
from labarchive.settings import Home
from tests.browser.panel import FLAGS
from tests.rest.conftest import PROJECT, Service, fill, serving
from tests.speed import trees
from tests.speed.panel import at
from tests.speed.table import Row, Table

PACE = 0.15
"""Seconds between two keys: 400 a minute, faster than anybody judges."""
WATCH = """(() => {
  window.pressed = []; window.painted = []; window.durable = []; window.first = 0;
  let painting;
  document.addEventListener('keydown', event => {
    if (event.key === '1') { pressed.push(event.timeStamp); painting = event.timeStamp; }
  }, true);
  new MutationObserver(() => {
    const picture = document.querySelector('.la-frame-of > img.la-mosaic');
    if (!picture || picture === window.last) return;
    window.last = picture;
    const began = painting;
    painting = undefined;
    requestAnimationFrame(() => setTimeout(() => {
      window.first = window.first || performance.now();
      if (began !== undefined) painted.push(performance.now() - began);
    }));
  }).observe(document, {childList: true, subtree: true});
  const ask = window.fetch;
  window.fetch = async (where, ...more) => {
    const answer = await ask(where, ...more);
    if (String(where).endsWith('/sayings') && answer.ok) durable.push(performance.now() - pressed[durable.length]);
    return answer;
  };
})()"""


def judging(table: Table, turns: int = 5) -> None:
    """All scans of the example, whose mosaics the background has drawn."""
    with tempfile.TemporaryDirectory(prefix="judging-", dir=trees.KEPT) as made:
        folder = Path(made) / "tau"
        phantom.make(folder, profile="demo")
        with serving(Home(Path(made) / "home")) as service:
            fill(service, folder)
            scans = _drawn(service)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=FLAGS, headless=True
                )
                with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
                    context.add_cookies(
                        [{"name": "labarchive-token", "value": "token-mia", "url": f"{service.url}/"}]
                    )
                    context.add_init_script(WATCH)
                    page = context.new_page()
                    firsts = [_first(page, service) for _ in range(turns)]
                    minutes = _all(page, scans)
                    painted, durable = (sorted(page.evaluate(name)) for name in ("painted", "durable"))
                browser.close()
            kept = service.get(f"/projects/{PROJECT}/scans", "ada", quality="usable", limit=1)["total"]
    assert kept == scans, (kept, scans)
    table.add(
        Row(
            "the queue's page to its first mosaic",
            f"{statistics.median(firsts):.0f} ms",
            reach="500 ms",
            remark="warm; no kernel",
        )
    )
    for what, times, reach in (("next mosaic painted", painted, 50), ("rating in the journal", durable, 100)):
        said = f"p95 {at(times, 0.95):.0f} ms, median {statistics.median(times):.0f} ms"
        table.add(
            Row(f"key to {what}", said, reach=f"p95 {reach} ms", remark=f"{len(times)} of {scans} scans")
        )
    table.add(
        Row(
            "ratings kept up",
            f"{scans / minutes:.0f} a minute",
            reach="300 a minute",
            remark="every one of them in the catalogue",
        )
    )


def _drawn(service: Service) -> int:
    """How many scans the queue has; their pictures are made."""
    with service.client("mia") as client:
        scans = client.get(f"/projects/{PROJECT}/queue").json()["columns"]["scan_id"]
        for scan in scans:
            for name in ("mosaic.webp", "thumbnail.webp"):
                client.get(f"/projects/{PROJECT}/scans/{scan}/{name}")
    return len(scans)


def _first(page: Page, service: Service) -> float:
    """Milliseconds from the address to the painted picture."""
    page.goto(f"{service.url}/projects/{PROJECT}/queue")
    page.wait_for_function("() => window.first > 0")
    page.wait_for_timeout(1000)
    return float(page.evaluate("window.first"))


def _all(page: Page, scans: int) -> float:
    """Minutes in which everything is judged, until the last rating is answered."""
    began = time.monotonic()
    for n in range(scans):
        time.sleep(max(0.0, began + n * PACE - time.monotonic()))
        page.keyboard.press("1")
    page.wait_for_function(f"() => durable.length >= {scans}", timeout=60_000)
    return (time.monotonic() - began) / 60
