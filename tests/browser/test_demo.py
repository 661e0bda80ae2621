"""What a newcomer sees: the first notebook in JupyterLab, run from top to bottom."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as TooLong

from tests.browser.conftest import OUT, PICTURES, Demo, Seen

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "find.png"
pytestmark = pytest.mark.browser


def run_all(page: Page) -> None:
    """Run every cell, and wait until the kernel has nothing more to do; a kernel that just starts may miss the word."""
    started = page.locator(".jp-Notebook .jp-InputArea-prompt", has_text=re.compile(r"\[(\*|\d+)\]"))
    for _ in range(6):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        try:
            started.first.wait_for(timeout=15_000)
            break
        except TooLong:
            continue
    page.locator(".jp-Notebook .jp-RenderedImage img").wait_for(timeout=120_000)
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for(timeout=60_000)


def test_the_first_notebook_shows_a_cohort_and_a_slice(demo: Demo, seen: Seen) -> None:
    page = seen.page
    page.goto(demo.url)
    page.locator(".jp-NotebookPanel:visible").wait_for(timeout=90_000)
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for(timeout=90_000)
    expect(page.get_by_role("button", name="Archive", exact=False).first).to_be_visible()
    run_all(page)
    expect(page.locator(".jp-Notebook .jp-OutputArea-output", has_text="Traceback")).to_have_count(0)
    table = page.locator(".jp-RenderedHTMLCommon table.dataframe", has_text="scan_id").first
    expect(table).to_be_visible()
    expect(table.locator("tbody tr").first).to_contain_text("scan_")
    image = page.locator(".jp-Notebook .jp-RenderedImage img")
    assert image.evaluate("image => image.naturalWidth") > 200
    photograph(page)
    assert seen.elsewhere == []
    assert seen.faults == []


def photograph(page: Page) -> None:
    """For the person who looks at what the suite saw, and for the README (LABARCHIVE_PICTURES=1 writes it)."""
    page.keyboard.press("Control+b")  # without the file browser
    OUT.mkdir(exist_ok=True)
    for title, name in (("Narrow it", "top"), ("Have it as a table", "find")):
        heading = page.locator(".jp-RenderedMarkdown h2", has_text=title)
        heading.evaluate("heading => heading.scrollIntoView({block: 'start'})")
        page.wait_for_timeout(300)  # smooth scrolling, which nothing announces
        page.screenshot(path=OUT / f"{name}.png")
    if PICTURES:
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(OUT / "find.png", PICTURE)


def test_the_readme_shows_a_picture_that_is_not_heavy() -> None:
    assert PICTURE.read_bytes().startswith(b"\x89PNG")
    assert PICTURE.stat().st_size < 200_000
