"""After all that people did at the hub: no word that tells who a patient is in a log, an address, or a browser's storage."""

import pwd
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from labarchive.demo.accounts import PREFIX
from labarchive.phantom.key import AnswerKey
from tests.browser.panel import LEFT, OUT
from tests.browser.panel import chromium as chromium
from tests.hub.conftest import Demo
from tests.hub.people import at_lab

pytestmark = pytest.mark.browser
JUPYTER = (".jupyter", ".local/share/jupyter", ".ipython")
"""Of a person's home: what Lab and its kernels write by themselves. Notebooks are the person's own words."""


@pytest.fixture(scope="module")
def tokens(demo: Demo) -> list[str]:
    """Names, numbers, dates, places and telephones of the example archive's patients, as its answer key lists them."""
    found = {str(row["token"]).casefold() for row in AnswerKey.read(demo.home.parent / "nas").tokens}
    assert len(found) > 20
    return sorted(found)


def told(tokens: list[str], text: str) -> list[str]:
    folded = text.casefold()
    return [token for token in tokens if token in folded]


def test_somebody_reads_who_a_patient_is(demo: Demo, chromium: Browser, tokens: list[str]) -> None:
    """What the others look for traces of: a header with names, in the inspector and over REST, and a search."""
    with at_lab(chromium, demo, "ines") as panel:
        panel.open("tau-pet", "project")
        panel.search("kind:T1w format:DICOM")
        panel.open("S001", "subject")
        panel.open("baseline", "session")
        scan = panel.node.locator(".la-row[data-level=scan]").first
        scan.click()
        panel.page.keyboard.press("i")
        for name in ("Files", "History", "Header"):
            panel.inspector.get_by_role("tab", name=re.compile(f"^{name}")).click()
        panel.inspector.get_by_role("searchbox", name="Search the header").fill("patient's name")
        row = panel.inspector.locator(".la-header tbody tr").first
        expect(row).to_contain_text("Patient's Name")
        assert told(tokens, row.inner_text())
        panel.page.screenshot(path=OUT / "hub-inspector.png")
        scan.click()
        panel.page.keyboard.press("Space")
        expect(panel.page.locator(".la-document:visible canvas")).to_have_count(3, timeout=30_000)
    found = demo.asked("ines", "/projects/tau-pet/scans?limit=1&format=DICOM").json()["items"][0]["scan_id"]
    assert told(tokens, demo.asked("ines", f"/projects/tau-pet/scans/{found}/header").text)


def test_no_log_line_tells_who_anybody_is(demo: Demo, tokens: list[str]) -> None:
    logs = [place for place in (demo.home.parent / "log").rglob("*") if place.is_file()]
    assert {place.name for place in logs} >= {"hub.log", "service.log"}
    assert sum(place.stat().st_size for place in logs) > 10_000
    for place in logs:
        assert told(tokens, place.read_text("utf-8", "replace")) == [], place.name


def test_no_address_tells_who_anybody_is(tokens: list[str]) -> None:
    assert len(LEFT.addresses) > 50
    assert told(tokens, "\n".join(LEFT.addresses)) == []


def test_no_browser_keeps_who_anybody_is(tokens: list[str]) -> None:
    assert LEFT.storage
    assert told(tokens, "\n".join(LEFT.storage)) == []


def test_what_lab_writes_by_itself_tells_nobody(tokens: list[str]) -> None:
    homes = [Path(each.pw_dir) for each in pwd.getpwall() if each.pw_name.startswith(PREFIX)]
    kept = [
        place for home in homes for name in JUPYTER for place in (home / name).rglob("*") if place.is_file()
    ]
    assert kept
    for place in kept:
        assert told(tokens, place.read_bytes().decode("utf-8", "replace")) == [], place.name
