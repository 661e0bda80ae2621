"""Forms as a page: filled in by digits alone, with the score so far; what is begun is kept, what is said stays."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PICTURES
from tests.browser.desk import Desk, at_desk, example_served
from tests.browser.panel import OUT
from tests.browser.panel import chromium as chromium
from tests.browser.test_panel_look import AXE
from tests.rest.conftest import PROJECT, Service

pytestmark = pytest.mark.browser
SHOWN = Path(__file__).parents[2] / "docs" / "pictures" / "forms.png"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with example_served(tmp_path_factory.mktemp("forms")) as found:
        yield found


@pytest.fixture
def desk(chromium: Browser, service: Service) -> Iterator[Desk]:
    with at_desk(chromium, service, "mia") as found:
        yield found


def opened(desk: Desk, form: str, about: str = "") -> str:
    """The form in front of somebody; of whom."""
    desk.page.goto(f"{desk.service.url}/projects/{PROJECT}/forms?form={form}&about={about}")
    desk.page.locator(".la-item").first.wait_for(timeout=30_000)
    return desk.page.get_by_label("Of whom").input_value()


def entries(desk: Desk, form: str, about: str) -> list[dict[str, object]]:
    return list(desk.service.get(f"/projects/{PROJECT}/forms/{form}/{about}", desk.person)["entries"])


def test_the_stroke_scale_is_filled_in_by_digits_alone(desk: Desk) -> None:
    page = desk.page
    about = opened(desk, "nihss")
    score = page.locator(".la-score")
    expect(score).to_contain_text("0 of 15 items; can come to 0 to 42")
    desk.press("1", "0", "2", "0")
    expect(score.locator("b")).to_have_text("3")
    expect(score).to_contain_text("4 of 15 items")
    desk.press("0", "1", "u")  # visual, face, left arm untestable: it asks why
    expect(page.get_by_role("group", name="5a. Why untestable")).to_be_visible()
    expect(score).to_contain_text("1 left out: untestable")
    page.keyboard.type("cast, 2 weeks")  # digits that are typed stay text
    page.keyboard.press("Enter")
    desk.press("0", "0", "0")
    page.screenshot(path=OUT / "forms.png")
    if PICTURES:
        page.screenshot(path=SHOWN)
    desk.press("Backspace")
    desk.press("1")
    expect(page.locator(".la-form-save")).to_be_disabled()
    desk.press(*"00000")
    expect(page.locator(".la-form-save")).to_be_enabled()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="Saved; 1 of")).to_be_visible()
    (said,) = entries(desk, "nihss", about)
    assert said["scores"]["total"] == {"value": 5, "missing": 1, "open": 0}  # type: ignore[index]
    assert said["answers"]["arm_left_why"] == "cast, 2 weeks"  # type: ignore[index]
    expect(page.get_by_role("complementary", name="The entry")).to_contain_text("by mia")
    page.get_by_role("button", name="Correct it").click()
    expect(score.locator("b")).to_have_text("5")
    page.get_by_role("group", name="1a. Level of consciousness").get_by_role(
        "button", name=re.compile("^3")
    ).click()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".la-struck")).to_have_count(1)
    assert [each["stands"] for each in entries(desk, "nihss", about)] == [True, False]


def test_what_was_begun_is_there_again_and_belongs_to_whom_it_was_typed_of(desk: Desk) -> None:
    page = desk.page
    about = opened(desk, "radiology_read")
    page.get_by_role("group", name="Verdict").get_by_role(
        "button", name=re.compile("abnormal, somebody")
    ).click()
    page.get_by_role("textbox", name="Findings").fill("A lesion in the left thalamus, 8 mm")
    expect(page.get_by_role("status").filter(has_text=re.compile("^kept"))).to_be_visible()
    page.get_by_role("button", name="Next without mine").click()
    expect(page.get_by_label("Of whom")).not_to_have_value(about)
    expect(page.get_by_role("textbox", name="Findings")).to_have_value("")
    again = opened(desk, "radiology_read", about)
    assert again == about
    expect(page.get_by_role("textbox", name="Findings")).to_have_value("A lesion in the left thalamus, 8 mm")
    expect(page.get_by_role("textbox", name="Who was told, and when")).to_be_visible()
    page.get_by_role("group", name="Verdict").get_by_role("button", name=re.compile("1 normal")).click()
    expect(page.get_by_role("textbox", name="Who was told, and when")).to_have_count(0)
    assert "sess_" in about
    assert entries(desk, "radiology_read", about) == []


def test_who_may_only_read_is_told_so(chromium: Browser, service: Service) -> None:
    with at_desk(chromium, service, "carl", quiet=False) as desk:
        desk.page.goto(f"{service.url}/projects/{PROJECT}/forms")
        expect(desk.page.get_by_text("You may read here, and not fill in")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (1000, 700)])
def test_it_looks_as_it_should_and_axe_finds_no_fault(
    chromium: Browser, service: Service, theme: str, size: tuple[int, int]
) -> None:
    words = {"viewport": {"width": size[0], "height": size[1]}, "color_scheme": theme, "bypass_csp": True}
    with at_desk(chromium, service, "olga", **words) as desk:
        opened(desk, "nihss")
        desk.press("1", "0")
        desk.page.screenshot(path=OUT / f"forms-{theme}-{size[0]}.png")
        assert desk.page.evaluate("() => document.documentElement.scrollWidth") <= size[0]
        desk.page.evaluate(AXE.read_text("utf-8"))
        found = desk.page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
        serious = [(each["id"], [node["html"][:200] for node in each["nodes"][:2]]) for each in found if each["impact"] in ("serious", "critical")]  # fmt: skip
        assert serious == []
