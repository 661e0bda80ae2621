"""Reprs: at most 72 columns and 8 lines of text, and HTML without script in which every value is escaped."""

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from labarchive.selection.archive import Archive
from tests.selection.conftest import HandMade

BAD = "<img src=x onerror=alert(1)>\x1b[2J\u202e\"'"


def everything(archive: Archive) -> list[object]:
    tau = archive["tau-pet"]
    session = tau[tau._ipython_key_completions_()[0]].sessions[0]
    return [
        archive, tau, tau.subjects[0], session, session.scans[0], tau.scans, tau.sessions, tau.subjects, archive.projects,
        tau.scans(kind="T1w", session="baseline", usable=True), tau.scans(kind="none"), archive.files,
        archive.conflicts, archive.duplicates, archive.history, tau.scans(kind=["x"] * 40),
    ]  # fmt: skip


def test_text_fits_eight_lines_of_72_columns(archive: Archive) -> None:
    for thing in everything(archive):
        lines = repr(thing).splitlines()
        assert len(lines) <= 8, repr(thing)
        assert max(map(len, lines)) <= 72, repr(thing)


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_hostile_names_stay_text(archive: Archive, tables: HandMade) -> None:
    tables.con.execute("update subject set subject = ?, note = ?", [BAD, BAD])
    tables.con.execute("update session set subject = ?, session = ?, station = ?", [BAD, BAD, BAD])
    tables.con.execute(
        "update scan_fact set subject = ?, session = ?, scan = ?, kind = ?, station = ?, description = ?, note = ?",
        [BAD] * 7,
    )
    tables.con.execute("insert into conflict values ('tau-pet', 'subj_x', ?, ?, [])", [BAD, BAD])
    tables.con.execute(
        "insert into file values ('tau-pet', 'scan_x', ?, null, ?, ?, 'x', 1, 1, '', 1)", [BAD] * 3
    )
    archive.scans[0].rate("unusable", reason=BAD)
    archive.scans[0].tag(BAD)
    tau = archive["tau-pet"]
    scan = tau.scans[0]
    for thing in [archive, tau, tau.subjects[0], tau.sessions[0], scan, tau.scans, tau.sessions, tau.subjects,
                  archive.conflicts, archive.files, archive.history, tau.scans(kind=BAD, session=BAD + "x"), scan.tag(BAD)]:  # fmt: skip
        page = Seen()
        html = thing._repr_html_()
        page.feed(html)
        assert page.tags <= {"div", "b", "span", "table", "thead", "tbody", "tr", "th", "td"}
        assert page.attributes <= {"style", "role", "aria-label", "aria-hidden", "title", "scope"}
        assert page.open == []
        for text in (html, repr(thing)):
            assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", text)
        assert len(repr(thing).splitlines()) <= 8


def test_an_empty_archive_says_how_to_begin(archive: Archive, tables: HandMade) -> None:
    tables.con.execute("delete from project; delete from scan_fact; delete from session; delete from subject")
    assert "archive.index(" in repr(archive)
    assert "archive.index(" in archive._repr_html_()
    assert "archive.index(" in repr(archive.scans)


@pytest.mark.parametrize(
    "statement", ["import labarchive", "import labarchive; labarchive.between, labarchive.like"]
)
def test_import_is_free_of_heavy_libraries(statement: str) -> None:
    heavy = [
        "duckdb",
        "numpy",
        "pyarrow",
        "pydicom",
        "pandas",
        "polars",
        "nibabel",
        "IPython",
        "starlette",
        "uvicorn",
    ]
    code = f"{statement}; import sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_package_completes_its_names() -> None:
    import labarchive

    assert {"open", "between", "like", "not_", "Ambiguous", "__version__"} <= set(dir(labarchive))
    with pytest.raises(AttributeError):
        _ = labarchive.nothing
