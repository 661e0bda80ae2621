"""The archive panel in a real Chromium on a catalogue of a million files: opening, scrolling, typing; and what Lab pays."""

import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.lab import servers
from tests.speed import ours
from tests.speed.table import Row, Table

FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]
OPEN = """async (some) => {
  const input = document.querySelector('.la-search input');
  const list = document.querySelector('.la-tree');
  const say = word => { input.value = word; input.dispatchEvent(new Event('input')); };
  const frame = () => new Promise(done => requestAnimationFrame(done));
  say(some);
  while (list.clientHeight > 1000) await frame();
  const began = performance.now();
  say('');
  while (list.clientHeight < 1000) await frame();
  return performance.now() - began;
}"""
SCROLL = """async () => {
  const tree = document.querySelector('.la-tree-scroll');
  const steps = [];
  for (let n = 0; n < 400; n++) {
    tree.scrollTop += 7 * 24;
    const began = performance.now();
    tree.dispatchEvent(new Event('scroll'));
    steps.push(performance.now() - began);
    await new Promise(done => requestAnimationFrame(done));
  }
  return steps;
}"""
SEARCH = """async (words) => {
  const input = document.querySelector('.la-search input');
  const first = () => document.querySelector('.la-row[data-level=subject] .la-name')?.textContent;
  const times = [];
  for (const word of words) {
    const began = performance.now();
    input.value = word;
    input.dispatchEvent(new Event('input'));
    while (first() !== word) await new Promise(done => requestAnimationFrame(done));
    times.push(performance.now() - began);
    await new Promise(done => setTimeout(done, 200)); // nobody types faster
  }
  return times;
}"""
WORDS = [f"{n:05}" for n in range(40, 80)]
"""Subjects' labels, as free words: looked for in every label and description."""


def panel(table: Table, files: int = 1_000_000) -> None:
    """10,416 sessions in the tree; typing at a million files."""
    with ours.fresh_home() as home:
        made = [sys.executable, "-m", "tests.speed.synthetic", str(home), str(files), "12"]
        subprocess.run(made, check=True, capture_output=True, cwd=servers.ROOT)
        with lab(home) as page:
            show(page)
            opened = [page.evaluate(OPEN, f"{n:05}") for n in range(7)]
            page.locator(".la-row[data-level=subject]").first.click()
            page.keyboard.press("*")
            steps = sorted(page.evaluate(SCROLL))
            times = sorted(page.evaluate(SEARCH, WORDS))
    what = f"{files // 12 // 8:,} sessions"
    table.add(Row(f"tree of {what} opens", f"{statistics.median(opened):.0f} ms", reach="300 ms"))
    said = f"{statistics.median(steps):.1f} ms, p95 {at(steps, 0.95):.1f} ms"
    table.add(Row(f"a scroll step, our own time, {what}", said, reach="8 ms"))
    said = f"p95 {at(times, 0.95):.0f} ms, median {statistics.median(times):.0f} ms"
    table.add(Row(f"search to painted, {files:,} files", said, reach="p95 100 ms"))


def entering(table: Table, turns: int = 5) -> None:
    """From the address to a Lab that can be used, with our extension and without it."""
    with ours.fresh_home() as home:
        times = {True: [], False: []}  # type: dict[bool, list[float]]
        for on in (True, False) * turns:
            with lab(home, on=on) as page:
                times[on].append(page.evaluate("performance.now()"))
    ours_ms, theirs = (statistics.median(times[on]) for on in (True, False))
    table.add(
        Row(
            "address to usable Lab",
            f"{ours_ms:.0f} ms",
            f"without us {theirs:.0f} ms",
            ours_ms / theirs,
            reach="at most 15 % slower",
        )
    )


@contextmanager
def lab(home: Path, on: bool = True) -> Iterator[Page]:
    """A Lab page that is ready, in a fresh profile in front of ``home``."""
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.jupyter("jupyterlab", Path(folder), own(home, Path(folder), on)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS, headless=True
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{server.address}lab?token={server.token}&reset")
        page.locator(".jp-Launcher").first.wait_for(timeout=90_000)
        yield page
        browser.close()


def own(home: Path, folder: Path, on: bool) -> dict[str, str]:
    """The environment; without us both halves of the extension are off, as a lab would switch them off."""
    said = {"LABARCHIVE_HOME": str(home)}
    if not on:
        config = folder / "config"
        (config / "labconfig").mkdir(parents=True)
        (config / "labconfig" / "page_config.json").write_text('{"disabledExtensions": {"labarchive": true}}')
        (config / "jupyter_server_config.json").write_text(
            '{"ServerApp": {"jpserver_extensions": {"labarchive.lab": false}}}'
        )
        said["JUPYTER_CONFIG_DIR"] = str(config)
    return said


def show(page: Page) -> None:
    page.locator('.lm-TabBar-tab[data-id="labarchive-panel"]').click()
    page.locator(".la-row[data-level=subject]").first.wait_for(timeout=60_000)
    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})


def at(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(share * len(times)))]
