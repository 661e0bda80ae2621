"""From the panel to a cell, with a real archive and a real kernel: by Enter, by the button, by dropping; never run by itself."""

import json
import re
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PICTURES
from tests.browser.panel import OUT, Panel, looked_at

SHOWN = Path(__file__).parents[2] / "docs" / "pictures" / "panel.png"

pytestmark = pytest.mark.browser


@pytest.fixture
def real(example_lab: str, chromium: Browser) -> Iterator[Panel]:
    """The panel in front of the example archive."""
    with looked_at(chromium, Panel, example_lab) as panel:
        expect(panel.row("S001")).to_be_visible()
        yield panel


def output(panel: Panel) -> str:
    return panel.page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output").last.inner_text()


def first_scan(panel: Panel) -> str:
    """Open the first visit of S001; the name of its T1w."""
    panel.open("S001")
    panel.open("baseline", "session")
    scan = panel.node.locator(".la-row[data-level=scan]", has_text="FLAIR").first
    scan.click()
    return scan.locator(".la-name").inner_text()


@contextmanager
def foreseen(panel: Panel, kind: str) -> Iterator[None]:
    """What the hand comes near of this kind has its code, as it has for a hand that rests before it drags."""
    with panel.page.expect_response(lambda answer: f"ids={kind}_" in answer.url and "/code?" in answer.url):
        yield


def test_enter_puts_the_scan_into_a_cell_in_the_notebooks_own_names(real: Panel) -> None:
    real.notebook()
    real.run('mine = archive["tau-pet"]')
    first_scan(real)
    real.page.keyboard.press("Enter")
    cell = real.page.locator(".jp-NotebookPanel:visible .jp-Cell.jp-mod-active .cm-content")
    expect(cell).to_have_text(re.compile(r'^mine\["S001"\]\["baseline"\]\["FLAIR"\]'))
    assert real.page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output").count() == 0
    real.run()
    assert "FLAIR" in output(real)


def test_a_query_is_inserted_as_one_line_and_runs(real: Panel) -> None:
    real.notebook()
    real.search("kind:T1w tr>1000")
    expect(real.node.locator(".la-amounts")).to_have_attribute("aria-busy", "false")
    expect(real.node.locator(".la-amounts b")).to_have_text(re.compile(r"^[1-9]\d* scans"))
    found = real.node.locator(".la-amounts b").inner_text()
    real.node.get_by_role("button", name="Insert").click()
    cell = real.page.locator(".jp-NotebookPanel:visible .jp-Cell.jp-mod-active .cm-content")
    expect(cell).to_have_text('archive["tau-pet"].scans("tr>1000", kind="T1w")')
    real.run()
    assert output(real).startswith(found)


PICTURE = """import nibabel, matplotlib.pyplot as plt
image = nibabel.as_closest_canonical(archive["tau-pet"].scans(kind="T1w", format="DICOM")[0].load())
x, y, _ = image.header.get_zooms()
plt.figure(figsize=(3, 3))
plt.imshow(image.get_fdata()[:, :, image.shape[2] // 2].T, cmap="gray", origin="lower", aspect=y / x)
plt.axis("off");"""


def test_a_cohort_goes_from_the_panel_to_a_table_and_a_slice(real: Panel) -> None:
    """What the README shows: LABARCHIVE_PICTURES=1 keeps it."""
    real.notebook()
    real.open("tau-pet", "project")
    real.search("kind:T1w session:baseline")
    expect(real.node.locator(".la-amounts b")).to_have_text(re.compile(r"^\d+ scans"))
    real.node.get_by_role("button", name="Insert").click()
    cell = real.page.locator(".jp-NotebookPanel:visible .jp-Cell.jp-mod-active .cm-content")
    expect(cell).to_have_text('archive["tau-pet"].scans(kind="T1w", session="baseline")')
    real.page.get_by_role("button", name="Hide notification").click()
    real.run()
    real.run(PICTURE)
    expect(real.page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output img")).to_be_visible(
        timeout=30_000
    )
    OUT.mkdir(exist_ok=True)
    real.page.screenshot(path=OUT / "panel.png")
    if PICTURES:
        shutil.copyfile(OUT / "panel.png", SHOWN)


def test_a_notebook_that_has_no_archive_gets_the_lines_that_open_it(real: Panel) -> None:
    real.notebook("Python 3")
    real.search("acquired:2024..2025")
    real.node.get_by_role("button", name="Insert").click()
    cell = real.page.locator(".jp-NotebookPanel:visible .jp-Cell.jp-mod-active .cm-content")
    expect(cell).to_contain_text("import labarchive")
    expect(cell).to_contain_text("archive = labarchive.open()")
    expect(cell).to_contain_text("from labarchive import between")
    real.run()
    assert " scans" in output(real)


def test_without_a_notebook_a_new_one_is_made(real: Panel) -> None:
    first_scan(real)
    real.page.keyboard.press("Enter")
    cell = real.page.locator(".jp-NotebookPanel:visible .jp-CodeCell .cm-content")
    expect(cell).to_have_text(re.compile(r'^archive\["tau-pet"\]\["S001"\]'), timeout=30_000)


def test_undo_takes_the_cell_out_again(real: Panel) -> None:
    real.notebook()
    real.run("1 + 1")
    real.page.keyboard.insert_text("2")
    first_scan(real)
    real.page.keyboard.press("Enter")
    cells = real.page.locator(".jp-NotebookPanel:visible .jp-CodeCell")
    expect(cells).to_have_count(3)
    real.page.get_by_role("button", name="Undo").click()
    expect(cells).to_have_count(2)


def test_a_row_dropped_into_a_cell_is_its_code(real: Panel) -> None:
    real.notebook()
    with foreseen(real, "scan"):
        first_scan(real)
    editor = real.page.locator(".jp-NotebookPanel:visible .cm-content").first
    real.node.locator(".la-row[data-level=scan]", has_text="FLAIR").first.drag_to(editor)
    expect(editor).to_have_text(re.compile(r'^archive\["tau-pet"\]\["S001"\]\["baseline"\]'))


def test_a_row_dropped_between_cells_is_a_cell(real: Panel) -> None:
    real.notebook()
    real.run("1 + 1")
    with foreseen(real, "subj"):
        real.row("S002").hover()
    real.page.mouse.down()
    box = real.page.locator(".jp-NotebookPanel:visible .jp-Notebook").bounding_box()
    assert box is not None
    for step in (0.3, 0.6, 0.9):
        real.page.mouse.move(box["x"] + 300 * step, box["y"] + box["height"] * step)
    real.page.mouse.up()
    cells = real.page.locator(".jp-NotebookPanel:visible .jp-CodeCell .cm-content")
    expect(cells.last).to_have_text(re.compile("S002"))
    expect(cells).to_have_count(3)


def test_many_chosen_rows_are_one_line(real: Panel) -> None:
    real.notebook()
    first_scan(real)
    real.page.keyboard.press("x")
    real.page.keyboard.press("ArrowDown")
    real.page.keyboard.press("x")
    real.page.keyboard.press("Enter")
    cell = real.page.locator(".jp-NotebookPanel:visible .jp-Cell.jp-mod-active .cm-content")
    expect(cell).to_have_text(
        re.compile(r'^archive\["tau-pet"\]\.scans\(scan_id=\["scan_\w+", "scan_\w+"\]\)')
    )
    real.run()
    assert output(real).startswith("2 scans")


def test_what_was_done_becomes_a_notebook_that_runs(real: Panel) -> None:
    real.search("kind:FLAIR")
    real.node.get_by_role("button", name="Show me the code").click()
    log = real.node.get_by_role("region", name="Show me the code")
    expect(log.locator("code").first).to_have_text(re.compile(r'scans\(kind="FLAIR"\)'))
    log.get_by_role("button", name="Make a notebook of it").click()
    notebook = real.page.locator(".jp-NotebookPanel:visible")
    expect(notebook.locator(".jp-MarkdownCell")).to_contain_text("Search kind:FLAIR", timeout=30_000)
    code = notebook.locator(".jp-CodeCell .cm-content").last
    expect(code).to_contain_text('kind="FLAIR"')
    real.idle()
    code.click()
    real.run()
    assert " scans" in output(real)


def test_a_label_said_over_rest_is_in_the_tree_within_two_seconds(real: Panel) -> None:
    real.open("S003")
    row = real.node.locator(".la-row[data-level=session]").first
    session = (row.get_attribute("data-key") or "").removeprefix("v:")
    say(real.address, {"verb": "label", "about": session, "payload": {"label": "last"}})
    assert real.seconds_until("last") < 2


def say(address: str, saying: dict[str, object]) -> None:
    where = urlsplit(address)
    token = parse_qs(where.query)["token"][0]
    request = urllib.request.Request(
        f"http://{where.netloc}/labarchive/api/projects/tau-pet/sayings",
        json.dumps({"sayings": [saying]}).encode(),
        {"Authorization": f"token {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200


def test_a_selection_that_is_saved_is_there_for_the_next_visit(real: Panel) -> None:
    real.search("kind:dwi")
    real.node.get_by_role("button", name="Saved selections").click()
    real.node.get_by_label("Name of this selection").fill("diffusion")
    real.node.get_by_role("button", name="Save this selection").click()
    expect(real.node.get_by_role("button", name=re.compile("^diffusion"))).to_be_visible()
    real.node.get_by_role("button", name="Forget diffusion").click()
    expect(real.node.get_by_role("button", name=re.compile("^diffusion"))).to_have_count(0)
