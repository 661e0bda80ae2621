"""Three people in three browsers at one real hub: what each does and sees, and what nobody else's is seen."""

import re
import statistics
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.panel import OUT
from tests.browser.panel import chromium as chromium
from tests.hub.conftest import Demo
from tests.hub.people import STARTS, AtHub, at_lab, label_of_first_visit, sign_in

pytestmark = pytest.mark.browser
FIRST, SECOND = "tau-pet", "second"
SLICE = """
import nibabel
import matplotlib.pyplot as plt
image = nibabel.as_closest_canonical({scan}.load())
plt.imshow(image.get_fdata()[:, :, image.shape[2] // 2].T, cmap="gray", origin="lower");
"""


@pytest.fixture(scope="module")
def ines(demo: Demo, chromium: Browser) -> Iterator[AtHub]:
    with at_lab(chromium, demo, "ines") as panel:
        yield panel


def test_an_investigator_finds_a_scan_drags_it_into_a_cell_and_sees_table_and_slice(ines: AtHub) -> None:
    ines.open(FIRST, "project")
    ines.search("kind:T1w")
    expect(ines.node.locator(".la-amounts b")).to_have_text(re.compile(r"^\d+ scans"))
    ines.notebook()
    ines.open("S001")
    ines.open("baseline", "session")
    scan = ines.node.locator(".la-row[data-level=scan]", has_text="T1w").first
    editor = ines.page.locator(".jp-NotebookPanel:visible .cm-content").first
    scan.hover()
    ines.page.wait_for_timeout(600)  # as long as a hand rests: the code of what is under it is fetched
    scan.drag_to(editor)
    expect(editor).to_have_text(re.compile(r'^archive\["tau-pet"\]\["S001"\]\["baseline"\]'))
    dragged = editor.inner_text().strip()
    ines.run()
    ines.run(f"archive['{FIRST}'].scans(kind='T1w').df()")
    table = ines.page.locator(".jp-NotebookPanel:visible table.dataframe").last
    expect(table.locator("tbody tr").first).to_contain_text("scan_")
    ines.run(SLICE.format(scan=dragged).strip())
    image = ines.page.locator(".jp-NotebookPanel:visible .jp-RenderedImage img").last
    expect(image).to_be_visible(timeout=60_000)
    assert int(image.evaluate("image => image.naturalWidth")) > 100
    OUT.mkdir(exist_ok=True)
    ines.page.screenshot(path=OUT / "hub-lab.png")


def test_who_is_not_in_a_project_finds_no_trace_of_it(demo: Demo, chromium: Browser) -> None:
    with at_lab(chromium, demo, "otto") as otto:
        otto.node.get_by_text(SECOND).first.wait_for(timeout=30_000)
        assert FIRST not in otto.page.locator("body").inner_text()
        otto.notebook()
        otto.run("sorted(project for project in archive.projects)")
        said = otto.page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output").last.inner_text()
        assert SECOND in said
        assert FIRST not in said


def test_an_assistant_gets_her_dashboard_and_no_lab(demo: Demo, chromium: Browser) -> None:
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        anna = AtHub(context.new_page(), demo.url)
        sign_in(anna, demo, "anna")
        anna.page.get_by_role("heading", name="Visits without a T1w").wait_for(timeout=STARTS)
        assert FIRST in anna.page.inner_text("body")
        assert anna.page.locator("#jp-main-dock-panel").count() == 0
    # Her dashboards are as little a colleague's page's as somebody's Lab is.
    with demo.signed_in("anna") as client:
        place = f"/user/{demo.users['anna']['name']}/voila/render/my-projects.ipynb"
        like_a_picture = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"}
        assert client.get(place, headers=like_a_picture).status_code == 403
        assert client.get(place).headers["Cross-Origin-Opener-Policy"] == "noopener-allow-popups"


def test_a_label_said_in_one_browser_is_in_the_other_within_two_seconds(
    demo: Demo, chromium: Browser, ines: AtHub
) -> None:
    with at_lab(chromium, demo, "ines") as other:
        other.open(FIRST, "project")
        for panel in (ines, other):
            panel.search("subject:S003")
            panel.open("S003", "subject")
        took = []
        for label in ("first visit", "second visit", "third visit"):
            label_of_first_visit(ines, "S003", label)
            took.append(other.seconds_until(label))
        print("a label was in the other browser after", *(f"{each * 1000:.0f}" for each in took), "ms")
        assert statistics.median(took) < 2
        label_of_first_visit(ines, "S003", "baseline")
        expect(other.row("third visit", "session")).to_have_count(0, timeout=5_000)
