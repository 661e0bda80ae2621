"""Assistants and an investigator judge at once, each in a real Chromium behind the real hub."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.panel import LEFT, OUT, Panel, watch
from tests.browser.panel import chromium as chromium
from tests.hub.conftest import Demo
from tests.hub.people import STARTS, at_lab

QUEUE = "/services/archive/projects/tau-pet/queue"


def rated(page: Page, *keys: str) -> None:
    """Judge the scan that is looked at, until that is answered."""
    before = page.locator(".la-name-of").inner_text()
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator(".la-name-of")).not_to_have_text(before)
    expect(page.locator('.la-qc[data-waiting="0"]')).to_be_visible()


def arrived(page: Page) -> None:
    page.locator(".la-mosaic").wait_for(timeout=STARTS)
    expect(page.locator(".la-stage header")).to_contain_text("yours until")


def test_an_assistant_and_an_investigator_judge_different_scans_under_their_own_names(
    demo: Demo, chromium: Browser
) -> None:
    anna, ines = demo.users["anna"], demo.users["ines"]
    since = demo.asked("ines", "/hello").json()["seq"]
    with at_lab(chromium, demo, "ines") as lab, chromium.new_context() as context:
        desk = Panel(context.new_page(), demo.url)
        watch(desk)
        desk.page.goto(f"{demo.url}{QUEUE}")  # a bookmark of somebody who is not signed in
        desk.page.fill("#username_input", anna["name"])
        desk.page.fill("#password_input", anna["password"])
        desk.page.click("#login_submit")
        arrived(desk.page)
        assert desk.page.url == f"{demo.url}{QUEUE}"
        rated(desk.page, "3", "m", "Enter")
        lab.row("tau-pet", "project").locator(".la-name").click()
        lab.page.locator('.jp-LauncherCard[title^="Judge scans"]').last.click()
        queue = lab.page  # a tab of hers
        arrived(queue)
        rated(queue, "1")
        desk.page.screenshot(path=OUT / "hub-queue.png")
        events = demo.asked("ines", f"/changes?since={since}").json()["events"]
        said = [
            (event["who"], event["door"], event["payload"]["quality"], event["about"])
            for event in events
            if event["verb"] == "rating"
        ]
        for page in (
            desk.page,
            queue,
        ):  # a demo keeps what was said: the next run finds the queue as this one did
            page.keyboard.press("z")
            expect(page.locator(".la-toast")).to_contain_text("taken back")
            expect(page.locator('.la-qc[data-waiting="0"]')).to_be_visible()
            LEFT.keep(page)
    assert desk.faults == []
    assert [each[:3] for each in said] == [
        (anna["name"], "page", "unusable"),
        (ines["name"], "lab", "usable"),
    ]
    assert said[0][3] != said[1][3]


def test_a_script_in_somebody_s_lab_is_not_given_the_page(demo: Demo, chromium: Browser) -> None:
    with at_lab(chromium, demo, "ines") as lab:
        lab.page.goto(f"{demo.url}{QUEUE}")  # the cookie is there
        arrived(lab.page)
        lab.page.goto(lab.address)
        lab.page.locator("#jp-main-dock-panel").wait_for(timeout=STARTS)
        got = lab.page.evaluate(
            """async address => {
                const texts = [];
                for (const mode of ['same-origin', 'cors', 'navigate']) {
                    try { texts.push(await (await fetch(address, {mode})).text()); } catch (error) { texts.push(String(error)); }
                }
                const frame = document.createElement('iframe');
                frame.src = address;
                document.body.append(frame);
                await new Promise(done => { frame.onload = done; setTimeout(done, 4000); });
                try { texts.push(frame.contentDocument.documentElement.outerHTML); } catch (error) { texts.push(String(error)); }
                return texts;
            }""",
            QUEUE,
        )
        assert len(got) == 4
        assert not [text for text in got if '"proof"' in text or "la-mosaic" in text]
        lab.faults.clear()  # the browser says that it refused the frame


def test_a_selection_is_looked_at_in_a_cell_behind_the_hub(demo: Demo, chromium: Browser) -> None:
    with at_lab(chromium, demo, "ines") as lab:
        lab.notebook()
        lab.run('archive["tau-pet"].scans(kind="T1w")[:2].view(columns=2)')
        cell = lab.page.locator(".jp-OutputArea-output .la-cell")
        expect(cell.locator("img")).to_have_count(2, timeout=60_000)
        cell.get_by_role("button").first.click()
        cell.locator(".la-plane canvas").first.wait_for(timeout=30_000)
