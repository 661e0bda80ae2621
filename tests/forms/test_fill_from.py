"""A CSV of answers as a Plan: exactly the wrong cells are named, nothing is said while one is, and one undo takes all back."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import labarchive
from labarchive.errors import BadInput, NotFound
from labarchive.selection.archive import Archive
from labarchive.selection.filling import Wrong
from tests.archive.conftest import stopped
from tests.catalogue.conftest import Bench, study
from tests.forms.test_nihss import LEAST

ROWS = 5000
FORM = """
name = "variables"
version = 1
level = "subject"
missing = { ND = "not done" }
[[item]]
name = "apoe"
choices = { e3e3 = "e3/e3", e3e4 = "e3/e4" }
missing = ["ND"]
required = true
[[item]]
name = "education"
type = "number"
range = [0, 40]
[[item]]
name = "drugs"
type = "several"
choices = { asa = "aspirin", stat = "statin" }
[[item]]
name = "born"
type = "date"
[[item]]
name = "smokes"
type = "yes"
"""
HEAD = ["subject", "apoe", "education", "drugs", "born", "smokes"]


@contextmanager
def opened(home: Path, studies: int) -> Iterator[Archive]:
    """An archive with so many subjects and the lab's form, with an owner of its own, which knows who speaks."""
    made = Bench(home)
    made.index([row for n in range(studies) for row in study(n, scans=1, slices=1)])
    made.home.forms.mkdir()
    (made.home.forms / "variables.toml").write_text(FORM)
    made.catalogue.close()
    found = labarchive.open(home)
    try:
        yield found
    finally:
        stopped(int(found.tables.owner.hello()["pid"]))


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Archive]:
    with opened(tmp_path / "home", 3) as found:
        yield found


def written(path: Path, head: list[str], rows: list[list[str]], delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file, delimiter=delimiter).writerows([head, *rows])
    return path


def test_five_thousand_rows_with_planted_errors(tmp_path: Path) -> None:
    with opened(tmp_path / "home", ROWS) as archive:
        _five_thousand(archive, tmp_path)


def _five_thousand(archive: Archive, tmp_path: Path) -> None:
    subjects = archive["tau"].subjects
    labels = [row[0] for row in subjects.relation("subject").fetchall()]
    assert len(labels) == ROWS
    rows = [[label, ("e3e3", "e3/e4", "ND")[n % 3], str(n % 40), "asa;statin", "1950-02-28", "yes"] for n, label in enumerate(labels)]  # fmt: skip
    planted: list[tuple[int, int, str, str]] = [
        (7, 0, "NOBODY", "no subject 'NOBODY'"), (90, 1, "e9", "has no 'e9'"), (400, 1, "", "is not answered"),
        (1200, 2, "41", "41 is not from 0"), (1201, 2, "many", "'many' is no number"), (2000, 3, "asa;heroin", "has no 'heroin'"),
        (2500, 4, "1950-02-30", "no date"), (3333, 5, "perhaps", "neither true nor false"),
    ]  # fmt: skip
    right = [list(row) for row in rows]
    for at, column, cell, _ in planted:
        rows[at][column] = cell
    rows[4999][0] = labels[0]
    plan = subjects.fill_from(written(tmp_path / "a.csv", [*HEAD, "shoe"], [[*row, "43"] for row in rows]))
    key = {(at + 2, HEAD[column]): words for at, column, _, words in planted}
    key |= {(1, "shoe"): "no item", (5001, "subject"): "the same as row 2"}
    assert {(each.row, each.column) for each in plan.problems} == set(key)
    for each in plan.problems:
        assert key[each.row, each.column] in each.words
    assert "and" not in repr(plan).splitlines()[1]
    with pytest.raises(BadInput, match="10 cells of 5,000 rows are wrong"):
        plan.apply()
    assert archive.sql("select count(*) from entry_history").fetchall() == [(0,)]
    good = subjects.fill_from(written(tmp_path / "b.csv", HEAD, right, ";"))
    assert (len(good), good.problems) == (ROWS, ())
    said = good.apply()
    assert archive.sql("select count(*) from entry").fetchall() == [(ROWS,)]
    assert archive.sql("select count(*) from answer where missing = 'ND'").fetchall() == [(1666,)]
    again = subjects.fill_from(tmp_path / "b.csv")
    assert (len(again), again.there) == (0, ROWS)
    assert "5,000 rows left out" in repr(again)
    said.undo()
    assert archive.sql("select count(*) from entry").fetchall() == [(0,)]


def test_visits_are_found_by_their_labels_or_their_ids(small: Archive, tmp_path: Path) -> None:
    archive = small
    sessions = archive["tau"].sessions
    ids = sessions.ids
    head = ["session_id", *LEAST]
    rows: list[list[Any]] = [[each, *LEAST.values()] for each in ids]
    rows[1][4] = 2
    plan = sessions.fill_from(written(tmp_path / "n.csv", head, rows, "\t"), "nihss")
    assert len(plan) == 3
    plan.apply()
    assert archive.sql("select scores->'total'->>'value' as n from entry order by 1").fetchall() == [("0",), ("0",), ("2",)]  # fmt: skip
    labels = sessions.relation("subject, session").fetchall()
    by_label = written(tmp_path / "l.csv", ["subject", "session", *LEAST], [[*label, *LEAST.values()] for label in labels])  # fmt: skip
    assert len(sessions.fill_from(by_label, "nihss")) == 1  # of the others you say so already


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        ("", BadInput, "has no rows"),
        ("subject,apoe\n", BadInput, "has no rows"),
        ("name,apoe\nx,e3e3\n", BadInput, "no column 'subject'"),
        ("subject,apoe,apoe\nx,e3e3,e3e3\n", BadInput, "two columns 'apoe'"),
        ("subject,apoe\n\xff".encode("latin-1"), BadInput, "is not UTF-8"),
        (None, NotFound, "no file"),
    ],
)
def test_a_file_that_is_no_table_of_it(
    small: Archive, tmp_path: Path, content: Any, error: type[Exception], says: str
) -> None:
    path = tmp_path / "x.csv"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(error, match=says):
        small["tau"].subjects.fill_from(path)


def test_a_plan_shows_ten_problems_and_how_many_more(small: Archive, tmp_path: Path) -> None:
    plan = small["tau"].subjects.fill_from(written(tmp_path / "x.csv", HEAD, [["nobody", "e3e3", "", "", "", ""]] * 14))  # fmt: skip
    assert plan.problems[0] == Wrong(2, "subject", "no subject 'nobody' in the selection")
    assert "and 4 more problems" in repr(plan)
    assert "<pre>" in plan._repr_html_()
