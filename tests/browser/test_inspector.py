"""The inspector in a real JupyterLab before the example archive: what is known, and what is said and taken back."""

import contextlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import PICTURES
from tests.browser.panel import OUT, Panel, looked_at
from tests.browser.panel import chromium as chromium
from tests.browser.test_panel_insert import say
from tests.browser.test_panel_look import AXE, THEMES, brief

SHOWN = Path(__file__).parents[2] / "docs" / "pictures" / "inspector.png"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def real(example_lab: str, chromium: Browser) -> Iterator[Panel]:
    with looked_at(chromium, Panel, example_lab) as panel:
        expect(panel.row("S002", "subject")).to_be_visible(timeout=30_000)
        expect(panel.node.get_by_text("Kind", exact=True)).to_be_visible(timeout=30_000)  # all is read
        panel.open("S002", "subject")
        panel.open(first_session(panel), "session")
        expect(panel.node.locator(".la-row[data-level=scan]").first).to_be_visible()
        yield panel


@pytest.fixture(autouse=True)
def nothing_chosen(request: pytest.FixtureRequest) -> None:
    if "real" in request.fixturenames:
        panel = request.getfixturevalue("real")
        first_scan(panel).click()
        panel.page.keyboard.press("Escape")


def first_session(panel: Panel) -> str:
    return panel.node.locator(".la-row[data-level=session] .la-name").first.inner_text()


def scan(panel: Panel, place: int = 0) -> Locator:
    """In the order of the tree, which is not that of the elements."""
    rows = panel.node.locator(".la-row[data-level=scan]").evaluate_all(
        "rows => rows.map(row => [Number(row.dataset.at), row.dataset.key]).sort((a, b) => a[0] - b[0])"
    )
    return panel.node.locator(f'.la-row[data-key="{rows[place][1]}"]')


def first_scan(panel: Panel) -> Locator:
    return scan(panel)


def section(panel: Panel, name: str) -> None:
    panel.inspector.get_by_role("tab", name=re.compile(f"^{name}")).click()


def test_what_is_known_of_a_scan_stands_at_the_right(real: Panel) -> None:
    first_scan(real).click()
    real.page.keyboard.press("i")
    expect(real.inspector.locator("h2")).to_have_text(re.compile(r"^S002 / .+ / .+"), timeout=10_000)
    expect(real.inspector.locator("dl")).to_contain_text(re.compile(r"Echo time\s*\d+(\.\d+)? ms"))
    OUT.mkdir(exist_ok=True)
    real.page.screenshot(path=OUT / "inspector.png")
    if PICTURES:
        shutil.copyfile(OUT / "inspector.png", SHOWN)
    section(real, "Header")
    real.inspector.get_by_role("searchbox", name="Search the header").fill("echo time")
    rows = real.inspector.locator(".la-header tbody tr")
    expect(rows.first).to_contain_text(re.compile(r"\(0018,0081\) Echo Time\s*[\d.]+ ms"))
    section(real, "Files")
    files = real.inspector.locator(".la-files li")
    told = real.inspector.get_by_role("tab", name=re.compile("^Files")).inner_text()
    expect(files).to_have_count(int(told.split()[1]))
    section(real, "Facts")


def test_a_label_is_changed_by_f2_and_taken_back_and_said_again_by_z(real: Panel) -> None:
    session = first_session(real)
    real.row(session, "session").click()
    real.page.keyboard.press("F2")
    field = real.inspector.get_by_role("textbox", name="Change the label")
    expect(field).to_be_focused()
    field.fill("screening")
    field.press("Enter")
    expect(real.row("screening", "session")).to_be_visible(timeout=5_000)
    expect(real.page.locator(".Toastify__toast").last).to_contain_text("screening")
    section(real, "History")
    expect(real.inspector.locator(".la-time li").first).to_contain_text("label set to screening")
    real.row("screening", "session").click()
    real.page.keyboard.press("z")
    expect(real.row(session, "session")).to_be_visible(timeout=5_000)
    expect(real.inspector.locator(".la-time del").first).to_contain_text("screening")
    real.page.keyboard.press("Shift+z")
    expect(real.row("screening", "session")).to_be_visible(timeout=5_000)
    real.page.keyboard.press("z")
    expect(real.row(session, "session")).to_be_visible(timeout=5_000)


def test_esc_leaves_a_word_as_it_was_and_a_click_elsewhere_keeps_what_was_typed(real: Panel) -> None:
    first_scan(real).click()
    real.page.keyboard.press("i")
    change = real.inspector.get_by_role("button", name="Change the note")
    change.click()
    field = real.inspector.get_by_role("textbox", name="Change the note")
    field.fill("not meant")
    field.press("Escape")
    expect(real.inspector.locator(".la-words")).not_to_contain_text("not meant")
    change.click()
    field.press_sequentially("moved zzz i")  # letters that are keys elsewhere
    first_scan(real).click()
    expect(real.inspector.locator(".la-words")).to_contain_text("moved zzz i", timeout=5_000)
    section(real, "History")
    real.inspector.get_by_role("button", name="Take back").first.click()
    expect(real.inspector.locator(".la-words")).not_to_contain_text("moved zzz i", timeout=5_000)


def test_a_scan_s_thumbnail_comes_beside_the_panel_while_the_pointer_rests_on_it(real: Panel) -> None:
    preview = real.page.locator(".la-preview")
    real.field.hover()  # a row that was pressed shows nothing until one comes back to it
    first_scan(real).hover()
    expect(preview).to_be_visible(timeout=10_000)
    assert preview.locator("img").evaluate("picture => [picture.naturalWidth, picture.naturalHeight]") == [
        160,
        160,
    ]
    box, panel = preview.bounding_box(), real.node.bounding_box()
    assert box is not None
    assert panel is not None
    assert box["x"] >= panel["x"] + panel["width"]  # never under the pointer
    OUT.mkdir(exist_ok=True)
    real.page.screenshot(path=OUT / "preview.png")
    scan(real, 1).hover()
    expect(preview).to_be_visible(timeout=10_000)
    real.field.hover()
    expect(preview).to_have_count(0)


def test_what_somebody_else_said_meanwhile_is_drawn_when_nothing_was_typed(real: Panel) -> None:
    row = first_scan(real)
    row.click()
    about = str(row.get_attribute("data-key"))[2:]
    real.page.keyboard.press("i")
    real.inspector.get_by_role("button", name="Change the kind").click()
    field = real.inspector.get_by_role("combobox", name="Change the kind")
    expect(field).to_be_focused()
    say(real.address, {"verb": "tag", "about": about, "payload": {"tag": "meanwhile"}})
    real.page.wait_for_timeout(2000)
    expect(field).to_be_focused()
    expect(real.inspector.locator(".la-tag")).to_have_count(0)
    field.press("Escape")
    expect(real.inspector.locator(".la-tag")).to_contain_text("meanwhile")
    expect(real.inspector.get_by_role("button", name="Change the kind")).to_be_focused()
    say(real.address, {"verb": "untag", "about": about, "payload": {"tag": "meanwhile"}})
    expect(real.inspector.locator(".la-tag")).to_have_count(0, timeout=5_000)


def test_several_scans_are_tagged_and_named_at_once(real: Panel) -> None:
    one, other = scan(real, 0), scan(real, 1)
    one.click()
    other.click(modifiers=["Control"])
    expect(real.inspector.locator("h2")).to_have_text("2 scans")
    real.inspector.get_by_role("button", name="tag").click()
    real.inspector.get_by_role("textbox", name="New tag").fill("pilot")
    real.page.keyboard.press("Enter")
    for each in (one, other):
        each.click()
        expect(real.inspector.locator(".la-tag")).to_contain_text("pilot", timeout=5_000)
    real.page.locator(".Toastify__toast", has_text="pilot").last.get_by_role("button", name="Undo").click()
    expect(real.inspector.locator(".la-tag")).to_have_count(0, timeout=5_000)


def test_a_kind_is_corrected_and_the_tree_says_so(real: Panel) -> None:
    row = first_scan(real)
    row.click()
    kind = real.inspector.locator(".la-edit", has_text="kind").locator(".la-value")
    expect(kind).not_to_have_text("")
    before = kind.inner_text()
    real.inspector.get_by_role("button", name="Change the kind").click()
    field = real.inspector.get_by_role("combobox", name="Change the kind")
    field.fill("angio")
    field.press("Enter")
    expect(first_scan(real)).to_contain_text("angio", timeout=5_000)
    row.click()
    real.page.keyboard.press("z")
    expect(kind).to_have_text(before, timeout=5_000)


def test_a_conflict_says_what_is_to_be_decided(real: Panel) -> None:
    real.row("S003", "subject").click()
    key = real.row("S003", "subject").get_attribute("data-key") or ""
    subject = key.removeprefix("s:")
    with undone(real):
        say(real.address, {"verb": "label", "about": subject, "payload": {"label": "S002"}})
        expect(real.node.locator(f'.la-row[data-key="{key}"]')).to_contain_text("1 conflict", timeout=5_000)
        expect(real.inspector.locator(".la-note")).to_contain_text(
            "2 subjects are called S002", timeout=5_000
        )
        real.page.screenshot(path=OUT / "inspector-conflict.png")
    expect(real.inspector.locator(".la-note")).to_have_count(0, timeout=5_000)


@contextlib.contextmanager
def undone(panel: Panel) -> Iterator[None]:
    """What was said last of what is chosen is taken back at the end."""
    yield
    section(panel, "History")
    panel.inspector.get_by_role("button", name="Take back").first.click()


def test_a_scan_opens_to_its_files_and_a_file_stands_for_its_scan(real: Panel) -> None:
    first_scan(real).click()
    real.page.keyboard.press("ArrowRight")
    files = real.node.locator(".la-row[data-level=file]")
    expect(files.first).to_be_visible(timeout=5_000)
    expect(files.first.locator(".la-meta")).to_have_text(re.compile(r"^[\d.]+ (kB|MB)$"))
    label = first_scan(real).locator(".la-name").inner_text()
    files.first.click()
    expect(real.inspector.locator("h2")).to_have_text(re.compile(f"/ .*{re.escape(label.split()[-1])}$"))
    real.page.keyboard.press("ArrowLeft")
    real.page.keyboard.press("ArrowLeft")
    expect(files).to_have_count(0)


@pytest.mark.parametrize("theme", THEMES)
def test_no_serious_fault_is_found_by_axe_and_nothing_is_cut(real: Panel, theme: str) -> None:
    real.command("apputils:change-theme", theme=f"JupyterLab {theme}")
    first_scan(real).click()
    real.page.keyboard.press("i")
    real.page.add_script_tag(path=AXE)
    for name in ("Facts", "Header", "History", "Files"):
        section(real, name)
        real.page.wait_for_timeout(400)
        found = real.page.evaluate(
            "async () => (await axe.run('#labarchive-inspector', {resultTypes: ['violations']})).violations"
        )
        assert [brief(each) for each in found] == [], name
        real.page.screenshot(path=OUT / f"inspector-{name.lower()}-{theme.lower()}.png")
        box = real.inspector.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 1281
        wide = real.inspector.evaluate("node => node.scrollWidth - node.clientWidth")
        assert wide <= 0, name
    section(real, "Facts")
    real.command("apputils:change-theme", theme="JupyterLab Light")


def test_who_may_only_read_has_nothing_to_change(panel: Panel) -> None:
    panel.world.turn(verbs=["read"])
    expect(panel.row("tau-pet")).to_contain_text("read only", timeout=10_000)
    panel.row("S0001").click()
    panel.page.keyboard.press("i")
    expect(panel.inspector.locator("h2")).to_have_text("S0001")
    expect(panel.inspector.get_by_role("button", name=re.compile("^Change"))).to_have_count(0)
    expect(panel.inspector.get_by_role("button", name="tag")).to_have_count(0)
