"""find, show, header and sql: the same answers in every format."""

import csv
import io
import json
from typing import Any

import pyarrow as pa
import pytest

from tests.selection.conftest import HandMade


def test_find_takes_pythons_words_and_answers_in_json(run: Any) -> None:
    done = run("find", "scans", "kind=T1w", "usable=false", "--json")
    rows = json.loads(done.out)
    assert done.code == 0 and len(rows) == 24
    assert {"project", "subject", "session", "scan_id", "kind", "quality", "acquired", "tags"} <= rows[
        0
    ].keys()
    assert rows[0]["acquired"].startswith("2026-")


def test_negation_and_words_after_a_switch(run: Any) -> None:
    done = run("find", "scans", "--project", "tau-pet", "-kind=T1w,FLAIR", "--json", "session=baseline")
    assert [row["kind"] for row in json.loads(done.out)] == ["bold"] * 10


def test_every_format_says_the_same(run: Any) -> None:
    query = "select subject, count(*) as n, max(tr) as tr from scan group by all order by 1"
    rows = json.loads(run("sql", query, "--format", "json").out)
    assert rows[0] == {"subject": "S001", "n": 6, "tr": 2300.0}
    assert next(csv.DictReader(io.StringIO(run("sql", query, "--format", "csv").out))) == {
        "subject": "S001", "n": "6", "tr": "2300.0",
    }  # fmt: skip
    with pa.ipc.open_stream(run("sql", query, "--format", "arrow").raw) as stream:
        assert stream.read_all().to_pylist() == rows
    assert run("sql", query).out.splitlines()[1].split() == ["S001", "6", "2300.0"]


def test_no_rows_are_an_empty_array_and_a_head(run: Any) -> None:
    assert json.loads(run("sql", "select 1 as x where false", "--json").out) == []
    assert run("sql", "select 1 as x where false", "--format", "csv").out == "x\n"


def test_json_is_strict(run: Any) -> None:
    done = run(
        "sql", "select 'nan'::double as a, date '2026-01-02' as b, {'c': ['x']} as d, 'é' as e", "--json"
    )
    assert json.loads(done.out, parse_constant=pytest.fail) == [
        {"a": None, "b": "2026-01-02", "d": {"c": ["x"]}, "e": "é"}
    ]


def test_a_sum_is_a_number(run: Any) -> None:
    assert json.loads(run("sql", "select sum(bytes) as n from scan", "--json").out) == [
        {"n": 72 * 23_000_000}
    ]


def test_a_table_shows_control_characters_and_does_not_obey_them(run: Any) -> None:
    assert "\x1b" not in run("sql", "select chr(27) || '[2J' as x").out


def test_sql_of_a_project_sees_only_its_rows(run: Any) -> None:
    assert json.loads(
        run("sql", "select count(*) as n from scan", "--project", "stroke-ct", "--json").out
    ) == [{"n": 12}]


def test_nothing_found_says_which_word_to_drop(run: Any) -> None:
    done = run("find", "scans", "kind=T2w", "session=baseline")
    assert done.code == 0
    assert "without kind = T2w" in done.out


def test_find_in_a_table_shows_ids(run: Any) -> None:
    lines = run("find", "scans", "kind=T1w", "--project", "tau-pet").out.splitlines()
    assert lines[0].split()[:2] == ["scan_id", "subject"]
    assert len(lines) == 21


@pytest.mark.parametrize(
    "what", ["tau-pet", "tau-pet/S001", "tau-pet/S001/baseline", "tau-pet/S001/baseline/T1w"]
)
def test_show_takes_a_path_and_its_id(run: Any, what: str) -> None:
    row = json.loads(run("show", what, "--json").out)
    level = ["project", "subject", "session", "scan"][what.count("/")]
    assert run("show", row[f"{level}_id"]).out == run("show", what).out


def test_header_by_keyword(run: Any, tables: HandMade) -> None:
    header = {"00180081": {"vr": "DS", "Value": [2.98]}, "00080060": {"vr": "CS", "Value": ["MR"]}}
    scan = json.loads(run("show", "tau-pet/S001/baseline/T1w", "--json").out)["scan_id"]
    tables.con.execute("insert into header values ('tau-pet', ?, ?)", [scan, json.dumps(header)])
    assert run("header", scan, "EchoTime").out == "EchoTime  2.98\n"
    assert json.loads(run("header", scan, "--json").out) == header
    assert run("header", "tau-pet").code == 2


def test_filters_names_the_words(run: Any) -> None:
    assert "manufacturer" in json.loads(run("filters", "scans", "--json").out)
