"""The archive panel finds scans: by its tree, by typing, by facets, with the keyboard alone; and it says what is wrong."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.panel import OUT, Panel

pytestmark = pytest.mark.browser


def test_the_tree_goes_from_project_to_scan(panel: Panel) -> None:
    expect(panel.row("tau-pet")).to_contain_text("100 subjects")
    panel.open("S0002")
    expect(panel.row("baseline", "session")).to_contain_text("2021-04-14")
    panel.open("baseline", "session")
    scan = panel.row("flair_iso")
    expect(scan).to_contain_text("176 files")
    expect(scan.get_by_role("img", name="usable")).to_be_visible()
    assert scan.get_attribute("aria-level") == "4"
    assert (scan.get_attribute("aria-posinset"), scan.get_attribute("aria-setsize")) == ("2", "4")
    expect(panel.row("S0003")).to_contain_text("▲ 1 conflict")
    expect(panel.node.get_by_role("status").first).to_have_text("1,200 scans100 subjects · 31 GB")


def test_one_project_at_a_time_is_open(panel: Panel) -> None:
    expect(panel.row("S0001")).to_be_visible()
    panel.row("tau-pet").click()
    panel.page.keyboard.press("ArrowLeft")
    panel.row("stroke-ct").click()
    expect(panel.row("stroke-ct")).to_have_attribute("aria-expanded", "true")
    expect(panel.row("tau-pet")).to_have_attribute("aria-expanded", "false")


def test_a_query_is_typed_with_completions_and_becomes_chips(panel: Panel) -> None:
    panel.field.click()
    panel.page.keyboard.type("kind:T1w qual")
    options = panel.node.get_by_role("option")
    expect(options.first).to_contain_text("quality:")
    assert panel.chips == ["kind:T1w"]
    panel.page.keyboard.press("Tab")
    expect(panel.field).to_have_value("quality:")
    expect(options.first).to_have_text(re.compile("^quality:usable12"))
    panel.page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    panel.page.keyboard.press("Enter")
    assert panel.chips == ["kind:T1w", "quality:usable"]
    expect(panel.node.locator(".la-amounts b")).to_have_text("225 scans")
    panel.page.keyboard.press("Backspace")
    assert panel.chips == ["kind:T1w"]
    expect(panel.node.locator(".la-amounts b")).to_have_text("300 scans")


def test_what_is_typed_is_searched_before_enter(panel: Panel) -> None:
    panel.field.click()
    panel.page.keyboard.type("S0042")
    expect(panel.node.locator(".la-amounts b")).to_have_text("12 scans")
    panel.page.keyboard.press("Escape")
    panel.page.keyboard.press("Escape")
    expect(panel.page.locator(".la-row:focus")).to_be_visible()


def test_a_facet_narrows_and_a_second_value_widens(panel: Panel) -> None:
    facets = panel.node.get_by_role("region", name="Facets")
    facets.get_by_label("unusable").check()
    expect(panel.node.locator(".la-amounts b")).to_have_text("50 scans")
    facets.get_by_label("unreviewed").check()
    expect(panel.node.locator(".la-amounts b")).to_have_text("100 scans")
    assert panel.chips == ["quality:unusable,unreviewed"]
    facets.get_by_label("unusable").uncheck()
    assert panel.chips == ["quality:unreviewed"]


def test_a_wrong_word_turns_red_and_the_rest_goes_on(panel: Panel) -> None:
    panel.search("kind:T1w kolour:red")
    expect(panel.node.locator(".la-chip.la-bad")).to_have_text(re.compile("kolour:red"))
    expect(panel.node.locator(".la-bad-word")).to_contain_text("did you mean kind?")
    expect(panel.node.locator(".la-amounts b")).to_have_text("300 scans")


def test_nothing_found_says_which_word_to_drop(panel: Panel) -> None:
    panel.search("kind:CT session:m06")
    expect(panel.node.get_by_role("heading", name="No scan is kind:CT session:m06")).to_be_visible()
    panel.node.get_by_role("button", name="Drop kind:CT: 400 scans").click()
    assert panel.chips == ["session:m06"]
    expect(panel.node.locator(".la-amounts b")).to_have_text("400 scans")


def test_a_label_said_elsewhere_is_here_within_two_seconds(panel: Panel) -> None:
    panel.open("S0001")
    expect(panel.row("baseline", "session")).to_be_visible()
    panel.world.turn(labels={"sess_0000000000": "screening"})
    assert panel.seconds_until("screening") < 2


def test_who_had_the_keyboard_keeps_it_when_the_tree_changes(panel: Panel) -> None:
    panel.open("S0001")
    panel.row("m06", "session").click()
    panel.world.turn(labels={"sess_0000000000": "screening"})
    expect(panel.row("screening", "session")).to_be_visible()
    expect(panel.page.locator(".la-row:focus")).to_contain_text("m06")


def test_the_whole_panel_works_with_the_keyboard(panel: Panel) -> None:
    press = panel.page.keyboard.press
    press("Control+Alt+f")
    expect(panel.field).to_be_focused()
    panel.page.keyboard.type("session:m06")
    press("Enter")
    expect(panel.node.locator(".la-amounts b")).to_have_text("400 scans")
    press("Escape")
    press("Home")
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "ArrowRight"):
        press(key)
    expect(panel.row("t1w_iso")).to_be_visible()
    press("End")
    expect(panel.page.locator(".la-row:focus")).to_contain_text("stroke-ct")
    panel.page.keyboard.type("s0007")
    expect(panel.page.locator(".la-row:focus")).to_contain_text("S0007")
    press("Shift+ArrowDown")
    press("Shift+ArrowDown")
    expect(panel.page.locator('.la-row[aria-selected="true"]')).to_have_count(3)
    press("Escape")
    expect(panel.page.locator('.la-row[aria-selected="true"]')).to_have_count(1)
    press("x")
    press("ArrowDown")
    press("ArrowDown")
    press("x")
    expect(panel.page.locator('.la-row[aria-selected="true"]')).to_have_count(2)
    press("?")
    expect(panel.node.get_by_role("region", name="Keys")).to_be_visible()
    press("/")
    expect(panel.field).to_be_focused()


def test_the_star_opens_everything_beside(panel: Panel) -> None:
    panel.row("S0001").click()
    panel.page.keyboard.press("*")
    expect(panel.row("S0003")).to_have_attribute("aria-expanded", "true")


def test_a_selection_is_saved_taken_and_forgotten(panel: Panel) -> None:
    panel.search("kind:bold")
    panel.node.get_by_role("button", name="Saved selections").click()
    panel.node.get_by_label("Name of this selection").fill("rest")
    panel.node.get_by_role("button", name="Save this selection").click()
    saved = panel.node.get_by_role("button", name=re.compile("^rest"))
    expect(saved).to_be_visible()
    panel.node.get_by_role("button", name="Remove kind:bold").click()
    expect(panel.node.locator(".la-amounts b")).to_have_text("1,200 scans")
    saved.click()
    assert panel.chips == ["kind:bold"]
    panel.node.get_by_role("button", name="Forget rest").click()
    expect(saved).to_have_count(0)


def test_a_dead_archive_leaves_what_was_seen_and_is_found_again(panel: Panel) -> None:
    expect(panel.row("S0001")).to_be_visible()
    panel.world.stop()
    alert = panel.node.get_by_role("alert")
    expect(alert).to_contain_text("The archive doesn’t answer", timeout=15_000)
    expect(panel.row("S0001")).to_be_visible()
    expect(panel.page.locator(".la-status")).to_contain_text("offline")
    OUT.mkdir(exist_ok=True)
    panel.page.screenshot(path=OUT / "panel-offline.png")
    alert.get_by_role("button", name="Try now").click()
    panel.world.start()
    expect(alert).to_be_hidden(timeout=15_000)
    panel.faults.clear()  # the browser notes on its console that nobody answered


def test_who_has_no_project_is_told_what_to_do(panel: Panel) -> None:
    panel.world.turn(projects=0)
    panel.goto()
    expect(panel.node.get_by_role("heading", name="No project is open to you")).to_be_visible()
    expect(panel.node).to_contain_text("Ask an owner to add you")
    panel.page.screenshot(path=OUT / "panel-no-project.png")


def test_the_status_bar_says_generation_and_indexing(panel: Panel) -> None:
    status = panel.page.locator(".la-status")
    expect(status).to_contain_text(re.compile(r"archive · gen \d+"))
    work = {
        "run": 7, "project": "tau-pet", "kind": "index", "done": 1234, "found": 5678, "walked": False,
        "files_per_second": 37.0, "seconds_left": None,
    }  # fmt: skip
    panel.world.turn(work=[work])
    expect(status).to_contain_text("Indexing tau-pet: 1,234 of 5,678 files and more")
    panel.world.turn(work=[{**work, "walked": True, "seconds_left": 45}])
    expect(status).to_contain_text("Indexing tau-pet: 1,234 of 5,678 files · about 45 s left")


def test_the_panel_is_as_it_was_after_a_reload(panel: Panel) -> None:
    panel.search("kind:dwi")
    expect(panel.node.locator(".la-amounts b")).to_have_text("300 scans")
    panel.page.wait_for_timeout(1500)  # Lab keeps its state with a delay that nothing announces
    panel.page.goto(panel.address)
    panel.page.locator(".jp-Launcher").first.wait_for()
    panel.show()
    expect(panel.node.locator(".la-chip")).to_have_text(re.compile("kind:dwi"))


def test_the_launcher_and_the_palette_lead_to_the_panel(panel: Panel) -> None:
    expect(panel.page.get_by_role("button", name="Start here")).to_be_visible()
    panel.page.get_by_role("button", name="Find scans").click()
    expect(panel.field).to_be_focused()
    panel.page.keyboard.press("Control+Shift+c")
    panel.page.keyboard.type("show the archive")
    expect(panel.page.locator(".lm-CommandPalette-item").first).to_contain_text("Show the Archive")
    panel.page.keyboard.press("Enter")
    expect(panel.page.locator(".la-row:focus")).to_be_visible()


def test_lab_settings_say_which_facets_are_counted_and_switch_letters_off(panel: Panel) -> None:
    panel.settings(facets=["kind", "quality"], letters=False)
    facets = panel.node.get_by_role("region", name="Facets").locator(".la-facet-head")
    expect(facets).to_have_text(["Kind", "Quality"])
    panel.row("S0001").click()
    panel.page.keyboard.press("ArrowDown")
    panel.page.keyboard.press("/")
    panel.page.keyboard.press("x")
    expect(panel.field).not_to_be_focused()
    expect(panel.page.locator('.la-row[aria-selected="true"]')).to_contain_text("S0002")
    panel.settings(facets=[], letters=True)
    expect(facets).to_have_count(4)


def test_a_rows_menu_copies_its_code(panel: Panel) -> None:
    panel.row("S0002").click(button="right")
    panel.page.get_by_role("menuitem", name="Copy the Code").click()
    copied = "navigator.clipboard.readText()"
    panel.page.wait_for_function(f"async () => (await {copied}).includes('subj_0000000001')")
    assert panel.page.evaluate(copied).endswith('archive["tau-pet"]["subj_0000000001"]')


def test_a_page_that_nobody_sees_holds_no_line_to_the_archive(panel: Panel) -> None:
    expect(panel.row("S0001")).to_be_visible()
    hide = """hidden => {
      Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
      document.dispatchEvent(new Event('visibilitychange'));
    }"""
    panel.page.evaluate(hide, True)
    panel.world.turn(labels={"sess_0000000000": "screening"})
    panel.open("S0001")
    panel.page.wait_for_timeout(1000)
    expect(panel.row("baseline", "session")).to_be_visible()
    panel.page.evaluate(hide, False)
    expect(panel.row("screening", "session")).to_be_visible()
