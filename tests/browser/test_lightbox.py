"""The lightbox as a page of the service: narrowed by facets and search, judged together, in a real Chromium."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import PICTURES
from tests.browser.desk import Desk, at_desk, example_served
from tests.browser.panel import OUT
from tests.browser.test_panel_look import AXE
from tests.rest.conftest import PROJECT, Service

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with example_served(tmp_path_factory.mktemp("lightbox")) as found:
        yield found


@pytest.fixture
def desk(service: Service, chromium: Browser) -> Iterator[Desk]:
    with at_desk(chromium, service, "mia") as found:
        show(found)
        yield found


def show(desk: Desk) -> None:
    desk.page.goto(f"{desk.service.url}/projects/{PROJECT}/lightbox")
    desk.page.locator(".la-tile img").first.wait_for(timeout=30_000)


def tiles(desk: Desk) -> Locator:
    return desk.page.locator(".la-tile")


def total(desk: Desk) -> int:
    return int(desk.page.locator(".la-lb-head .la-two").inner_text().partition(" ")[0].replace(",", ""))


def test_arrows_ranges_and_all(desk: Desk) -> None:
    everything = total(desk)
    assert tiles(desk).count() == everything > 20
    desk.press("ArrowRight", "x")
    expect(tiles(desk).nth(1)).to_have_attribute("aria-selected", "true")
    desk.press("Shift+ArrowRight", "Shift+ArrowRight")
    expect(desk.page.locator(".la-bulk b")).to_have_text("3 selected")
    expect(desk.page.locator(".la-bulk")).to_contain_text("all unreviewed")
    desk.press("Escape")
    expect(desk.page.locator(".la-bulk b")).to_have_text("None selected")
    desk.press("Home", "Control+a")
    expect(desk.page.locator(".la-tile[aria-selected=true]")).to_have_count(everything)
    desk.press("Escape")
    tiles(desk).nth(4).click()
    tiles(desk).nth(7).click(modifiers=["Shift"])
    expect(desk.page.locator(".la-bulk b")).to_have_text("4 selected")


def test_many_are_rated_at_once_and_taken_back_at_once(desk: Desk) -> None:
    desk.press("Home", "x", "Shift+ArrowRight", "Shift+ArrowRight", "3")
    expect(desk.page.locator(".la-toast")).to_contain_text("Why is asked for")
    desk.page.get_by_label("Reason").select_option("ghost")
    desk.page.get_by_role("button", name=re.compile("unusable")).click()
    expect(desk.page.locator(".la-toast")).to_contain_text("3 scans are unusable now")
    expect(desk.page.locator(".la-tile .la-q-unusable")).to_have_count(3)
    assert [(each["quality"], each["reason"]) for each in desk.ratings()] == [("unusable", "ghost")] * 3
    quality = desk.page.locator(".la-facet label", has_text="unusable").locator(".la-count")
    expect(quality).to_have_text("3")
    desk.press("z")
    expect(desk.page.locator(".la-toast")).to_contain_text("taken back")
    expect(desk.page.locator(".la-tile .la-q-unusable")).to_have_count(0)
    assert desk.ratings() == []
    desk.press("End", "1")  # where nothing is selected, the one that the keyboard stands at
    expect(desk.page.locator(".la-tile .la-q-usable")).to_have_count(1)
    desk.press("z")
    expect(desk.page.locator(".la-tile .la-q-usable")).to_have_count(0)


def test_enter_opens_volumes_and_several_side_by_side(desk: Desk) -> None:
    box = desk.page.locator(".la-facet label", has_text="T1w").first
    count = int(box.locator(".la-count").inner_text())
    box.locator("input").check()
    expect(desk.page.locator(".la-chip em")).to_have_text("T1w")
    expect(desk.page.locator(".la-lb-head .la-two").first).to_have_text(
        f"{count} scans"
    )  # the answer is there
    desk.page.locator(".la-tile img").first.wait_for()
    tiles(desk).nth(0).click()
    tiles(desk).nth(1).click()
    expect(desk.page.get_by_text("2 selected")).to_be_visible()
    desk.press("Enter")
    expect(desk.page.locator(".la-beside .la-plane canvas")).to_have_count(2, timeout=30_000)
    assert "S00" not in desk.page.url
    desk.page.go_back()
    desk.page.locator(".la-tile img").first.wait_for()
    desk.press("Home", "Enter")
    expect(desk.page.locator(".la-viewer-page .la-plane canvas")).to_have_count(3, timeout=30_000)


def test_facets_and_search_narrow_and_a_bad_term_is_told(desk: Desk) -> None:
    everything = total(desk)
    box = desk.page.locator(".la-facet label", has_text="T1w").first
    count = int(box.locator(".la-count").inner_text())
    box.locator("input").check()
    expect(desk.page.locator(".la-lb-head .la-two").first).to_have_text(f"{count} scans")
    assert {text.rpartition(" ")[2] for text in tiles(desk).locator(".la-label i").all_inner_texts()} == {
        "T1w"
    }
    assert desk.page.locator(".la-chip em").inner_text() == "T1w"
    desk.page.locator(".la-facet label", has_text="FLAIR").first.locator("input").check()
    expect(desk.page.locator(".la-lb-head .la-two").first).not_to_have_text(f"{count} scans")
    desk.press("/")
    desk.page.keyboard.type("colour:red")
    desk.press("Enter")
    expect(desk.page.locator(".la-bad-word")).not_to_be_empty()
    desk.page.locator(".la-search input").fill("")
    for button in desk.page.get_by_role("button", name=re.compile("^Remove ")).all()[::-1]:
        button.click()
    expect(desk.page.locator(".la-lb-head .la-two").first).to_have_text(f"{everything} scans")
    desk.page.locator(".la-search input").fill("subject:nobody")
    desk.press("Enter")
    expect(desk.page.locator(".la-lb-room .la-instead")).to_contain_text("No scan fits")
    desk.page.get_by_role("button", name="Show all").click()
    expect(desk.page.locator(".la-lb-head .la-two").first).to_have_text(f"{everything} scans")


def test_a_peek_shows_the_mosaic_and_any_key_goes_on(desk: Desk) -> None:
    desk.press("ArrowRight", " ")
    peek = desk.page.locator("dialog.la-peek")
    peek.locator("img.la-mosaic").wait_for(timeout=30_000)
    desk.press("1")
    expect(peek).to_have_count(0)
    assert desk.ratings() == []
    desk.press("x")  # the keys act again
    expect(desk.page.locator(".la-bulk b")).to_have_text("1 selected")


def test_sizes_and_orders(desk: Desk) -> None:
    desk.press("+", "+")
    assert tiles(desk).first.bounding_box()["width"] == 176  # type: ignore[index]
    desk.press("-")
    assert tiles(desk).first.bounding_box()["width"] == 112  # type: ignore[index]
    desk.page.get_by_label("Sort").select_option("Kind")
    kinds = tiles(desk).locator(".la-label i").all_inner_texts()
    assert len(set(kinds)) > 2


def test_who_may_look_and_not_rate_looks(service: Service, chromium: Browser) -> None:
    with at_desk(chromium, service, "carl") as desk:
        show(desk)
        desk.press("x", "1", "3")
        expect(desk.page.locator(".la-bulk b")).to_have_text("1 selected")
        assert desk.page.locator(".la-bulk .la-q").count() == 0
        assert desk.ratings() == []


def test_only_what_is_seen_is_in_the_page(service: Service, chromium: Browser) -> None:
    """However many there are: four thousand rows come, and some hundred tiles are made."""
    with at_desk(chromium, service, "mia", quiet=False) as desk:
        desk.page.route("**/lightbox?", lambda route: _many(route, 4000))
        desk.page.route("**/thumbnail.webp", lambda route: route.fulfill(status=404, json={"detail": "none"}))
        desk.page.goto(f"{service.url}/projects/{PROJECT}/lightbox")
        expect(desk.page.locator(".la-lb-head .la-two").first).to_have_text("4,000 scans")
        assert 100 < tiles(desk).count() < 400
        desk.press("End")
        expect(desk.page.locator("#la-tile-3999")).to_be_visible()
        assert tiles(desk).count() < 400


def _many(route: object, n: int) -> None:
    answer = route.fetch()  # type: ignore[attr-defined]
    told = answer.json()
    told["columns"] = {
        name: (values * (n // len(values) + 1))[:n] for name, values in told["columns"].items()
    }
    told["columns"]["scan_id"] = [f"scan_{at:010d}" for at in range(n)]
    route.fulfill(response=answer, json={**told, "total": n})  # type: ignore[attr-defined]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (1920, 1200)])
def test_it_looks_as_it_should_and_axe_finds_no_fault(
    service: Service, chromium: Browser, theme: str, size: tuple[int, int]
) -> None:
    view = {"width": size[0], "height": size[1]}
    with at_desk(chromium, service, "mia", viewport=view, color_scheme=theme) as desk:
        show(desk)
        desk.press("ArrowRight", "x", "Shift+ArrowRight")
        desk.page.wait_for_timeout(800)
        desk.page.screenshot(path=OUT / f"lightbox-{theme}-{size[0]}.png")
        if PICTURES and (theme, size[0]) == ("light", 1280):
            drawn = (
                "() => [...document.querySelectorAll('.la-tile')].every(each => each.querySelector('img'))"
            )
            desk.page.wait_for_function(drawn, timeout=60_000)
            desk.page.screenshot(path=Path(__file__).parents[2] / "docs" / "pictures" / "lightbox.png")
        cut = desk.page.evaluate(
            """() => [...document.querySelectorAll('.la-bulk > *, .la-lb-head > *, .la-top > *')]
                .filter(each => each.offsetParent && each.getBoundingClientRect().right > innerWidth + 1)
                .map(each => each.className + ' ' + each.textContent)"""
        )
        assert cut == []
        desk.page.evaluate(AXE.read_text())
        found = desk.page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
        serious = [(each["id"], [node["html"][:120] for node in each["nodes"]][:3]) for each in found if each["impact"] in ("serious", "critical")]  # fmt: skip
        assert serious == []
