"""``selection.view()`` in a real notebook: pictures come from the server, not over the comm, and none is saved."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from tests.browser.panel import OUT, Panel, lab_of, looked_at
from tests.browser.panel import chromium as chromium

pytestmark = pytest.mark.browser
CODE = 'archive.scans(kind="T1w")[:4].view(columns=2)'


@pytest.fixture(scope="module")
def real(example_lab: str, chromium: Browser) -> Iterator[Panel]:
    with looked_at(chromium, Panel, example_lab) as panel:
        yield panel


def last_cell(real: Panel) -> Locator:
    return real.page.locator(".jp-NotebookPanel:visible .jp-CodeCell").last.locator(".cm-content")


def test_a_selection_is_looked_at_in_a_cell(real: Panel) -> None:
    page = real.page
    sent: list[str] = []
    page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda frame: sent.append(str(len(frame))))
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    real.notebook()
    real.run(CODE)
    cell = page.locator(".jp-OutputArea-output .la-cell")
    expect(cell.locator("img")).to_have_count(4, timeout=60_000)
    assert all(image.evaluate("image => image.naturalWidth") == 960 for image in cell.locator("img").all())
    assert len([url for url in asked if url.endswith("/mosaic.webp")]) == 4
    assert not [url for url in asked if "T1w" in url or "S00" in url]
    page.screenshot(path=OUT / "cell.png")
    cell.get_by_role("button", name=re.compile("open the volume")).nth(1).click()
    caption = cell.locator(".la-plane[data-plane=axial] figcaption")
    caption.wait_for(timeout=30_000)
    before = caption.inner_text()
    page.keyboard.press("ArrowUp")
    expect(caption).not_to_have_text(before)
    expect(cell.locator("[data-of=value]")).not_to_be_empty()
    page.keyboard.press("r")
    expect(cell.locator(".la-rendered")).to_have_attribute("data-ready", re.compile(r"\d"), timeout=60_000)
    page.wait_for_timeout(500)
    page.screenshot(path=OUT / "cell-volume.png")
    page.keyboard.press("Escape")
    expect(cell.locator("img")).to_have_count(4)


def test_a_busy_kernel_holds_nothing_up_and_a_saved_notebook_has_no_picture(real: Panel) -> None:
    page = real.page
    cell = page.locator(".jp-OutputArea-output .la-cell")
    last_cell(real).click()
    page.keyboard.insert_text("import time; time.sleep(6)")
    page.keyboard.press("Shift+Enter")
    cell.get_by_role("button", name=re.compile("open the volume")).first.click()
    cell.locator(".la-plane canvas").first.wait_for(timeout=5_000)  # while the cell sleeps
    page.keyboard.press("Escape")
    real.idle()
    saved = page.evaluate(
        """async () => {
            const panel = [...jupyterapp.shell.widgets('main')].find(each => each.context);
            await panel.context.save();
            return panel.context.model.toJSON();
        }"""
    )
    text = json.dumps(saved)
    assert "scan_" in text or "widget-view" in text
    assert not re.search(r"image/(png|webp|jpeg)|data:image|UklGR", text)


def test_volumes_lie_over_each_other_and_side_by_side(real: Panel) -> None:
    page = real.page
    last_cell(real).click()
    real.run('one = archive.scans(kind="T1w")[0]; archive.scans(kind="FLAIR")[:1].view(over=one)')
    over = page.locator(".jp-OutputArea-output .la-cell-whole .la-document").last
    expect(over.locator("[data-layer]")).to_have_count(2, timeout=60_000)
    expect(over.locator(".la-plane canvas")).to_have_count(3)
    over.scroll_into_view_if_needed()
    page.screenshot(path=OUT / "cell-over.png")
    assert all(plane.bounding_box()["height"] > 150 for plane in over.locator(".la-plane").all())  # type: ignore[index]
    last_cell(real).click()
    real.run('archive.scans(kind="T1w")[:2].view(beside=True)')
    beside = page.locator(".jp-OutputArea-output .la-beside").last
    expect(beside.locator(".la-plane canvas")).to_have_count(2, timeout=60_000)
    beside.scroll_into_view_if_needed()
    page.screenshot(path=OUT / "cell-beside.png")
    assert all(plane.bounding_box()["height"] > 150 for plane in beside.locator(".la-plane").all())  # type: ignore[index]


def test_itk_shows_a_scan_while_a_cell_sleeps(real: Panel) -> None:
    page = real.page
    last_cell(real).click()
    page.keyboard.insert_text(
        'import time; display(archive.scans(kind="T1w")[:1].view(engine="itk")); time.sleep(30)'
    )
    page.keyboard.press("Shift+Enter")
    itk = page.locator(".jp-OutputArea-output .la-itk").last
    expect(itk).to_have_attribute("data-ready", "", timeout=60_000)
    expect(itk.locator("b")).to_have_text(["R", "L", "A", "P"])
    itk.scroll_into_view_if_needed()
    page.wait_for_timeout(1_000)
    page.screenshot(path=OUT / "cell-itk.png")
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Busy")
    real.idle()


@pytest.fixture
def sides(tmp_path: Path, chromium: Browser) -> Iterator[Panel]:
    """An image whose axes are anything but LPS; bright at the patient's left, front and top, a little beyond the middle."""
    affine = np.array([[0, 0, 2.0, -30], [-2.0, 0, 0, 40], [0, 2.0, 0, -50], [0, 0, 0, 1]])
    voxels = np.stack(np.meshgrid(range(40), range(50), range(30), indexing="ij"), -1)
    right, front, up = np.moveaxis(nib.affines.apply_affine(affine, voxels), -1, 0)
    data = np.where((right < 5) & (front > -5) & (up > -5), 2000, 200).astype(np.int16)
    nas = tmp_path / "nas"
    nas.mkdir()
    nib.save(nib.Nifti1Image(data, affine), nas / "corner.nii")
    with lab_of(tmp_path, {"sides": nas}) as address, looked_at(chromium, Panel, address) as panel:
        yield panel


def test_itk_has_the_left_where_its_letters_say(sides: Panel) -> None:
    page = sides.page
    sides.notebook()
    sides.run('archive["sides"].scans.view(engine="itk")')
    itk = page.locator(".jp-OutputArea-output .la-itk").last
    expect(itk).to_have_attribute("data-ready", "", timeout=60_000)
    itk.scroll_into_view_if_needed()
    page.wait_for_timeout(1_000)
    for mode in ("axial", "coronal", "sagittal"):
        itk.get_by_role("button", name=mode).click()
        page.wait_for_timeout(2_000)
        picture = itk.locator(".la-itk-place").screenshot(path=OUT / f"cell-itk-{mode}.png")
        letters = itk.locator("b").all_inner_texts()
        grey = np.asarray(Image.open(io.BytesIO(picture)).convert("L"))[60:-60, 40:-40]
        rows, columns = np.nonzero(grey > 250)
        middle = [side / 2 for side in grey.shape]
        assert letters[0 if columns.mean() < middle[1] else 1] == ("A" if mode == "sagittal" else "L")
        assert letters[2 if rows.mean() < middle[0] else 3] == ("A" if mode == "axial" else "S")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ('archive.scans(kind="none").view()', "there is no scan to look at"),
        ('archive.scans(kind="T1w").view(columns=0)', "0 columns"),
        ('archive.scans(kind="T1w")[:2].view(over=archive.scans(kind="T1w")[:2])', "laid over one scan"),
        ("archive.scans()[:5].view(beside=True)", "5 volumes at once"),
        ('archive.scans()[:1].view(engine="vtk")', "no engine 'vtk'"),
        ('archive.scans()[:2].view(engine="itk")', "itk shows one image"),
    ],
)
def test_what_cannot_be_shown_says_why(real: Panel, code: str, says: str) -> None:
    last_cell(real).click()
    real.run(code)
    expect(real.page.locator(".jp-OutputArea-output", has_text=says).last).to_be_visible()
