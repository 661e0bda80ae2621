"""What is written is checked: code blocks run, every verb has a page, links lead somewhere."""

import re
from pathlib import Path

import pytest

from labarchive.cli.verbs import TABLE
from tests.docs.blocks import ELSEWHERE, FENCE, PAGES, ROOT, Reader, blocks
from tests.docs.example import Example


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("path", [path for path in PAGES if blocks(path)], ids=name)
def test_the_code_of_a_page_runs(
    path: Path, page: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if path.match("how-to/rest.md"):
        request.getfixturevalue("at_service")
    monkeypatch.setenv("LABARCHIVE_HOME", str(page.home))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    reader = Reader(page.nas, page.home, folder)
    for block in blocks(path):
        reader.run(path, block)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_block_says_what_language_it_is_in(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n```") == 2 * len(FENCE.findall(text))
    assert {block.language for block in blocks(path)} <= {"python", "sh", "toml", "text"}


@pytest.mark.parametrize("verb", TABLE)
def test_every_verb_is_shown_at_work_in_a_how_to(verb: str) -> None:
    shown = [
        page
        for page in (ROOT / "docs" / "how-to").glob("*.md")
        for block in blocks(page)
        if block.language == "sh" and re.search(rf"labarchive (--home \S+ )?{verb}\b", block.code)
    ]
    assert shown, f"no page in docs/how-to runs labarchive {verb}"


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{name(path)} links to {target}"


def test_every_variable_that_is_read_stands_in_the_settings() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text()
    source = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    for variable in sorted(set(re.findall(r"LABARCHIVE_[A-Z_]+", source))):
        assert f"`{variable}`" in page


def test_what_pages_do_not_run_is_run_elsewhere() -> None:
    for place in ELSEWHERE.values():
        assert (ROOT / place).exists()


def test_every_decision_says_what_it_cost() -> None:
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        text = page.read_text().lower()
        assert "price" in text, page.name


@pytest.mark.parametrize("verb", TABLE)
def test_the_table_of_contents_names_every_verb(verb: str) -> None:
    assert f"`{verb}`" in (ROOT / "docs" / "README.md").read_text()


def test_every_page_is_in_the_table_of_contents() -> None:
    contents = (ROOT / "docs" / "README.md").read_text()
    for page in PAGES:
        if page.parent.name in ("tutorials", "how-to", "reference", "explanation"):
            assert f"({page.relative_to(ROOT / 'docs')})" in contents
