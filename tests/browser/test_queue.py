"""The rating queue as a page of the service, driven by keys in a real Chromium."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PICTURES
from tests.browser.desk import Desk, at_desk, example_served
from tests.browser.panel import OUT
from tests.browser.test_panel_look import AXE
from tests.rest.conftest import PROJECT, Service

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with example_served(tmp_path_factory.mktemp("queue")) as found:
        yield found


@pytest.fixture(autouse=True)
def nothing_said(service: Service) -> Iterator[None]:
    """Every test begins with a queue that nobody has touched."""
    yield
    with service.client("ada") as admin:
        for person in ("mia", "olga"):
            sql = f"select seq from rating where who = '{person}'"
            found = admin.post(f"/projects/{PROJECT}/sql", json={"sql": sql}, headers={"Accept": "application/json"}).json()  # fmt: skip
            numbers = [row["seq"] for row in found["items"]]
            if numbers:
                admin.post(f"/projects/{PROJECT}/undo", json={"seq": numbers}).raise_for_status()
            with service.client(person) as client:
                client.post(f"/projects/{PROJECT}/queue/claims", json={"scans": [], "release": True})


@pytest.fixture
def desk(service: Service, chromium: Browser) -> Iterator[Desk]:
    with at_desk(chromium, service, "mia") as found:
        found.goto()
        yield found


def test_one_saves_and_goes_on_and_three_waits_for_a_reason(desk: Desk) -> None:
    first = desk.name
    desk.press("1")
    expect(desk.page.locator(".la-name-of")).not_to_have_text(first)
    second = desk.name
    desk.press("3")
    assert desk.name == second
    expect(desk.radio("unusable")).to_have_attribute("aria-checked", "true")
    desk.press("Enter")
    expect(desk.page.locator(".la-asked")).to_have_text("Why is asked for")
    assert desk.name == second
    desk.press("m", "g", "u", "Enter")
    expect(desk.page.locator(".la-name-of")).not_to_have_text(second)
    desk.sent()
    one, two = desk.ratings()
    assert (one["quality"], one["door"], one["version"]) == ("usable", "page", 1)
    assert (two["quality"], two["reason"], two["confidence"]) == ("unusable", "motion, ghost", "unsure")
    assert 0 <= two["seconds"] < 60


def test_typing_a_note_fires_no_shortcut(desk: Desk) -> None:
    first = desk.name
    desk.press("2", "n")
    desk.page.keyboard.type("123 nurses sz? /z,. m")
    assert desk.name == first
    expect(desk.radio("questionable")).to_have_attribute("aria-checked", "true")
    assert desk.page.locator(".la-why [aria-pressed=true]").count() == 0
    desk.press("Escape", "m")
    expect(desk.page.get_by_role("textbox", name="Note")).to_have_value("123 nurses sz? /z,. m")
    desk.press("n", "Enter")
    expect(desk.page.locator(".la-name-of")).not_to_have_text(first)
    desk.sent()
    (rating,) = desk.ratings()
    assert (rating["note"], rating["reason"]) == ("123 nurses sz? /z,. m", "motion")
    desk.press("1")  # the keys act again without a click
    desk.sent()
    assert len(desk.ratings()) == 2


def test_back_undo_redo_skip_and_looking_around(desk: Desk) -> None:
    desk.press("1", "1")
    desk.stands(2)
    desk.press("Backspace")
    desk.stands(1)
    expect(desk.radio("usable")).to_have_attribute("aria-checked", "true")
    desk.press("3", "h", "Enter")  # another word on the same scan takes the place of the first
    desk.sent()
    assert [rating["quality"] for rating in desk.ratings()] == ["usable", "unusable"]
    desk.stands(2)
    desk.press("z")
    desk.stands(1)
    desk.sent()
    assert [rating["quality"] for rating in desk.ratings()] == ["usable", "usable"]
    desk.press("Shift+Z")
    desk.sent()
    assert [rating["quality"] for rating in desk.ratings()] == ["usable", "unusable"]
    desk.press("z", "z", "z", "z")
    desk.sent()
    assert desk.ratings() == []
    desk.press("s")
    desk.stands(1)
    desk.press("ArrowRight", "ArrowRight", "ArrowLeft")
    desk.stands(2)
    assert desk.page.locator(".la-film [aria-current] .la-q-unreviewed").count() == 1


def test_what_was_begun_is_there_after_the_page_was_closed(service: Service, chromium: Browser) -> None:
    with at_desk(chromium, service, "mia") as desk:
        desk.goto()
        desk.press("1")
        name = desk.name
        desk.press("3", "w", "n")
        desk.page.keyboard.type("half a word")
        desk.page.close()
        desk.page = desk.page.context.new_page()
        desk.goto()
        assert desk.name == name
        expect(desk.radio("unusable")).to_have_attribute("aria-checked", "true")
        expect(desk.page.get_by_role("textbox", name="Note")).to_have_value("half a word")
        expect(desk.page.locator(".la-why [aria-pressed=true]")).to_have_text("wrap" + "w")
        desk.press("Enter")
        desk.sent()
        assert [rating["note"] for rating in desk.ratings()] == [None, "half a word"]


def test_two_assistants_judge_different_scans_until_all_are_judged(
    service: Service, chromium: Browser
) -> None:
    with at_desk(chromium, service, "mia") as mia, at_desk(chromium, service, "olga") as olga:
        mia.goto()
        olga.goto()
        total = mia.total
        for _ in range(total):
            for desk in (mia, olga):
                desk.press("1")
                desk.page.wait_for_timeout(60)
        for desk in (mia, olga):
            desk.sent()
        mine, theirs = ({rating["scan_id"] for rating in desk.ratings()} for desk in (mia, olga))
        assert not mine & theirs
        assert min(len(mine), len(theirs)) > 3
        with service.client("ada") as client:
            left = client.get(f"/projects/{PROJECT}/scans", params={"quality": "unreviewed"}).json()["total"]
        for desk in (mia, olga):
            expect(desk.page.locator(".la-instead b")).to_be_visible()
        assert left == 0


def test_nothing_is_lost_when_the_service_is_killed_in_the_middle(
    service: Service, chromium: Browser
) -> None:
    with at_desk(chromium, service, "mia", quiet=False) as desk:
        desk.goto()
        desk.press("1", "1")
        desk.sent()
        desk.page.wait_for_timeout(500)  # the next pictures are there
        service.kill()
        try:
            desk.press("1", "3", "r", "Enter", "1")
            expect(desk.page.locator("[data-state=waiting]")).to_contain_text("wait to be sent")
            desk.stands(5)
        finally:
            service.again()
        expect(desk.page.locator(".la-toast")).to_contain_text("All is sent", timeout=30_000)
        assert [rating["quality"] for rating in desk.ratings()] == ["usable"] * 3 + ["unusable", "usable"]


def test_who_signed_in_again_goes_on_with_what_waits(service: Service, chromium: Browser) -> None:
    with at_desk(chromium, service, "mia", quiet=False) as desk:
        desk.goto()
        context = desk.page.context
        context.clear_cookies()
        desk.press("1")
        link = desk.page.get_by_role("link", name="Sign in again")
        expect(link).to_have_attribute("href", "/services/archive/login")
        context.add_cookies([{"name": "labarchive-token", "value": "token-mia", "url": f"{service.url}/"}])
        expect(desk.page.locator(".la-toast")).to_contain_text("All is sent", timeout=30_000)
        assert len(desk.ratings()) == 1


def test_a_lab_s_own_reasons_and_items_stand_in_the_bar(service: Service, chromium: Browser) -> None:
    text = (Path(__file__).parents[2] / "src/labarchive/forms/shipped/rating.toml").read_text()
    own = text.replace("version = 1", "version = 2", 1).replace('metal = "metal"', 'implant = "implant"')
    own = own.replace('metal = "h"', 'implant = "i"') + '\n[[item]]\nname = "artefacts"\nlabel = "Artefacts"\ntype = "number"\nrange = [0, 9]\n'  # fmt: skip
    service.home.forms.mkdir(exist_ok=True)
    form = service.home.forms / "rating.toml"
    form.write_text(own)
    try:
        with at_desk(chromium, service, "mia") as desk:
            desk.goto()
            desk.press("3", "i")
            desk.page.get_by_role("spinbutton", name="Artefacts").fill("4")
            desk.press("Enter")
            desk.sent()
            (rating,) = desk.ratings()
            assert (rating["reason"], rating["version"]) == ("implant", 2)
    finally:
        form.unlink()


def test_a_refusal_brings_the_scan_back_with_what_was_said(service: Service, chromium: Browser) -> None:
    with at_desk(chromium, service, "mia", quiet=False) as desk:
        desk.goto()
        first = desk.name
        with service.client("ada") as admin:
            admin.put(f"/projects/{PROJECT}/members/mia", json={"role": "collaborator"}).raise_for_status()
        try:
            desk.press("3", "m", "Enter")
            toast = desk.page.locator(".la-toast-line")
            expect(toast).to_contain_text("was not saved: collaborator may not rate")
            toast.get_by_role("button", name="Look").click()
            assert desk.name == first
            expect(desk.radio("unusable")).to_have_attribute("aria-checked", "true")
        finally:
            with service.client("ada") as admin:
                admin.put(f"/projects/{PROJECT}/members/mia", json={"role": "member"}).raise_for_status()
        desk.press("Enter")
        desk.sent()
        assert [rating["quality"] for rating in desk.ratings()] == ["unusable"]


def test_who_may_look_and_not_rate_is_told_so(service: Service, chromium: Browser) -> None:
    with at_desk(chromium, service, "carl", quiet=False) as desk:
        desk.goto()
        expect(desk.page.locator(".la-instead")).to_contain_text("collaborator may not rate")
        expect(desk.page.locator(".la-instead")).to_contain_text("ask an owner")
        desk.press("1", "3", "Enter", "z", "s", "ArrowLeft", "?")
        expect(desk.page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_which_scans_is_asked_by_kind_and_by_words(desk: Desk) -> None:
    desk.page.get_by_label("Kind").select_option("bold")
    desk.page.wait_for_function("() => document.querySelector('.la-name-of').textContent.endsWith('bold')")
    desk.press("1")  # the keys act at once
    desk.sent()
    desk.press("/")
    desk.page.keyboard.type("colour:red session:baseline")
    desk.press("Enter")
    expect(desk.page.locator(".la-bad-word")).to_contain_text("colour:red")
    desk.press("/")
    desk.page.get_by_role("searchbox").fill("subject:nobody")
    desk.press("Enter")
    expect(desk.page.locator(".la-instead")).to_contain_text("No scan that nobody has rated fits")
    assert "nobody" not in desk.page.url


def test_the_volume_opens_in_place_of_the_mosaic_and_is_judged_there(desk: Desk) -> None:
    desk.page.get_by_label("Kind").select_option("T1w")
    desk.page.locator(".la-mosaic").wait_for()
    first = desk.name
    desk.press("v")
    desk.page.locator(".la-plane canvas").first.wait_for(timeout=30_000)
    caption = desk.page.locator(".la-plane[data-plane=axial] figcaption")
    before = caption.inner_text()
    desk.press("ArrowUp")
    expect(caption).not_to_have_text(before)
    expect(desk.page.locator("[data-of=value]")).not_to_be_empty()
    dark = desk.page.evaluate(
        """() => { const canvas = document.querySelector('.la-plane canvas');
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            return Math.max(...data.filter((_, n) => n % 4 === 0)); }"""
    )
    assert dark > 100  # something is drawn
    frame = desk.page.locator(".la-plane[data-plane=axial] .la-frame").bounding_box()
    assert frame is not None
    assert frame["height"] > 100  # the place that the policy of the page lets it have
    desk.page.screenshot(path=OUT / "queue-volume.png")
    desk.press("Escape")
    desk.page.locator(".la-mosaic").wait_for()
    assert desk.name == first
    desk.press("v")
    desk.page.locator(".la-plane canvas").first.wait_for(timeout=30_000)
    desk.press("3", "m", "Enter")
    expect(desk.page.locator(".la-name-of")).not_to_have_text(first)
    desk.page.locator(".la-mosaic").wait_for()
    desk.sent()
    assert [rating["quality"] for rating in desk.ratings()] == ["unusable"]
    desk.press("1")  # the keys are here again
    desk.sent()
    assert len(desk.ratings()) == 2


def test_other_visits_are_compared_in_place_of_the_mosaic(desk: Desk) -> None:
    desk.page.get_by_label("Kind").select_option("T1w")
    expect(desk.page.locator(".la-name-of")).to_contain_text("T1w")
    desk.page.locator(".la-mosaic").wait_for()
    desk.press("c")
    said = desk.page.locator(".la-toast", has_text="no other visit has it")
    expect(desk.page.locator(".la-beside").or_(said).first).to_be_visible()
    for _ in range(desk.total):  # some subject of the example was there twice
        if desk.page.locator(".la-beside").count():
            break
        desk.press("ArrowRight", "c")
        expect(desk.page.locator(".la-beside").or_(said).first).to_be_visible()
    expect(desk.page.locator(".la-beside .la-plane canvas").nth(1)).to_be_visible(timeout=30_000)
    expect(desk.page.locator(".la-beside .la-plane").first).to_be_focused()
    desk.page.screenshot(path=OUT / "queue-beside.png")
    desk.press("Escape")
    desk.page.locator(".la-mosaic").wait_for()


def test_a_scan_that_cannot_be_drawn_says_why_and_can_be_rated(service: Service, chromium: Browser) -> None:
    with at_desk(chromium, service, "mia", quiet=False) as desk:
        desk.page.route("**/mosaic.webp", lambda route: route.fulfill(
            status=422, content_type="application/problem+json",
            body='{"title":"x","status":422,"detail":"slice 3 of 9 is cut short","hint":"rate it unusable"}',
        ))  # fmt: skip
        desk.goto()
        expect(desk.page.locator(".la-instead")).to_contain_text("slice 3 of 9 is cut short")
        desk.page.locator(".la-instead").get_by_role("button", name="Rate unusable").click()
        expect(desk.radio("unusable")).to_have_attribute("aria-checked", "true")
        desk.page.unroute("**/mosaic.webp")
        desk.page.locator(".la-instead").get_by_role("button", name="Try again").click()
        desk.page.locator(".la-mosaic").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (1920, 1200), (1000, 700)])
def test_nothing_overlaps_the_picture_and_axe_finds_no_fault(
    service: Service, chromium: Browser, theme: str, size: tuple[int, int]
) -> None:
    view = {"width": size[0], "height": size[1]}
    with at_desk(chromium, service, "mia", viewport=view, color_scheme=theme) as desk:
        desk.goto()
        desk.press("1", "3", "m", "Enter", "3")
        desk.page.wait_for_timeout(700)
        expect(desk.radio("unusable")).to_have_attribute("aria-checked", "true")
        picture = desk.page.locator(".la-mosaic").bounding_box()
        assert picture is not None
        over = desk.page.evaluate(
            """([x, y, w, h]) => [[.02,.02],[.5,.02],[.98,.02],[.02,.5],[.5,.5],[.98,.98],[.02,.98]]
                .map(([a, b]) => document.elementFromPoint(x + a * w, y + b * h).className)""",
            [picture["x"], picture["y"], picture["width"], picture["height"]],
        )
        assert set(over) == {"la-mosaic"}
        cut = desk.page.evaluate(
            """() => [...document.querySelectorAll('.la-rate button, .la-rate kbd, .la-stage header > *, .la-top > *')]
                .filter(each => !each.matches('.la-toast-line, .la-bad-word, .la-name-of, .la-sr') && each.offsetParent)
                .filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth
                    || each.getBoundingClientRect().right > each.closest('section, header').getBoundingClientRect().right + 1)
                .map(each => each.className + ' ' + each.textContent)"""
        )
        assert cut == []
        desk.page.screenshot(path=OUT / f"queue-{theme}-{size[0]}.png")
        if PICTURES and (theme, size[0]) == ("light", 1280):
            desk.page.screenshot(path=Path(__file__).parents[2] / "docs" / "pictures" / "queue.png")
        desk.page.evaluate(AXE.read_text())
        found = desk.page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
        serious = [(each["id"], [node["html"][:120] for node in each["nodes"]][:3]) for each in found if each["impact"] in ("serious", "critical")]  # fmt: skip
        assert serious == []


def test_it_asks_for_nothing_beyond_this_machine_and_keeps_nothing(desk: Desk) -> None:
    desk.press("1", "3", "m", "Enter")
    desk.sent()
    kept = desk.page.evaluate("async () => [localStorage.length, sessionStorage.length, document.cookie, (await caches.keys()).length, (await indexedDB.databases()).length]")  # fmt: skip
    assert kept == [0, 0, "", 0, 0]
    assert desk.page.locator("#told").count() == 0
    assert desk.page.url.endswith(f"/projects/{PROJECT}/queue")


def test_many_ratings_in_a_row_are_all_there(desk: Desk) -> None:
    total = desk.total
    began = time.monotonic()
    for _ in range(total):
        desk.press("1")
    expect(desk.page.locator(".la-instead b")).to_contain_text("are rated", timeout=30_000)
    desk.sent()
    assert time.monotonic() - began < 60
    assert len(desk.ratings()) >= total


def test_what_was_measured_stands_beside_the_picture(desk: Desk) -> None:
    service = desk.service
    scans = [each["scan_id"] for each in service.get(f"/projects/{PROJECT}/scans", kind="T1w")["items"]]
    service.post(f"/projects/{PROJECT}/check", {"scans": scans})
    until = time.monotonic() + 90
    while len(service.get(f"/projects/{PROJECT}/scans/{scans[-1]}/metrics")["items"]) == 0:
        assert time.monotonic() < until
        time.sleep(0.3)
    desk.goto("kind:T1w")
    table = desk.page.get_by_role("table", name="Measures")
    expect(
        table.get_by_role("rowheader", name="efc").or_(table.locator("th[scope=row]").first).first
    ).to_be_visible()
    assert table.locator("tbody tr").count() >= 6
    desk.page.screenshot(path=OUT / "queue-measures.png")
