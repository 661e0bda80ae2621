"""Pages about a whole study: what is missing, how scanners drift, how raters agree; by keys, in both themes and sizes."""

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from labarchive.settings import Home
from tests.browser.conftest import PICTURES
from tests.browser.desk import Desk, at_desk
from tests.browser.panel import OUT
from tests.browser.panel import chromium as chromium
from tests.browser.test_panel_look import AXE
from tests.catalogue.test_plans import TODAY
from tests.metrics.test_metrics import brain
from tests.rest.conftest import PROJECT, Service, fill, serving

pytestmark = pytest.mark.browser
PICTURES_OF = Path(__file__).parents[2] / "docs" / "pictures"
VISITS = {"baseline": 0, "m06": 180, "m12": 365}
PROTOCOL = """
[visit.baseline]
window = [-7, 7]
needs = { T1w = 1, FLAIR = 1 }
[visit.m06]
day = 180
window = [160, 200]
needs = { T1w = 1 }
[visit.m12]
day = 365
window = [335, 395]
needs = { T1w = 1 }
[limit.T1w]
tr = 2300
te = 2.9
exclude = ["tr"]
"""
SUBJECTS = 24
CHANGED = TODAY - timedelta(days=150)
"""From this day on images are noisier, with another TR."""


def study(folder: Path) -> None:
    """Subjects as BIDS with a T1w at each visit: later ones noisier, and of some a visit late or left out."""
    rng = np.random.default_rng(5)
    for n in range(SUBJECTS):
        begun = TODAY - timedelta(days=500 - 10 * n)
        for visit, day in VISITS.items():
            if begun + timedelta(days=day) > TODAY or (n == 3 and visit == "m06"):
                continue
            came = begun + timedelta(days=day + (29 if n == 5 and visit == "m06" else 0))
            place = folder / f"sub-{n:02d}" / f"ses-{visit}" / "anat"
            place.mkdir(parents=True)
            volume = brain(n, (48, 56, 20)).transpose(2, 1, 0)
            noise = 0.03 if came >= CHANGED else 0.01
            volume = volume + rng.normal(0, noise, volume.shape)
            data = nib.Nifti1Image(
                (volume.transpose(2, 1, 0) * 1000).astype(np.int16), np.diag([4.0, 4.0, 8.0, 1.0])
            )
            for kind in ("T1w", "FLAIR") if visit == "baseline" else ("T1w",):
                name = f"sub-{n:02d}_ses-{visit}_{kind}"
                nib.save(data, place / f"{name}.nii.gz")
                tr = 2.4 if came >= CHANGED else 2.3
                words = f'{{"RepetitionTime": {tr if kind == "T1w" else 9.0}, "EchoTime": 0.0029, "AcquisitionDateTime": "{came}T10:00:00"}}'  # fmt: skip
                (place / f"{name}.json").write_text(words)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("study") / "bids"
    study(folder)
    with serving(Home(tmp_path_factory.mktemp("planned") / "home")) as found:
        fill(found, folder)
        words = [
            sys.executable,
            "-m",
            "labarchive",
            "--home",
            str(found.home.path),
            "check",
            PROJECT,
            "kind=T1w",
        ]
        subprocess.run(words, check=True, capture_output=True)
        rate(found)
        yield found


def scans_of(service: Service, kind: str) -> list[str]:
    sql = f"select scan_id from scan where kind = '{kind}' order by subject, session"
    with service.client("mia") as client:
        answer = client.post(
            f"/projects/{PROJECT}/sql", json={"sql": sql}, headers={"Accept": "application/json"}
        )
    return [row["scan_id"] for row in answer.json()["items"]]


def rate(service: Service) -> None:
    """Two rate every T1w; of three they say differently."""
    scans = scans_of(service, "T1w")
    for person in ("mia", "ada"):
        sayings: list[dict[str, Any]] = []
        for n, scan in enumerate(scans):
            bad = n % 9 == 0 or (person == "ada" and n in (1, 2, 4))
            payload = {"quality": "unusable", "reason": ["motion"]} if bad else {"quality": "usable"}
            sayings.append({"verb": "rating", "about": scan, "payload": {**payload, "seconds": 7}})
        service.post(f"/projects/{PROJECT}/sayings", {"sayings": sayings}, person)


def open_page(desk: Desk, name: str) -> None:
    desk.page.goto(f"{desk.service.url}/projects/{PROJECT}/{name}")


def plan(service: Service, text: str = PROTOCOL) -> None:
    about = service.get(f"/projects/{PROJECT}")["project_id"]
    saying = {"verb": "protocol", "about": about, "payload": {"text": text}}
    service.post(f"/projects/{PROJECT}/sayings", {"sayings": [saying]})


@pytest.fixture
def desk(chromium: Browser, service: Service) -> Iterator[Desk]:
    with at_desk(chromium, service, "olga") as found:
        yield found


def test_without_a_protocol_a_first_one_is_offered(desk: Desk) -> None:
    open_page(desk, "completeness")
    expect(desk.page.get_by_role("heading", name="This study plans no visits")).to_be_visible()
    text = desk.page.get_by_label("protocol.toml").input_value()
    assert "[visit.baseline]\nday = 0" in text
    assert "[visit.m06]" in text
    expect(desk.page.get_by_role("button", name="CSV")).to_be_hidden()
    desk.page.screenshot(path=OUT / "completeness-none.png")


def test_gaps_are_seen_walked_through_and_opened(desk: Desk) -> None:
    plan(desk.service)
    page = desk.page
    open_page(desk, "completeness")
    expect(page.locator(".la-visits tbody th")).to_have_count(SUBJECTS)
    expect(page.get_by_role("button", name="03 m06 T1w: missed")).to_be_visible()
    late = page.get_by_role("button", name=re.compile("^05 m06 T1w: .*, 9 days out of the window"))
    expect(late).to_have_text("+9 d")
    late.click()
    side = page.get_by_role("complementary", name="The visit that is chosen")
    expect(side).to_contain_text("9 d late")
    expect(side.locator("img")).to_be_visible(timeout=30_000)
    page.screenshot(path=OUT / "completeness.png")
    if PICTURES:
        page.screenshot(path=PICTURES_OF / "completeness.png")
    page.get_by_role("button", name=re.compile("^00 baseline T1w")).click()
    seen = []
    for _ in range(3):
        before = page.locator("[aria-current=true].la-visit-cell").get_attribute("aria-label")
        desk.press("j")
        expect(page.locator(f'[aria-current=true].la-visit-cell[aria-label="{before}"]')).to_have_count(0)
        seen.append(page.locator("[aria-current=true].la-visit-cell").get_attribute("aria-label") or "")
    assert all(re.search("missed|missing|unusable", each) for each in seen)
    desk.press("k")
    expect(page.locator("[aria-current=true].la-visit-cell")).to_have_attribute("aria-label", seen[1])
    page.get_by_role("button", name=re.compile("^Gaps ")).click()
    rows = page.locator(".la-visits tbody th").all_inner_texts()
    assert "03" in rows
    assert len(rows) < SUBJECTS
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    with open(saved.value.path(), newline="") as file:
        table = list(csv.DictReader(file))
    assert {"subject": "03", "visit": "m06", "what": "T1w", "status": "missed"}.items() <= next(
        row for row in table if (row["subject"], row["visit"]) == ("03", "m06")
    ).items()
    page.get_by_role("button", name=re.compile("^All ")).click()
    page.get_by_role("button", name=re.compile("^07 baseline T1w")).click()
    desk.press("Control+ArrowRight")
    expect(page.locator("[aria-current=true].la-visit-cell")).to_have_attribute(
        "aria-label", re.compile("^07 m06")
    )
    desk.press("v")
    expect(page.locator(".la-viewer-page .la-plane canvas")).to_have_count(3, timeout=30_000)


def test_a_measure_that_shifted_is_named_with_its_day_and_the_setting_that_changed(desk: Desk) -> None:
    plan(desk.service)
    page = desk.page
    open_page(desk, "drift")
    page.get_by_label("Kind").select_option("T1w")
    snrd = page.get_by_role("region", name="snrd")
    expect(snrd).to_contain_text(re.compile(r"shift −\d+\.\d sd since \d{4}"), timeout=30_000)
    expect(snrd.locator(".la-change")).to_have_count(1)
    limits = page.get_by_role("table", name="Settings that the protocol plans")
    row = limits.locator("tr", has_text="tr")
    expect(row.last).to_contain_text("2400")
    expect(row.last).to_contain_text(re.compile(r"20\d\d-\d\d-\d\d"))
    since = date.fromisoformat(re.search(r"20\d\d-\d\d-\d\d", row.last.inner_text())[0])  # type: ignore[index]
    assert timedelta() <= since - CHANGED < timedelta(days=15)
    expect(row.last.get_by_role("img", name="exclude")).to_be_visible()
    expect(limits.locator("tr", has_text="te").last).to_contain_text("as planned")
    snrd.locator(".la-dot-of").last.click()
    expect(page.locator(".la-chosen img")).to_be_visible(timeout=30_000)
    page.screenshot(path=OUT / "drift.png")
    if PICTURES:
        page.screenshot(path=PICTURES_OF / "drift.png")


def test_disputes_are_settled_by_keys_and_taken_back(desk: Desk) -> None:
    page = desk.page
    open_page(desk, "raters")
    expect(page.get_by_role("heading", name="Disputes: 3 open, 0 settled")).to_be_visible(timeout=30_000)
    table = page.get_by_role("table", name="Raters", exact=True)
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(page.get_by_role("table", name="Where two raters differ")).to_be_visible()
    names = page.locator(".la-disputes").inner_text()
    assert not re.search("mia|ada", names)
    page.locator(".la-dispute img").first.wait_for(timeout=30_000)
    page.screenshot(path=OUT / "raters.png")
    if PICTURES:
        page.screenshot(path=PICTURES_OF / "raters.png")
    first = page.locator(".la-dispute").first
    first.focus()
    desk.press("3")
    expect(page.get_by_role("status").filter(has_text="unusable needs a reason")).to_be_visible()
    first.get_by_label("Reason").select_option("motion")
    first.focus()
    desk.press("3")
    expect(page.get_by_role("heading", name="Disputes: 2 open, 1 settled")).to_be_visible()
    expect(page.locator(".la-dispute").last).to_contain_text("Settled: unusable")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Disputes: 3 open, 0 settled")).to_be_visible()
    page.get_by_label("Which scans").fill("kind:FLAIR")
    expect(page.get_by_text("Nobody has rated these scans yet")).to_be_visible()


def test_who_rated_a_scan_does_not_settle_it(chromium: Browser, service: Service) -> None:
    with at_desk(chromium, service, "mia") as desk:
        open_page(desk, "raters")
        first = desk.page.locator(".la-dispute").first
        expect(first.get_by_role("button").first).to_be_disabled()
        first.focus()
        desk.press("1")
        desk.page.wait_for_timeout(300)
        expect(desk.page.get_by_role("heading", name="Disputes: 3 open, 0 settled")).to_be_visible()


@pytest.mark.parametrize("name", ["completeness", "drift", "raters"])
def test_who_may_not_see_the_project_sees_no_page_of_it(
    chromium: Browser, service: Service, name: str
) -> None:
    with at_desk(chromium, service, "sam", quiet=False) as desk:
        answer = desk.page.goto(f"{service.url}/projects/{PROJECT}/{name}")
        assert answer is not None
        assert answer.status == 404


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (1000, 700)])
@pytest.mark.parametrize("name", ["completeness", "drift", "raters"])
def test_they_look_as_they_should_and_axe_finds_no_fault(
    chromium: Browser, service: Service, name: str, theme: str, size: tuple[int, int]
) -> None:
    plan(service)
    shown = {"completeness": ".la-visit-cell", "drift": ".la-dot-of", "raters": ".la-dispute img"}
    words = {"viewport": {"width": size[0], "height": size[1]}, "color_scheme": theme, "bypass_csp": True}
    with at_desk(chromium, service, "olga", **words) as desk:
        open_page(desk, name)
        desk.page.locator(shown[name]).first.wait_for(timeout=30_000)
        desk.page.screenshot(path=OUT / f"{name}-{theme}-{size[0]}.png")
        assert desk.page.evaluate("() => document.documentElement.scrollWidth") <= size[0]
        desk.page.evaluate(AXE.read_text("utf-8"))
        found = desk.page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
        serious = [(each["id"], [node["html"][:200] for node in each["nodes"][:2]]) for each in found if each["impact"] in ("serious", "critical")]  # fmt: skip
        assert serious == []
