"""Each part of the house killed with -9 while people are in it: the rest goes on, and it comes back by itself."""

import json
import os
import pwd
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import TimeoutError as TooLong

from tests.browser.panel import chromium as chromium
from tests.hub.conftest import Demo
from tests.hub.people import STARTS, AtHub, at_lab

pytestmark = pytest.mark.browser
FIRST = "tau-pet"
BACK = 60.0
"""Seconds in which a part is there again."""


@pytest.fixture(scope="module")
def lab(demo: Demo, chromium: Browser) -> Iterator[AtHub]:
    """Ines in Lab, with a notebook whose kernel holds something. What the page complains of while parts are dead is expected."""
    with at_lab(chromium, demo, "ines") as panel:
        panel.notebook()
        panel.run("kept = 'what I had'")
        yield panel
        panel.faults.clear()


def child_of(demo: Demo, *words: str) -> int:
    """The process of this demo whose command line has these words."""
    return next(pid for pid in below(demo.process.pid) if all(word in command(pid) for word in words))


def below(pid: int) -> list[int]:
    """The process and all that it and its children started; the hub's own children outlive it below process 1."""
    parents: dict[int, int] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(
                    Path(entry.path, "stat").read_text().rpartition(")")[2].split()[1]
                )
            except OSError:
                continue
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def killed(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + 10
    while command(pid) and time.monotonic() < until:
        time.sleep(0.02)


def again(what: Callable[[], bool]) -> float:
    """Seconds until it holds."""
    began = time.monotonic()
    while time.monotonic() - began < BACK:
        try:
            if what():
                return time.monotonic() - began
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("it did not come back")


def answers(address: str, *good: int, **words: object) -> Callable[[], bool]:
    return lambda: httpx.get(address, trust_env=False, timeout=10, **words).status_code in good  # type: ignore[arg-type]


def kernel_says(panel: AtHub, code: str) -> str:
    dismiss = panel.page.locator(".jp-Dialog").get_by_role("button", name="Dismiss")
    if dismiss.count():  # Lab tells people that it was away for a moment
        dismiss.click()
    panel.page.locator(".jp-Dialog").wait_for(state="detached")
    panel.run(code)
    return panel.page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output").last.inner_text()


def test_the_service_dies_and_what_was_acknowledged_is_there(demo: Demo, lab: AtHub) -> None:
    bearer = {"Authorization": f"Bearer {demo.token('ines')}"}
    at = f"{demo.api}/api/projects/{FIRST}"
    (scan, *_) = httpx.get(f"{at}/scans", headers=bearer, trust_env=False).json()["items"]
    said = {"sayings": [{"verb": "tag", "about": scan["scan_id"], "payload": {"tag": "said just before"}}]}
    acknowledged = httpx.post(f"{at}/sayings", json=said, headers=bearer, trust_env=False)
    assert acknowledged.status_code == 200, acknowledged.text
    killed(child_of(demo, "labarchive.server", "--listen"))
    assert "what I had" in kernel_says(lab, "kept")
    assert "scans" in kernel_says(lab, f"archive['{FIRST}'].scans(kind='T1w')")
    took = again(answers(f"{demo.api}/api/hello", 200, headers=bearer))
    print(f"the service answered again after {took:.1f} s")
    history = httpx.get(f"{at}/scans/{scan['scan_id']}/history", headers=bearer, trust_env=False).json()
    assert "said just before" in json.dumps(history)
    expect(lab.row(FIRST, "project")).to_be_visible(timeout=30_000)
    assert "said just before" in kernel_says(
        lab,
        f"archive.sql(\"select tag from tag where about = '{scan['scan_id']}'\").fetchall()",
    )


def test_the_proxy_dies_and_the_hub_starts_another(demo: Demo, lab: AtHub) -> None:
    killed(int((demo.home.parent / "hub" / "proxy.pid").read_text()))
    took = again(answers(f"{demo.url}/hub/api/", 200))
    print(f"the proxy was there again after {took:.1f} s")
    expect(lab.page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=60_000)
    assert "what I had" in kernel_says(lab, "kept")


def test_the_hub_dies_and_nobody_s_kernel_does(demo: Demo, lab: AtHub) -> None:
    bearer = {"Authorization": f"Bearer {demo.token('ines')}"}
    killed(child_of(demo, "-m jupyterhub"))
    took = again(answers(f"{demo.url}/hub/api/", 200))
    print(f"the hub was there again after {took:.1f} s")
    again(answers(f"{demo.api}/api/projects", 200, headers=bearer))  # a token of before the hub died
    expect(lab.page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=60_000)
    assert "what I had" in kernel_says(lab, "kept")


def server_of(demo: Demo, person: str) -> int:
    uid = pwd.getpwnam(demo.users[person]["name"]).pw_uid
    pids = [
        int(entry.name)
        for entry in os.scandir("/proc")
        if entry.name.isdigit() and entry.stat().st_uid == uid
    ]
    (server,) = [pid for pid in pids if "jupyterhub.singleuser" in command(pid)]
    return server


def test_a_person_s_server_dies_and_is_started_by_whoever_comes_to_it(demo: Demo, lab: AtHub) -> None:
    killed(server_of(demo, "ines"))
    with demo.signed_in("otto") as other:
        assert other.get("/hub/home").status_code == 200
    for left in range(5, -1, -1):  # the hub looks every five seconds; who came before that comes again
        time.sleep(6)
        lab.page.goto(lab.address)
        try:
            lab.page.locator("#jp-main-dock-panel").wait_for(timeout=STARTS / 4)
            break
        except TooLong:
            if not left:
                raise
