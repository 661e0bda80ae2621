"""The viewer on its page of the service: layers where they lie in the world, time, windows, distances, visits side by side."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, expect
from scipy.ndimage import map_coordinates

from labarchive.settings import Home
from tests.browser.conftest import PICTURES
from tests.browser.desk import Desk, at_desk
from tests.browser.panel import OUT
from tests.browser.panel import chromium as chromium
from tests.browser.test_panel_look import AXE
from tests.rest.conftest import PROJECT, Service, fill, serving

pytestmark = pytest.mark.browser

SHOWN = Path(__file__).parents[2] / "docs" / "pictures" / "viewer.png"
SHAPE = (44, 52, 40)
TURN = 0.2
"""Radians by which the maps' grid is turned against the image's."""


def image(seed: int, affine: Any, shape: tuple[int, ...] = SHAPE) -> nib.Nifti1Image:
    """A ball with some texture."""
    rng = np.random.default_rng(seed)
    grid = np.indices(shape[:3]) - np.array(shape[:3]).reshape(3, 1, 1, 1) / 2
    ball = np.clip(18 - np.sqrt((grid**2).sum(axis=0)), 0, 6) * 120
    data = ball[..., None] + rng.normal(0, 20, shape if len(shape) == 4 else (*shape, 1))
    return nib.Nifti1Image(np.squeeze(data).astype(np.int16), affine)


def turned() -> Any:
    """A grid of 3 mm, turned about the long axis and shifted: another space than the image's."""
    c, s = 3 * np.cos(TURN), 3 * np.sin(TURN)
    return np.array([[c, -s, 0, -30], [s, c, 0, -40], [0, 0, 3, -42], [0, 0, 0, 1.0]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A subject of two visits as BIDS, maps of another space beside the first."""
    root = tmp_path_factory.mktemp("maps") / "study"
    upright = np.array([[-1.5, 0, 0, 33], [0, 1.5, 0, -39], [0, 0, 1.5, -30], [0, 0, 0, 1.0]])
    rng = np.random.default_rng(4)
    z = rng.normal(0, 1.2, (24, 28, 26))
    z[8:14, 10:16, 10:18] += 5
    z[14:18, 8:12, 8:14] -= 5
    regions = np.zeros((24, 28, 26), np.uint8)
    regions[6:12, 8:14, 8:14], regions[14:19, 12:20, 10:20] = 1, 2
    made = {
        "ses-01/anat/sub-01_ses-01_T1w.nii.gz": image(1, upright),
        "ses-02/anat/sub-01_ses-02_T1w.nii.gz": image(2, upright @ np.diag([1, 1, 1, 1.0])),
        "ses-01/anat/sub-01_ses-01_zmap.nii.gz": nib.Nifti1Image(z.astype(np.float32), turned()),
        "ses-01/anat/sub-01_ses-01_dseg.nii.gz": nib.Nifti1Image(regions, turned()),
        "ses-01/func/sub-01_ses-01_task-rest_bold.nii.gz": image(3, upright, (*SHAPE, 20)),
    }
    for name, each in made.items():
        place = root / "sub-01" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        nib.save(each, place)
    (root / "dataset_description.json").write_text('{"Name": "maps", "BIDSVersion": "1.10.0"}')
    return root


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Service]:
    with serving(Home(tmp_path_factory.mktemp("viewer") / "home")) as found:
        fill(found, folder)
        yield found


@pytest.fixture
def desk(chromium: Browser, service: Service) -> Iterator[Desk]:
    with at_desk(chromium, service, "mia") as found:
        yield found


def scan(service: Service, name: str) -> str:
    """The id of a scan by its session and its kind or label."""
    session, _, label = name.partition("/")
    found = [
        each["scan_id"]
        for each in service.get(f"/projects/{PROJECT}/scans")["items"]
        if str(each["session"]).endswith(session) and label in f"{each['kind']} {each['scan']}"
    ]
    assert len(found) == 1, (name, found)
    return str(found[0])


def opened(desk: Desk, *names: str, over: str = "") -> Locator:
    ids = ",".join(scan(desk.service, name) for name in names)
    more = f"&over={scan(desk.service, over)}" if over else ""
    desk.page.goto(f"{desk.service.url}/projects/{PROJECT}/viewer?scan={ids}{more}")
    desk.page.locator(".la-plane canvas").first.wait_for(timeout=30_000)
    return desk.page.locator(".la-viewer-page")


def read(view: Locator, what: str) -> str:
    return view.locator(f"output[data-of={what}]").first.inner_text().replace("−", "-")


def pixels(view: Locator, plane: str) -> Any:
    """What is painted of a plane: rows, columns, red green blue."""
    width, height, values = view.locator(f"[data-plane={plane}] canvas").evaluate(
        """canvas => [canvas.width, canvas.height,
            Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)]"""
    )
    return np.array(values, np.uint8).reshape(height, width, 4)[..., :3]


def settled(desk: Desk) -> None:
    """Everything that was asked for is painted."""
    desk.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def resampled(folder: Path, name: str, order: int) -> Any:
    """A map in the middle axial slice of the first visit's image, as scipy samples it: columns, rows of voxels."""
    below = nib.load(folder / "sub-01" / "ses-01" / "anat" / "sub-01_ses-01_T1w.nii.gz")
    over = nib.load(folder / "sub-01" / "ses-01" / "anat" / name)
    i, j = np.meshgrid(np.arange(SHAPE[0]), np.arange(SHAPE[1]), indexing="ij")
    voxels = np.stack([i.ravel(), j.ravel(), np.full(i.size, SHAPE[2] // 2)])
    there = nib.affines.apply_affine(np.linalg.inv(over.affine) @ below.affine, voxels.T).T
    return map_coordinates(
        over.get_fdata(), there, order=order, mode="grid-constant", cval=np.nan, prefilter=False
    ).reshape(i.shape)


def test_a_map_of_another_space_lies_where_its_affine_says(desk: Desk, folder: Path) -> None:
    view = opened(desk, "01/T1w", over="01/zmap")
    layer = view.locator("[data-layer*=zmap]")
    expect(layer).to_be_visible(timeout=30_000)
    layer.get_by_role("spinbutton", name=re.compile("beyond")).fill("2.5")
    layer.get_by_role("spinbutton", name=re.compile("beyond")).press("Tab")
    settled(desk)
    painted = pixels(view, "axial").astype(int)
    coloured = np.ptp(painted, axis=2) > 8
    values = resampled(folder, "sub-01_ses-01_zmap.nii.gz", 1)
    # columns of the picture go from R to L, rows from A to P; the image's first axis runs to the left
    wanted = np.nan_to_num(np.abs(values)).T[::-1] >= 2.5
    inside = np.isfinite(values).T[::-1]
    assert wanted[inside].sum() > 60
    assert (coloured == wanted)[inside].mean() > 0.99
    up, down = (values.T[::-1] >= 3.5) & inside, (values.T[::-1] <= -3.5) & inside
    assert (painted[up][:, 0] > painted[up][:, 2]).all()
    assert (painted[down][:, 2] > painted[down][:, 0]).all()
    desk.page.screenshot(path=OUT / "viewer-map.png")
    if PICTURES:
        desk.page.screenshot(path=SHOWN)


def test_regions_are_laid_over_and_taken_away(desk: Desk, folder: Path) -> None:
    view = opened(desk, "01/T1w")
    choice = view.get_by_label("Lay over it")
    expect(choice).to_be_visible()
    names = choice.locator("option").all_inner_texts()
    assert "mask" in names, names
    assert any("ses-02" in name or "02 /" in name for name in names), names
    choice.select_option(label="mask")
    layer = view.locator("[data-layer=mask]")
    expect(layer).to_be_visible(timeout=30_000)
    settled(desk)
    coloured = np.ptp(pixels(view, "axial").astype(int), axis=2) > 8
    regions = np.nan_to_num(resampled(folder, "sub-01_ses-01_dseg.nii.gz", 0)).T[::-1]
    assert (coloured == (regions > 0)).mean() > 0.97
    view.locator("[data-plane=axial]").focus()
    desk.press("o")
    settled(desk)
    assert not (np.ptp(pixels(view, "axial").astype(int), axis=2) > 8).any()
    layer.get_by_role("button", name=re.compile("^Take")).click()
    expect(layer).to_have_count(0)
    expect(choice).to_be_visible()


def test_a_series_runs_and_tells_its_signal(desk: Desk, folder: Path) -> None:
    view = opened(desk, "01/bold")
    signal = view.locator(".la-time-of canvas")
    expect(view.locator(".la-time-of .la-two")).not_to_contain_text("are here", timeout=30_000)
    data = nib.load(folder / "sub-01/ses-01/func/sub-01_ses-01_task-rest_bold.nii.gz").get_fdata()
    voxel = tuple(int(each) for each in read(view, "voxel").split(","))
    course = data[voxel]
    expect(signal).to_have_attribute(
        "aria-label",
        f"Value at the crosshair over 20 volumes, from {course.min():.0f} to {course.max():.0f}",
    )
    box = signal.bounding_box()
    assert box is not None
    desk.page.mouse.click(box["x"] + box["width"] * 0.525, box["y"] + 10)
    expect(view.locator("output[data-of=volume]")).to_have_text("11 of 20")
    assert float(read(view, "value")) == course[10]
    view.locator("[data-plane=axial]").focus()
    desk.press("ArrowRight", "ArrowRight")
    expect(view.locator("output[data-of=volume]")).to_have_text("13 of 20")
    desk.press("Space")
    expect(view.get_by_role("button", name="Run").first).to_have_attribute("aria-pressed", "true")
    expect(view.locator("output[data-of=volume]")).not_to_have_text("13 of 20")
    desk.page.screenshot(path=OUT / "viewer-time.png")
    desk.press("Space")
    expect(view.get_by_role("button", name="Run").first).to_have_attribute("aria-pressed", "false")


def test_windows_distances_and_enlargement(desk: Desk) -> None:
    view = opened(desk, "01/T1w")
    page = desk.page
    axial = view.locator("[data-plane=axial]")
    axial.focus()
    before = read(view, "window")
    page.keyboard.press("Shift+Digit4")
    assert read(view, "window") != before
    page.keyboard.press("Shift+Digit5")
    assert read(view, "window") == "0 … 80"  # CT brain: level 40, width 80
    desk.press("m")
    box = axial.locator(".la-frame").bounding_box()
    assert box is not None
    across = SHAPE[0] * 1.5 / box["width"]
    x, y = box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + box["width"] * 0.5, y, steps=4)
    page.mouse.up()
    assert float(read(view, "distance").split()[0]) == pytest.approx(box["width"] * 0.5 * across, abs=0.2)
    ruler = axial.locator(".la-ruler").bounding_box()
    assert ruler is not None
    assert ruler["width"] == pytest.approx(box["width"] * 0.5, abs=2)
    desk.press("e")
    page.mouse.wheel(0, -100)
    page.mouse.wheel(0, -100)
    larger = axial.locator(".la-frame").bounding_box()
    assert larger is not None
    assert larger["width"] == pytest.approx(box["width"] * 1.25**2, rel=0.01)
    page.screenshot(path=OUT / "viewer-larger.png")
    desk.press("x")
    page.mouse.click(box["x"] + box["width"] / 2 + 30, box["y"] + box["height"] / 2)
    place = read(view, "place")
    desk.press("0")
    again = axial.locator(".la-frame").bounding_box()
    assert again is not None
    assert again["width"] == pytest.approx(box["width"], abs=1)
    assert read(view, "place") == place
    expect(view.locator("output[data-of=distance]")).to_have_count(0)
    desk.press("a")
    large = axial.bounding_box()
    assert large is not None
    assert large["height"] > 1.8 * box["height"]
    desk.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    desk.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)


def test_two_visits_are_looked_at_in_one_place(desk: Desk) -> None:
    view = opened(desk, "01/T1w", "02/T1w")
    expect(view.locator(".la-plane canvas")).to_have_count(2)
    one, other = view.locator(".la-beside-one").nth(0), view.locator(".la-beside-one").nth(1)
    first = one.locator("[data-plane=axial]")
    first.focus()
    desk.press("ArrowUp", "ArrowUp", "ArrowUp")
    expect(other.locator("output[data-of=place]")).to_have_text(
        one.locator("output[data-of=place]").inner_text()
    )
    before = read(other, "window")
    box = first.locator(".la-frame").bounding_box()
    assert box is not None
    desk.page.keyboard.down("Shift")
    desk.page.mouse.move(box["x"] + 20, box["y"] + 20)
    desk.page.mouse.down()
    desk.page.mouse.move(box["x"] + 60, box["y"] + 20)
    desk.page.mouse.up()
    desk.page.keyboard.up("Shift")
    assert read(other, "window") != before
    desk.page.screenshot(path=OUT / "viewer-beside.png")
    desk.press("l")
    first = one.locator("[data-plane=axial]")
    place = other.locator("output[data-of=place]").inner_text()
    first.focus()
    desk.press("ArrowDown")
    assert other.locator("output[data-of=place]").inner_text() == place
    assert one.locator("output[data-of=place]").inner_text() != place
    desk.press("f")
    expect(one).to_be_visible()
    expect(other).to_be_hidden()
    desk.press("f")
    expect(other).to_be_visible()
    expect(one).to_be_hidden()
    desk.press("Escape")
    expect(one).to_be_visible()
    desk.press("a")
    expect(view.locator("[data-plane=coronal] canvas")).to_have_count(2)
    view.get_by_role("button", name="What the headers say differently").click()
    expect(view.get_by_role("region", name="Values that differ")).to_be_visible()


def test_what_cannot_be_shown_says_so(desk: Desk, chromium: Browser, service: Service) -> None:
    desk.page.goto(f"{service.url}/projects/{PROJECT}/viewer")
    expect(desk.page.get_by_text("No scan is named")).to_be_visible()
    with at_desk(chromium, service, "mia", quiet=False) as lost:
        lost.page.goto(f"{service.url}/projects/{PROJECT}/viewer?scan=scan_0000000000")
        expect(lost.page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("size", [(1280, 800), (1000, 700), (1920, 1200)])
def test_it_looks_as_it_should_and_axe_finds_no_fault(
    chromium: Browser, service: Service, size: tuple[int, int]
) -> None:
    with at_desk(
        chromium, service, "mia", viewport={"width": size[0], "height": size[1]}, bypass_csp=True
    ) as desk:
        for names in (("01/T1w",), ("01/bold",), ("01/T1w", "02/T1w")):
            view = opened(desk, *names)
            desk.page.screenshot(path=OUT / f"viewer-{names[0].replace('/', '-')}{len(names)}-{size[0]}.png")
            assert desk.page.evaluate("() => document.documentElement.scrollWidth") <= size[0]
            for box in view.locator(".la-plane, .la-readout, .la-document-side, .la-tools").all():
                found = box.bounding_box()
                assert found is not None
                assert found["x"] + found["width"] <= size[0] + 1
                assert found["y"] + found["height"] <= size[1] + 1
            desk.page.evaluate(AXE.read_text("utf-8"))
            found = desk.page.evaluate(
                "async () => (await axe.run({resultTypes: ['violations']})).violations"
            )
            serious = [each for each in found if each["impact"] in ("serious", "critical")]
            assert serious == [], [(each["id"], [node["html"] for node in each["nodes"]]) for each in serious]


def test_the_image_is_rendered_in_space_beside_its_planes(desk: Desk) -> None:
    view = opened(desk, "01/T1w", over="01/zmap")
    expect(view.locator("[data-layer*=zmap]")).to_be_visible(timeout=30_000)
    desk.press("r")
    rendered = view.locator(".la-rendered")
    expect(rendered).to_have_attribute("data-ready", re.compile(r"^\d+$"), timeout=60_000)
    expect(view.get_by_role("button", name="In space")).to_have_attribute("aria-pressed", "true")
    desk.page.wait_for_timeout(500)
    whole = rendered.screenshot()
    assert colours(whole) > 200  # shades of a ball, not one colour
    desk.page.screenshot(path=OUT / "viewer-in-space.png")
    rendered.focus()
    desk.press("ArrowRight", "ArrowUp")
    desk.page.wait_for_timeout(300)
    assert rendered.screenshot() != whole
    rendered.get_by_role("button", name="Cut open").click()
    desk.page.wait_for_timeout(300)
    desk.page.screenshot(path=OUT / "viewer-cut-open.png")
    desk.page.evaluate(AXE.read_text("utf-8"))
    found = desk.page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    view.get_by_role("button", name="In space").click()
    expect(view.locator(".la-rendered")).to_have_count(0)


def colours(picture: bytes) -> int:
    """How many different ones a picture has."""
    found = Image.open(io.BytesIO(picture)).convert("RGB").getcolors(1 << 24)
    return len(found or [])
