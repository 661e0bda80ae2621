"""Dashboards as tabs of a real JupyterLab: one judges, fills in and looks at completeness beside a notebook."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import PICTURES
from tests.browser.panel import OUT, Panel, looked_at
from tests.browser.panel import chromium as chromium
from tests.browser.test_panel_look import AXE, THEMES, brief

pytestmark = pytest.mark.browser
SHOWN = Path(__file__).parents[2] / "docs" / "pictures" / "lab-quality-control.png"
TITLES = ("Quality control", "Completeness", "Scanner drift", "Raters", "Forms")


@pytest.fixture(scope="module")
def real(example_lab: str, chromium: Browser) -> Iterator[Panel]:
    with looked_at(chromium, Panel, example_lab) as panel:
        expect(panel.row("S002", "subject")).to_be_visible(timeout=30_000)
        yield panel


def opened(real: Panel, title: str) -> Locator:
    """By its card in the launcher."""
    real.command("launcher:create")
    real.page.locator(".jp-LauncherCard:visible", has_text=re.compile(f"^{title}$")).click()
    board = real.page.locator(".la-board:visible")
    expect(board.get_by_role("heading", name=title, level=1)).to_be_attached(timeout=30_000)
    return board


def test_a_scan_is_judged_beside_a_notebook_and_taken_back(real: Panel) -> None:
    real.notebook()
    board = opened(real, "Quality control")
    expect(board.locator(".la-stage header")).to_contain_text("yours until", timeout=30_000)
    expect(board.locator(".la-mosaic, .la-instead").first).to_be_visible(timeout=30_000)
    name = board.locator(".la-name-of").inner_text()
    before = real.page.locator(".jp-NotebookPanel .jp-Cell").count()
    real.page.keyboard.press("1")  # the keyboard is the board's as soon as it is there
    expect(board.locator(".la-name-of")).not_to_have_text(name)
    expect(board.locator('.la-qc[data-waiting="0"]')).to_be_attached()
    real.page.keyboard.press("z")
    expect(board.locator(".la-name-of")).to_have_text(name)
    expect(board.locator('.la-qc[data-waiting="0"]')).to_be_attached()
    assert real.page.locator(".jp-NotebookPanel .jp-Cell").count() == before


def test_a_dashboard_is_opened_once_and_is_there_again_after_a_reload(real: Panel) -> None:
    opened(real, "Completeness")
    opened(real, "Completeness")
    tabs = real.page.locator("#jp-main-dock-panel .lm-TabBar-tab", has_text="Completeness")
    expect(tabs).to_have_count(1)
    real.page.wait_for_timeout(2_000)  # Lab keeps its layout a second after it changed
    real.page.goto(real.address)
    expect(tabs).to_have_count(1, timeout=60_000)
    tabs.click()
    board = real.page.locator(".la-board:visible")
    expect(board.get_by_role("heading", name="This study plans no visits")).to_be_visible(timeout=30_000)
    tabs.locator(".lm-TabBar-tabCloseIcon").click()
    expect(real.page.locator(".la-board:visible")).to_have_count(0)


@pytest.mark.parametrize("title", TITLES)
def test_each_dashboard_fits_a_tab_in_both_themes(real: Panel, title: str) -> None:
    board = opened(real, title)
    if title == "Quality control":
        expect(board.locator(".la-mosaic")).to_be_visible(timeout=30_000)
    expect(board.locator(".la-loading")).to_have_count(0, timeout=30_000)
    real.page.wait_for_timeout(1_000)
    for theme in THEMES:
        real.command("apputils:change-theme", theme=f"JupyterLab {theme}")
        expect(real.page.locator(f"body[data-jp-theme-name='JupyterLab {theme}']")).to_be_attached()
        real.page.wait_for_timeout(300)
        OUT.mkdir(exist_ok=True)
        name = title.lower().replace(" ", "-")
        real.page.screenshot(path=OUT / f"lab-{name}-{theme.lower()}.png")
        if PICTURES and title == "Quality control" and theme == "Light":
            shutil.copy(OUT / f"lab-{name}-light.png", SHOWN)
        real.page.add_script_tag(path=str(AXE))
        found = real.page.evaluate(
            "axe.run('.la-board:not(.lm-mod-hidden)').then(found => JSON.stringify(found.violations))"
        )
        assert json.loads(found) == [], "\n".join(map(brief, json.loads(found)))
    beyond = board.evaluate(
        """board => [...board.querySelectorAll('.la-top, .la-top *')].filter(each =>
            each.getBoundingClientRect().right > board.getBoundingClientRect().right + 1).map(each => each.className)"""
    )
    assert beyond == []
    real.command("application:close")
