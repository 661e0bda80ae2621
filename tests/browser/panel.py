"""The archive panel as a test drives it: a real JupyterLab and Chromium, an invented archive behind them."""

import contextlib
import json
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Error, Locator, Page, Request, expect, sync_playwright

from labarchive import phantom
from labarchive.archive import indexing
from labarchive.errors import LabarchiveError
from labarchive.settings import Home
from labarchive.wire import Wire
from tests.lab import servers

FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]
OUT = Path(__file__).parent / "out"
NO_HOST = ("data", "blob", "about", "chrome-error")


@dataclass
class Left:
    """What the browsers of this process asked for, and what their pages kept."""

    addresses: set[str] = field(default_factory=set)
    storage: set[str] = field(default_factory=set)

    def keep(self, page: Page) -> None:
        kept = (
            "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
        )
        with contextlib.suppress(Error):  # a page of the browser's own keeps nothing
            self.storage.add(page.evaluate(kept))


LEFT = Left()


@dataclass
class World:
    """The archive behind Lab, as a test changes it."""

    port: str
    process: object = None

    def start(self) -> None:
        address = f"http://127.0.0.1:{self.port}/api/hello"
        self.process = servers.app("tests.lab.archive_app", address, ARCHIVE_AT=self.port)

    def stop(self) -> None:
        servers.end(self.process)  # type: ignore[arg-type]
        self.process = None

    def turn(self, **words: object) -> None:
        """Something happens in it."""
        httpx.post(f"http://127.0.0.1:{self.port}/turn", json=words).raise_for_status()


SESSION = """label => [...document.querySelectorAll(".la-row[data-level=session] .la-name")]
    .some(name => name.textContent === label)"""


@dataclass
class Panel:
    """A Lab page with the archive panel open."""

    page: Page
    address: str
    world: World = field(default_factory=lambda: World(""))
    faults: list[str] = field(default_factory=list)
    """Errors that nothing caught, and requests that left 127.0.0.1."""

    @property
    def node(self) -> Locator:
        return self.page.locator("#labarchive-panel")

    @property
    def inspector(self) -> Locator:
        return self.page.locator("#labarchive-inspector")

    @property
    def field(self) -> Locator:
        return self.node.get_by_role("combobox", name="Find scans")

    @property
    def chips(self) -> list[str]:
        return [text.rstrip("×") for text in self.node.locator(".la-chip").all_text_contents()]

    @property
    def cells(self) -> list[str]:
        """The code cells of the notebook in front."""
        cells = self.page.locator(".jp-NotebookPanel:visible .jp-CodeCell .cm-content")
        return [cell.inner_text().strip() for cell in cells.all()]

    def row(self, name: str, level: str | None = None) -> Locator:
        rows = self.node.locator(f".la-row{f'[data-level={level}]' if level else ''}")
        return rows.filter(has=self.page.locator(f'.la-name:text-is("{name}")')).first

    def seconds_until(self, label: str) -> float:
        """Until a session of this label is in the tree; looked at with each frame.

        ``expect`` looks after 0.1, 0.35, 0.85 and then only after 1.85 seconds.
        """
        began = time.monotonic()
        self.page.wait_for_function(SESSION, arg=label, timeout=10_000, polling="raf")
        return time.monotonic() - began

    def open(self, name: str, level: str | None = None) -> None:
        """Have it open, whether or not it was; a click may meet the moment in which the panel opens it by itself."""
        row = self.row(name, level)
        row.wait_for()
        for _ in range(3):
            if row.get_attribute("aria-expanded") != "true":
                row.locator(".la-twist").click()
            with contextlib.suppress(AssertionError):
                expect(row).to_have_attribute("aria-expanded", "true", timeout=2_000)
                return
        expect(row).to_have_attribute("aria-expanded", "true")

    def search(self, q: str) -> None:
        self.field.click()
        self.field.press_sequentially(q)
        self.page.keyboard.press("Enter")

    def clear(self) -> None:
        """Nothing is searched for."""
        self.field.fill("")
        for button in self.node.get_by_role("button", name=re.compile("^Remove ")).all()[::-1]:
            button.click()
        self.page.keyboard.press("Escape")

    def goto(self) -> None:
        """Lab as it is on a first visit, with the panel open."""
        self.page.goto(f"{self.address}&reset")
        self.page.locator(".jp-Launcher").first.wait_for(timeout=90_000)
        self.show()

    def show(self) -> None:
        if not self.node.is_visible():
            self.page.locator('.lm-TabBar-tab[data-id="labarchive-panel"]').click()
        self.node.wait_for()

    def settings(self, **words: object) -> None:
        """The panel's settings from the next page on."""
        base, _, token = self.address.partition("lab?token=")
        where = f"{base}lab/api/settings/labarchive:panel"
        says = {"Authorization": f"token {token}"}
        httpx.put(where, json={"raw": json.dumps(words)}, headers=says).raise_for_status()
        self.goto()

    def command(self, name: str, **args: object) -> None:
        self.page.evaluate(
            "async ([name, args]) => { await jupyterapp.commands.execute(name, args); }", [name, args]
        )

    def notebook(self, kernel: str = "Archive") -> Locator:
        """A new notebook, idle."""
        self.page.locator(f'.jp-LauncherCard[data-category="Notebook"][title^="{kernel}"]').first.click()
        self.page.locator(".jp-NotebookPanel:visible").wait_for()
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text(
            "| Idle", timeout=60_000
        )  # a kernel is there
        return self.page.locator(".jp-NotebookPanel:visible")

    def idle(self) -> None:
        self.page.locator(
            '.jp-NotebookPanel:visible .jp-Notebook-ExecutionIndicator[data-status="idle"]'
        ).wait_for(timeout=60_000)

    def run(self, code: str = "") -> None:
        """Run the cell in hand, with this code in it if some is given, until the kernel has; the next one is in hand then."""
        active = self.page.locator(".jp-NotebookPanel:visible .jp-Cell.jp-mod-active")
        number = int(active.evaluate("cell => [...document.querySelectorAll('.jp-Cell')].indexOf(cell)"))
        cell = self.page.locator(".jp-Cell").nth(number)
        cell.locator(".cm-content").click()
        if code:
            self.page.keyboard.insert_text(code)
        for _ in range(4):
            self.page.keyboard.press("Shift+Enter")
            try:
                expect(cell.locator(".jp-InputArea-prompt")).to_have_text(
                    re.compile(r"\[\d+\]"), timeout=10_000
                )
                break
            except AssertionError:  # a kernel that just starts may miss the word
                cell.locator(".cm-content").click()
        self.idle()


@pytest.fixture(scope="session")
def panel_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, World]]:
    """A JupyterLab in front of an invented archive."""
    folder = tmp_path_factory.mktemp("panel")
    world = World(str(servers.free_port()))
    world.start()
    own = {
        "LABARCHIVE_SERVICE_URL": f"http://127.0.0.1:{world.port}/services/archive/",
        "LABARCHIVE_HOME": str(folder / "home"),
    }
    with servers.jupyter("jupyterlab", folder, own) as server:
        try:
            yield f"{server.address}lab?token={server.token}", world
        finally:
            world.stop()


@pytest.fixture(scope="session")
def example_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A JupyterLab without a hub in front of the example archive, for all tests of the session: none leaves a project in it."""
    folder = tmp_path_factory.mktemp("example")
    profile = "demo" if os.environ.get("LABARCHIVE_PICTURES") else "tiny"
    with lab_of(folder, phantom.make(folder / "nas", profile=profile).projects) as address:
        yield address


@contextlib.contextmanager
def lab_of(folder: Path, projects: Mapping[str, Path]) -> Iterator[str]:
    """A JupyterLab without a hub in front of an archive of these; its owner is started by whoever asks first."""
    where = Home(folder / "home")
    for project, files in projects.items():
        indexing.index(where, [files], project)
    try:
        with servers.jupyter("jupyterlab", folder, {"LABARCHIVE_HOME": str(where.path)}) as server:
            yield f"{server.address}lab?token={server.token}"
    finally:
        with contextlib.suppress(LabarchiveError):
            os.kill(int(Wire(where, start=False).hello()["pid"]), signal.SIGTERM)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Not for longer: while it is there, no other asyncio runs in this process's thread."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("chromium is missing: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS, headless=True)
        yield browser
        browser.close()


@pytest.fixture
def panel(panel_lab: tuple[str, World], chromium: Browser) -> Iterator[Panel]:
    """A fresh profile in front of a fresh invented archive."""
    address, world = panel_lab
    world.turn(reset=True)
    with looked_at(chromium, Panel, address, world) as panel:
        yield panel


@contextlib.contextmanager
def looked_at(chromium: Browser, make: Callable[..., Panel], *words: object) -> Iterator[Panel]:
    """Lab with the panel open; fails for any error that nothing caught and any request that leaves 127.0.0.1."""
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        panel = make(context.new_page(), *words)
        watch(panel)
        panel.goto()
        try:
            yield panel
        finally:
            OUT.mkdir(exist_ok=True)
            panel.page.screenshot(path=OUT / "panel-last.png")
        assert panel.faults == [], panel.faults


def watch(panel: Panel) -> None:
    def asked(request: Request) -> None:
        LEFT.addresses.add(request.url)
        where = urlsplit(request.url)
        if where.scheme not in NO_HOST and where.hostname != "127.0.0.1":
            panel.faults.append(request.url)

    panel.page.on("request", asked)
    panel.page.on("pageerror", lambda error: panel.faults.append(str(error)))
    panel.page.on("console", lambda said: panel.faults.append(said.text) if said.type == "error" else None)
