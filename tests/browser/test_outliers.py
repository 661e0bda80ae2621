"""The page of outliers: one measure over time, who departs, and the way to its image."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from labarchive.phantom.faults import spoil
from labarchive.settings import Home
from tests.browser.conftest import PICTURES
from tests.browser.desk import Desk, at_desk
from tests.browser.panel import OUT
from tests.browser.panel import chromium as chromium
from tests.browser.test_panel_look import AXE
from tests.metrics.test_metrics import brain
from tests.rest.conftest import PROJECT, Service, fill, serving

pytestmark = pytest.mark.browser
SHOWN = Path(__file__).parents[2] / "docs" / "pictures" / "outliers.png"
N = 12
FAULTS = {4: "low_snr", 9: "spike_noise"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Twelve subjects as BIDS, two of them spoiled; what was measured of them is kept."""
    folder = tmp_path_factory.mktemp("outliers") / "bids"
    for n in range(N):
        volume = brain(n, (64, 76, 30)).transpose(2, 1, 0)
        if n in FAULTS:
            volume = spoil(volume, FAULTS[n], np.random.default_rng(n))
        place = folder / f"sub-{n:02d}" / "anat" / f"sub-{n:02d}_T1w.nii.gz"
        place.parent.mkdir(parents=True)
        affine = np.diag([3.0, 3.0, 5.0, 1.0])
        nib.save(nib.Nifti1Image((volume.transpose(2, 1, 0) * 1000).astype(np.int16), affine), place)
    with serving(Home(tmp_path_factory.mktemp("outlying") / "home")) as found:
        fill(found, folder)
        words = [sys.executable, "-m", "labarchive", "--home", str(found.home.path), "check", PROJECT]
        said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        assert "2 scans depart" in said, said
        yield found


@pytest.fixture
def desk(chromium: Browser, service: Service) -> Iterator[Desk]:
    with at_desk(chromium, service, "mia") as found:
        found.page.goto(f"{service.url}/projects/{PROJECT}/outliers")
        found.page.locator(".la-dot-of").first.wait_for(timeout=30_000)
        yield found


def test_who_departs_is_seen_and_opened(desk: Desk) -> None:
    page = desk.page
    names = page.get_by_role("combobox", name="Measure", exact=True).locator("option").all_inner_texts()
    assert names[0].startswith("efc")  # most depart there
    expect(page.locator(".la-dot-of")).to_have_count(N)
    expect(page.locator(".la-dot-of.la-out")).to_have_count(2)
    expect(page.locator(".la-chart")).to_have_attribute(
        "aria-label", re.compile("^12 scans from .*, 2 depart$")
    )
    chosen = page.locator(".la-chosen h2")
    first = chosen.inner_text()
    assert re.match("0[49] /", first)
    expect(page.locator(".la-chosen img")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("table", name="Measures").locator(".la-departs").first).to_be_visible()
    page.screenshot(path=OUT / "outliers.png")
    if PICTURES:
        page.screenshot(path=SHOWN)
    other = "09 / T1w" if first.startswith("04") else "04 / T1w"
    page.locator(".la-dot-of.la-out", has_text=other).click()
    expect(chosen).to_have_text(other)
    page.locator(".la-chart").focus()
    both = {"04 / T1w", "09 / T1w"}
    seen = set()
    for key in ("Home", "Shift+ArrowRight", "Shift+ArrowRight"):  # the first of all may be one of them
        desk.press(key)
        marked = page.locator(".la-dot-of.la-at title").first.text_content() or ""
        expect(chosen).to_have_text(marked.partition(",")[0])
        seen.add(chosen.inner_text())
    assert both <= seen
    desk.press("Enter")
    expect(page.locator(".la-viewer-page .la-plane canvas")).to_have_count(3, timeout=30_000)
    assert "sub-" not in page.url


def test_the_lightbox_has_them_first(desk: Desk) -> None:
    page = desk.page
    page.get_by_role("link", name="Lightbox").click()
    page.get_by_label("Sort").select_option(label="Outliers first")
    expect(page.locator(".la-tile .la-z")).to_have_count(2, timeout=15_000)
    expect(page.locator(".la-tile").first.locator(".la-z")).to_be_visible()
    page.locator(".la-tile img").first.wait_for()
    page.screenshot(path=OUT / "lightbox-outliers.png")


def test_nothing_measured_says_how_to_begin(chromium: Browser, service: Service) -> None:
    with at_desk(chromium, service, "sam") as other:
        other.page.goto(f"{service.url}/projects/onc02/outliers")
        expect(other.page.get_by_text("Nothing is measured yet")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (1000, 700)])
def test_it_looks_as_it_should_and_axe_finds_no_fault(
    chromium: Browser, service: Service, theme: str, size: tuple[int, int]
) -> None:
    words = {"viewport": {"width": size[0], "height": size[1]}, "color_scheme": theme, "bypass_csp": True}
    with at_desk(chromium, service, "mia", **words) as desk:
        desk.page.goto(f"{service.url}/projects/{PROJECT}/outliers")
        desk.page.locator(".la-dot-of").first.wait_for(timeout=30_000)
        desk.page.locator(".la-chosen img").wait_for(timeout=30_000)
        desk.page.screenshot(path=OUT / f"outliers-{theme}-{size[0]}.png")
        assert desk.page.evaluate("() => document.documentElement.scrollWidth") <= size[0]
        desk.page.evaluate(AXE.read_text("utf-8"))
        found = desk.page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
        serious = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
        assert serious == []
