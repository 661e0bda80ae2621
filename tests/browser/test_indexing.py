"""Index Now in a real JupyterLab before an archive of its own: begun, told while it lasts, and what it found."""

import contextlib
import os
import re
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from labarchive import phantom
from labarchive.archive import indexing
from labarchive.errors import LabarchiveError
from labarchive.settings import Home
from labarchive.wire import Wire
from tests.browser.panel import OUT, Panel, looked_at
from tests.browser.panel import chromium as chromium
from tests.lab import servers

pytestmark = pytest.mark.browser


@dataclass
class Growing(Panel):
    """A panel, and the folder that its project was made of."""

    folder: Path = Path()

    def add(self, number: int) -> None:
        """A file comes that was not there."""
        known = sorted(path for path in self.folder.rglob("*.nii.gz"))[0]
        shutil.copyfile(known, known.with_name(f"later-{number}.nii.gz"))
        with known.with_name(f"later-{number}.nii.gz").open("ab") as file:
            file.write(bytes([0] * number))  # another file by its content


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Growing]:
    folder = tmp_path_factory.mktemp("growing")
    where = Home(folder / "home")
    files = phantom.make(folder / "nas", profile="tiny").projects["tau-pet"]
    indexing.index(where, [files], "tau-pet")
    try:
        with (
            servers.jupyter("jupyterlab", folder, {"LABARCHIVE_HOME": str(where.path)}) as server,
            looked_at(
                chromium, Growing, f"{server.address}lab?token={server.token}", None, [], files
            ) as panel,
        ):
            expect(panel.row("S002", "subject")).to_be_visible(timeout=30_000)
            yield panel
    finally:
        with contextlib.suppress(LabarchiveError):
            os.kill(int(Wire(where, start=False).hello()["pid"]), signal.SIGTERM)


def told(panel: Panel, words: str | re.Pattern[str]) -> Locator:
    """What Lab's messages say."""
    return panel.page.locator(".Toastify__toast").filter(has_text=words)


def test_what_came_since_is_found_by_a_command_of_the_palette(growing: Growing) -> None:
    growing.add(1)
    growing.page.keyboard.press("Control+Shift+c")
    growing.page.keyboard.type("index now")
    growing.page.keyboard.press("Enter")
    expect(told(growing, "Looking at the folders of tau-pet")).to_be_visible()
    found = re.compile(r"tau-pet: [\d,]+ files, 1 new, 0 changed, 0 gone")
    expect(told(growing, found)).to_be_visible(timeout=60_000)
    growing.page.screenshot(path=OUT / "index-now.png")


def test_a_project_s_menu_has_it_and_the_code_is_in_the_log(growing: Growing) -> None:
    growing.add(2)
    growing.row("tau-pet", "project").click(button="right")
    growing.page.get_by_role("menuitem", name="Index Now").click()
    expect(told(growing, re.compile(r"310 files, 1 new"))).to_be_visible(timeout=60_000)
    growing.node.get_by_role("button", name="Show me the code").click()
    expect(growing.node).to_contain_text('archive.index(project="tau-pet")')
    growing.node.get_by_role("button", name="Show me the code").click()


def test_a_run_that_fails_says_what_and_what_next(growing: Growing) -> None:
    aside = growing.folder.with_name("aside")
    growing.folder.rename(aside)
    try:
        growing.command("labarchive:index")
        refused = "a folder of tau-pet cannot be read now: is the disk mounted?"
        expect(told(growing, refused)).to_be_visible(timeout=60_000)
    finally:
        aside.rename(growing.folder)
    assert growing.faults == [
        "Failed to load resource: the server responded with a status of 404 (Not Found)"
    ]
    growing.faults.clear()  # the browser's own word of the refusal


def test_who_may_not_import_is_not_offered_it(panel: Panel) -> None:
    expect(panel.node.locator(".la-amounts b")).to_have_text("1,200 scans")
    panel.row("tau-pet", "project").click(button="right")
    expect(panel.page.get_by_role("menuitem", name="Index Now")).to_have_attribute("aria-disabled", "true")
    panel.page.keyboard.press("Escape")
    panel.world.turn(sessions=0)
    expect(panel.node.get_by_role("heading", name="Nothing read yet")).to_be_visible()
    expect(panel.node.get_by_role("button", name="Index Now")).to_have_count(0)
    panel.world.turn(sessions=0, verbs=["read", "import"])
    expect(panel.node.get_by_role("button", name="Index Now")).to_be_visible()


def test_a_project_that_is_being_read_says_how_far_it_is(panel: Panel) -> None:
    work = {
        "run": 7, "project": "tau-pet", "kind": "index", "done": 1234, "found": 5678, "walked": True,
        "files_per_second": 37.0, "seconds_left": 120,
    }  # fmt: skip
    panel.world.turn(sessions=0, work=[work])
    expect(panel.node.get_by_role("heading", name="Reading the folders of tau-pet")).to_be_visible()
    expect(panel.node).to_contain_text("1,234 of 5,678 files · about 2 min left")
    panel.page.screenshot(path=OUT / "being-read.png")
