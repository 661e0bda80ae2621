"""Dashboards in an assistant's own Voila: she judges by keys as herself, nothing said is lost, and what she leaves is ended."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.panel import LEFT, OUT, Panel, watch
from tests.browser.panel import chromium as chromium
from tests.hub.conftest import Demo, xsrf
from tests.hub.people import STARTS, WEBSOCKET, sign_in

pytestmark = pytest.mark.browser
SHOWS = {
    "quality-control": ".la-mosaic", "completeness": ".la-plan, .la-visit-cell", "scanner-drift": ".la-drift-one, .la-instead",
    "raters": ".la-raters-table, .la-instead", "forms": ".la-sheet .la-item",
}  # fmt: skip


@contextmanager
def at_dashboard(chromium: Browser, demo: Demo, name: str, person: str = "anna") -> Iterator[Panel]:
    """Somebody before a dashboard; fails for whatever nobody caught, and for a request to elsewhere."""
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        panel = Panel(context.new_page(), f"{demo.url}/user/{demo.users[person]['name']}/voila/render")
        watch(panel)
        sign_in(panel, demo, person)
        panel.page.get_by_role("heading", name="My projects").wait_for(timeout=STARTS)
        began = time.monotonic()
        panel.page.goto(f"{panel.address}/{name}.ipynb")
        panel.page.locator(SHOWS[name]).first.wait_for(timeout=STARTS)
        print(f"{name} shows something after {time.monotonic() - began:.2f} s")
        yield panel
        LEFT.keep(panel.page)
    assert panel.faults == [], panel.faults


def kernels(demo: Demo, person: str) -> dict[int, int]:
    """The kernels of a person, and what each has in memory (PSS, bytes)."""
    name = demo.users[person]["name"]
    found = subprocess.run(
        ["pgrep", "-u", name, "-f", "labarchive.kernel -f"], capture_output=True, text=True
    ).stdout
    return {int(pid): _pss(int(pid)) for pid in found.split()}


def _pss(pid: int) -> int:
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return int(re.search(r"^Pss:\s+(\d+) kB", rows, re.MULTILINE)[1]) * 1024  # type: ignore[index]


def ratings(demo: Demo, since: int) -> list[tuple[str, str, str, str]]:
    events = demo.asked("ines", f"/changes?since={since}").json()["events"]
    return [(each["who"], each["door"], each["about"], each["payload"]["quality"]) for each in events if each["verb"] == "rating"]  # fmt: skip


def test_an_assistant_judges_in_voila_as_herself(demo: Demo, chromium: Browser) -> None:
    since = demo.asked("ines", "/hello").json()["seq"]
    with at_dashboard(chromium, demo, "quality-control") as board:
        page = board.page
        expect(page.locator(".la-stage header")).to_contain_text("yours until")
        for _ in range(3):
            before = page.locator(".la-name-of").inner_text()
            page.keyboard.press("1")
            expect(page.locator(".la-name-of")).not_to_have_text(before)
        page.keyboard.press("n")
        page.keyboard.type("123 nothing is rated while I write")
        page.keyboard.press("Escape")
        expect(page.locator('.la-qc[data-waiting="0"]')).to_be_visible()
        page.screenshot(path=OUT / "voila-queue.png")
        said = ratings(demo, since)
        assert [(who, quality) for who, _, _, quality in said] == [(demo.users["anna"]["name"], "usable")] * 3
        for _ in range(3):
            page.keyboard.press("z")
            expect(page.locator(".la-toast")).to_contain_text("taken back")
            expect(page.locator('.la-qc[data-waiting="0"]')).to_be_visible()
        page.get_by_role("button", name="Lightbox").click()
        page.locator(".la-tile img").first.wait_for(timeout=STARTS)
        page.locator(".la-tile").first.click()
        page.keyboard.press("Enter")
        expect(page.locator(".la-board-volume .la-plane canvas")).to_have_count(3, timeout=30_000)
        page.get_by_role("button", name="In space").click()
        expect(page.locator(".la-rendered")).to_have_attribute(
            "data-ready", re.compile(r"\d"), timeout=60_000
        )
        page.screenshot(path=OUT / "voila-volume.png")
        page.get_by_role("button", name="Back").click()
        expect(page.locator(".la-tile").first).to_be_visible()
        for title in ("Completeness", "Scanner drift", "Raters", "Forms", "Quality control"):
            page.get_by_role("link", name=title).click()
            page.wait_for_url(re.compile(f"{title.lower().replace(' ', '-')}.ipynb"))
            page.locator(SHOWS[title.lower().replace(" ", "-")]).first.wait_for(timeout=STARTS)
            page.wait_for_timeout(300)
            page.screenshot(path=OUT / f"voila-{title.lower().replace(' ', '-')}.png")


def test_a_page_that_is_left_ends_its_kernel_and_one_holds_little(demo: Demo, chromium: Browser) -> None:
    """A dashboard's kernel imports neither pandas nor DuckDB; it holds 130 MB at most beyond an empty one."""
    with at_dashboard(chromium, demo, "quality-control") as board:
        before = set(kernels(demo, "anna"))
        for name in ("completeness", "raters", "completeness"):
            board.page.goto(f"{board.address}/{name}.ipynb")
            board.page.locator(SHOWS[name]).first.wait_for(timeout=STARTS)
        until = time.monotonic() + 60
        while len(kernels(demo, "anna")) > len(before) + 3 and time.monotonic() < until:
            time.sleep(0.5)
        there = kernels(demo, "anna")
        # one of the page, and one or two made ready for each notebook
        assert len(there) <= len(before) + 3, (before, there)
        empty = int(subprocess.run([sys.executable, "-c", _EMPTY], capture_output=True, text=True, check=True).stdout)  # fmt: skip
        held = sorted(size - empty for size in there.values())
        print(f"kernels of Voila hold {[round(each / 1e6) for each in held]} MB beyond an empty one")
        assert held[-2] < 130e6  # the last may be of the overview, which shows DataFrames


_EMPTY = """
import re, sys, time
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel()
rows = open(f'/proc/{manager.provisioner.process.pid}/smaps_rollup').read()
print(int(re.search(r'^Pss:\\s+(\\d+) kB', rows, re.M)[1]) * 1024)
client.stop_channels(); manager.shutdown_kernel(now=True)
"""


def test_nothing_is_lost_when_her_voila_is_killed_while_she_judges(demo: Demo, chromium: Browser) -> None:
    since = demo.asked("ines", "/hello").json()["seq"]
    name = demo.users["anna"]["name"]
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        board = Panel(context.new_page(), f"{demo.url}/user/{name}/voila/render")
        sign_in(board, demo, "anna")
        page = board.page
        page.get_by_role("heading", name="My projects").wait_for(timeout=STARTS)
        page.goto(f"{board.address}/quality-control.ipynb")
        page.locator(".la-mosaic").first.wait_for(timeout=STARTS)
        expect(page.locator(".la-stage header")).to_contain_text("yours until")
        judged = []
        for n in range(4):
            judged.append(page.locator(".la-name-of").inner_text())
            page.keyboard.press("1")
            expect(page.locator(".la-name-of")).not_to_have_text(judged[-1])
            if n == 1:
                expect(page.locator('.la-qc[data-waiting="0"]')).to_be_visible()
                pids = subprocess.run(
                    ["pgrep", "-u", name, "-f", "labarchive.hub.voila"], capture_output=True, text=True
                ).stdout
                for pid in pids.split():
                    os.kill(int(pid), signal.SIGKILL)
        expect(page.locator('.la-qc[data-waiting="2"]')).to_be_visible()  # said to nobody yet, and it says so
        with demo.signed_in("anna") as client:
            deadline = time.monotonic() + 90
            while time.monotonic() < deadline:
                answer = client.post(f"/hub/api/users/{name}/server", headers={"X-XSRFToken": xsrf(client)})
                if client.get(f"/user/{name}/labarchive/api/hello").status_code == 200:
                    break
                time.sleep(1)
            assert answer.status_code < 500
        with context.expect_page() as other:  # her server began anew, and wants to be shown who she is
            page.get_by_role("link", name="Sign in again").click()
        other.value.locator(".la-mosaic").first.wait_for(timeout=STARTS)
        other.value.close()
        expect(page.locator('.la-qc[data-waiting="0"]')).to_be_visible(timeout=STARTS)
        said = ratings(demo, since)
        assert [(who, quality) for who, _, _, quality in said] == [(name, "usable")] * 4
        assert len({about for _, _, about, _ in said}) == 4
        for _ in range(4):
            page.keyboard.press("z")
            expect(page.locator('.la-qc[data-waiting="0"]')).to_be_visible()
            page.wait_for_timeout(200)
        LEFT.keep(page)
        faults = [each for each in board.faults if not WEBSOCKET.search(each)]
        assert faults == [], faults


def test_nobody_else_comes_in_at_her_dashboards(demo: Demo) -> None:
    name = demo.users["anna"]["name"]
    with demo.signed_in("otto") as client:
        assert client.get(f"/user/{name}/voila/render/quality-control.ipynb").status_code in (403, 404)
        assert client.get(f"/user/{name}/labarchive/api/projects").status_code in (403, 404)
