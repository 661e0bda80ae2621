"""A real Chromium that speaks to 127.0.0.1 only, and a real ``labarchive demo`` to look at."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, sync_playwright

from tests.browser.panel import chromium as chromium
from tests.browser.panel import example_lab as example_lab
from tests.browser.panel import panel as panel
from tests.browser.panel import panel_lab as panel_lab

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OUT = Path(__file__).parent / "out"
PICTURES = bool(os.environ.get("LABARCHIVE_PICTURES"))
"""Write the README's picture, of a larger example."""
NO_HOST = ("data", "blob", "about", "chrome-error")


@dataclass(frozen=True, slots=True)
class Demo:
    """What ``labarchive demo --json`` says when it is ready."""

    url: str
    home: Path
    pid: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A page, and what it did that nobody asked for."""

    page: Page
    elsewhere: list[str] = field(default_factory=list)
    """Requests to any host but 127.0.0.1."""
    faults: list[str] = field(default_factory=list)
    """Errors that nothing caught."""


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A running demo on a tiny example; ended as Ctrl-C ends it."""
    home = tmp_path_factory.mktemp("demo") / "home"
    own = {**os.environ, "HOME": str(home.parent), "JUPYTER_RUNTIME_DIR": str(home.parent / "runtime")}
    profile = "demo" if PICTURES else "tiny"
    command = [
        sys.executable,
        "-m",
        "labarchive",
        "--home",
        str(home),
        "demo",
        "--alone",
        "--profile",
        profile,
        "--json",
    ]
    process = subprocess.Popen([*command, "--port", "18888"], stdout=subprocess.PIPE, text=True, env=own)
    assert process.stdout is not None
    said = process.stdout.readline()
    try:
        assert said, "labarchive demo ended before it was ready"
        ready = json.loads(said)
        yield Demo(ready["url"], Path(ready["home"]), ready["pid"])
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert left_over(home) == []


def left_over(home: Path) -> list[int]:
    """Processes that still name this home on their command line; the owner is given its time to leave."""
    for _ in range(100):
        found = [pid for pid in Path("/proc").glob("[0-9]*") if names(pid, home)]
        if not found:
            return []
        time.sleep(0.1)
    return [int(pid.name) for pid in found]


def names(process: Path, home: Path) -> bool:
    try:
        return os.fsencode(home) in (process / "cmdline").read_bytes()
    except OSError:
        return False


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[Seen]:
    """A fresh profile in Debian's Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("chromium is missing: apt install chromium")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=chromium, args=FLAGS, headless=True,
            viewport={"width": 1100, "height": 1270},
        )  # fmt: skip
        found = Seen(context.pages[0])

        def asked(request: Request) -> None:
            where = urlsplit(request.url)
            if where.scheme not in NO_HOST and where.hostname != "127.0.0.1":
                found.elsewhere.append(request.url)

        context.on("request", asked)
        found.page.on("pageerror", lambda error: found.faults.append(str(error)))
        try:
            yield found
        finally:
            OUT.mkdir(exist_ok=True)
            found.page.screenshot(path=OUT / "last.png")
            context.close()
