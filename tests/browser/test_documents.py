"""Image files open from the file browser: the numbers, places and letters are nibabel's, and the bytes come by Range."""

import base64
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from playwright.sync_api import Browser, Locator, Request, expect
from pydicom.data import get_testdata_file

from tests.browser.panel import OUT, Panel, World, looked_at
from tests.lab import servers

pytestmark = pytest.mark.browser

OBLIQUE = np.array(
    [[-1.4, 0.35, 0.30, 25.5], [0.30, 0.25, -2.0, 14.25], [0.28, 1.45, 0.35, -31.75], [0, 0, 0, 1.0]]
)
"""Axes that run to the left, up and to the back: LSP, each some 12 degrees off."""


def oblique(shape: tuple[int, ...] = (40, 36, 22)) -> nib.Nifti1Image:
    numbers = np.random.default_rng(7).integers(-200, 900, shape, np.int16)
    numbers[8:20, 6:30, 5:17] += 1500  # a block, so that a picture shows which way is which
    image = nib.Nifti1Image(numbers, OBLIQUE)
    image.header.set_slope_inter(0.5, 3)
    return image


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    nib.save(oblique(), folder / "oblique.nii")
    nib.save(oblique((40, 36, 22, 3)), folder / "series.nii.gz")
    shutil.copy(str(get_testdata_file("CT_small.dcm")), folder / "ct.dcm")
    shutil.copy(str(get_testdata_file("MR_small.dcm")), folder / "1.2.840.1")
    (folder / "cut.nii").write_bytes((folder / "oblique.nii").read_bytes()[:9000])
    return folder


@pytest.fixture(scope="module")
def lab(folder: Path) -> Iterator[str]:
    world = World(str(servers.free_port()))
    world.start()
    own = {
        "LABARCHIVE_SERVICE_URL": f"http://127.0.0.1:{world.port}/services/archive/",
        "LABARCHIVE_HOME": str(folder / "home"),
    }
    with servers.jupyter("jupyterlab", folder, own) as server:
        try:
            yield f"{server.address}lab?token={server.token}"
        finally:
            world.stop()


class Documents(Panel):
    """A Lab page with its file browser, and what it asked for."""

    def goto(self) -> None:
        self.asked: list[Request] = []
        self.page.on("request", lambda request: self.asked.append(request))
        self.page.goto(f"{self.address}&reset")
        self.page.locator(".jp-Launcher").first.wait_for(timeout=90_000)

    def document(self, name: str) -> Locator:
        self.page.locator(".jp-DirListing-item", has_text=name).dblclick()
        return self.front

    @property
    def front(self) -> Locator:
        return self.page.locator(".la-document:visible")


@pytest.fixture
def documents(lab: str, chromium: Browser) -> Iterator[Documents]:
    with looked_at(chromium, Documents, lab) as found:
        assert isinstance(found, Documents)
        yield found


def read(document: Locator, what: str) -> str:
    return document.locator(f"output[data-of={what}]").inner_text().replace("−", "-")


def agrees(document: Locator, image: nib.Nifti1Image, volume: int | None = None) -> tuple[int, ...]:
    """The voxel under the crosshair, after its value, place and letters were compared with nibabel's."""
    voxel = tuple(int(each) for each in read(document, "voxel").split(","))
    value = image.dataobj[voxel if volume is None else (*voxel, volume)]
    assert float(read(document, "value")) == pytest.approx(float(value), rel=1e-6)
    place = [float(each) for each in re.findall(r"[RAS] (-?[\d.]+)", read(document, "place"))]
    assert place == pytest.approx(nib.affines.apply_affine(image.affine, voxel), abs=0.006)
    assert read(document, "codes") == "".join(nib.aff2axcodes(image.affine))
    return voxel


def test_an_oblique_volume_shows_nibabels_values_places_and_letters(
    documents: Documents, folder: Path
) -> None:
    document = documents.document("oblique.nii")
    image = nib.load(folder / "oblique.nii")
    expect(document.locator("canvas")).to_have_count(3)
    begin = agrees(document, image)
    assert begin == (20, 18, 11)
    axial = document.get_by_role("img", name=re.compile("^axial plane"))
    axial.focus()
    documents.page.keyboard.press("ArrowUp")  # to the head: along the second voxel axis
    assert agrees(document, image) == (20, 19, 11)
    documents.page.keyboard.press("PageDown")
    assert agrees(document, image) == (20, 9, 11)
    box = axial.locator(".la-frame").bounding_box()
    assert box is not None
    documents.page.mouse.click(box["x"] + 1, box["y"] + 1)  # the right front corner of who lies there
    corner = agrees(document, image)
    assert corner == (0, 9, 0)
    assert nib.aff2axcodes(image.affine) == ("L", "S", "P")
    documents.page.mouse.wheel(0, -100)
    assert agrees(document, image) == (0, 10, 0)
    window = read(document, "window")
    documents.page.keyboard.down("Shift")
    documents.page.mouse.down()
    documents.page.mouse.move(box["x"] + 60, box["y"] + 30)
    documents.page.mouse.up()
    documents.page.keyboard.up("Shift")
    assert read(document, "window") != window
    assert agrees(document, image) == (0, 10, 0)
    document.get_by_role("searchbox", name="Search the header").fill("srow_y")
    expect(document.locator("tbody tr")).to_have_count(1)


def test_bytes_come_from_our_own_route_and_never_as_base64(documents: Documents, folder: Path) -> None:
    expect(documents.document("oblique.nii").locator("canvas")).to_have_count(3)
    voxels = [each for each in documents.asked if "oblique.nii" in each.url and "/document/" in each.url]
    assert len(voxels) >= 2
    assert all(each.all_headers()["range"].startswith("bytes=") for each in voxels)
    content = base64.b64encode((folder / "oblique.nii").read_bytes()[351:3351])[4:64]
    for each in documents.asked:
        if "/api/contents" in each.url:
            answer = each.response()
            assert answer is not None
            assert "content=1" not in each.url or "oblique" not in each.url
            assert each.method != "GET" or content not in answer.body()


def test_a_compressed_series_is_inflated_by_the_page(documents: Documents, folder: Path) -> None:
    document = documents.document("series.nii.gz")
    image = nib.load(folder / "series.nii.gz")
    expect(document.locator("output[data-of=volume]")).to_have_text("1 of 3")
    agrees(document, image, 0)
    document.locator("[data-plane=sagittal]").focus()
    documents.page.keyboard.press("ArrowRight")
    expect(document.locator("output[data-of=volume]")).to_have_text("2 of 3")
    agrees(document, image, 1)
    expect(document.locator("[data-plane=sagittal]")).to_be_focused()


def test_a_dicom_file_shows_its_header_and_pydicoms_numbers(documents: Documents, folder: Path) -> None:
    document = documents.document("ct.dcm")
    expect(document.locator("canvas")).to_have_count(3)
    dataset = pydicom.dcmread(folder / "ct.dcm")
    column, row, _ = (int(each) for each in read(document, "voxel").split(","))
    stored = dataset.pixel_array[row, column]
    assert float(read(document, "value")) == stored * dataset.RescaleSlope + dataset.RescaleIntercept
    document.get_by_role("searchbox", name="Search the header").fill(
        "00080060 CS".replace("0008", "(0008,", 1)
    )
    expect(document.locator("tbody td")).to_have_text(["CT"])


def test_a_file_named_by_a_uid_opens_when_it_is_asked_to(documents: Documents) -> None:
    documents.page.locator(".jp-DirListing-item", has_text="1.2.840.1").click(button="right")
    documents.page.locator(".lm-Menu-item", has_text="Open With").hover()
    documents.page.locator(".lm-Menu-item", has_text="Medical Image").click()
    expect(documents.front.locator("canvas")).to_have_count(3)


def test_a_file_that_is_cut_short_is_told_in_a_sentence(documents: Documents) -> None:
    document = documents.document("cut.nii")
    expect(document.get_by_role("alert")).to_contain_text("cut short")
    expect(document.get_by_role("alert")).to_contain_text("Copy it again from its source.")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_pictures_are_taken_to_be_looked_at(documents: Documents, theme: str) -> None:
    documents.command("apputils:change-theme", theme=f"JupyterLab {theme}")
    document = documents.document("oblique.nii")
    expect(document.locator("canvas")).to_have_count(3)
    expect(documents.page.locator("body")).to_have_attribute(
        "data-jp-theme-light", "true" if theme == "Light" else "false"
    )
    OUT.mkdir(exist_ok=True)
    documents.page.screenshot(path=OUT / f"document-{theme.lower()}.png")
    for box in document.locator(".la-plane, .la-readout, .la-header").all():
        found = box.bounding_box()
        assert found is not None
        assert found["x"] + found["width"] <= 1281
        assert found["y"] + found["height"] <= 801


def test_a_scan_of_the_panel_opens_by_space_with_its_dicom_header(
    example_lab: str, chromium: Browser
) -> None:
    with looked_at(chromium, Panel, example_lab) as panel:
        expect(panel.row("S002", "subject")).to_be_visible(timeout=30_000)
        expect(panel.node.get_by_text("Kind", exact=True)).to_be_visible(timeout=30_000)  # all is read
        panel.open("S002", "subject")
        panel.node.locator(".la-row[data-level=session] .la-twist").first.click()
        scan = panel.node.locator(".la-row[data-level=scan]").first
        scan.click()
        panel.page.keyboard.press("Space")
        document = panel.page.locator(".la-document:visible")
        expect(document.locator("canvas")).to_have_count(3, timeout=30_000)
        document.get_by_role("searchbox", name="Search the header").fill("(0008,0060)")
        expect(document.locator("tbody td")).to_have_text(["MR"])
        assert re.fullmatch(r"[LRAPSI]{3}", read(document, "codes"))
        panel.page.screenshot(path=OUT / "document-scan.png")
