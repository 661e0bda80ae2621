"""Rebuild gives identical tables, whatever happened before: files changed, moved and gone, things said between."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labarchive.catalogue import rebuild
from labarchive.catalogue.store import Store
from labarchive.errors import LabarchiveError
from tests.catalogue.conftest import ROOT, Bench, nifti, study

Tables = dict[str, list[tuple[object, ...]]]


def tables(store: Store) -> Tables:
    """All base tables, all rows, history included, in one order."""
    with store.reading() as cursor:
        names = cursor.execute(
            "select table_name from duckdb_tables() where not temporary and table_name <> 'schema_version'"
        ).fetchall()
        return {
            name: sorted(cursor.execute(f"select t::varchar from {name} t").fetchall()) for (name,) in names
        }


class History:
    """A tree that changes, and people who speak of it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.there: dict[str, dict[str, object]] = {}
        self.clock = 1

    def index(self, rows: list[dict[str, object]], gone: list[str]) -> None:
        self.clock += 1
        fresh = [{**row, "mtime_ns": self.clock} for row in rows]
        for path in gone:
            self.there.pop(path, None)
        self.there.update({str(row["path"]): row for row in fresh})
        self.bench.index(*([fresh] if fresh else []), gone=gone)

    def move(self, n: int) -> None:
        old = [path for path in self.there if f"/study{n}/" in path or f"/sub-{n}/" in path]
        self.index(
            [{**self.there[path], "path": f"{path[:-1]}{self.clock}/m{path[-1]}"} for path in old], old
        )

    def say(self, verb: str, n: int) -> None:
        level = {"merge": "subject", "split": "subject"}.get(verb, "scan")
        ids = self.bench.ids(level) if self.bench.catalogue.projects() else []
        if not ids:
            return
        about = ids[n % len(ids)]
        last = self.bench.catalogue.journal.last_seq
        words = {
            "rating": {"quality": "unusable", "reason": "motion"}, "tag": {"tag": f"t{n}"}, "kind": {"kind": "T2w"},
            "merge": {"into": ids[(n + 1) % len(ids)]}, "split": {"sessions": self.sessions(about)[:1]},
            "undo": {"seq": last - n % 3},
        }[verb]  # fmt: skip
        try:
            self.bench.say(verb, about, **words)
        except LabarchiveError:
            return  # nothing to undo, nothing to split: refused, and so not in the history

    def sessions(self, subject: str) -> list[str]:
        return [
            row[0]
            for row in self.bench.rows(
                f"select session_id from session where subject_id = '{subject}' order by 1"
            )
        ]

    def do(self, step: tuple[str, int]) -> None:
        verb, n = step
        match verb:
            case "study":
                self.index(study(n, scans=1, slices=2), [])
            case "nifti":
                self.index([nifti(f"{ROOT}/sub-{n}/anat/sub-{n}_T1w.nii.gz", f"c{n % 2}")], [])
            case "change":
                self.index(list(self.there.values())[n : n + 2], [])
            case "delete":
                self.index([], list(self.there)[n : n + 2])
            case "move":
                self.move(n)
            case "restart":
                self.bench.again()
            case "rules":
                text = f"[[session]]\nfrom = 'study_date'\nmatch = '(.+)'\nlabel = 'v{n}-{{1}}'\n"
                self.bench.catalogue.do("rules", text=text)
            case _:
                self.say(verb, n)


VERBS = [
    "study",
    "nifti",
    "change",
    "delete",
    "move",
    "rating",
    "tag",
    "kind",
    "merge",
    "split",
    "undo",
    "restart",
    "rules",
]
steps = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 5)), min_size=4, max_size=9)


@settings(
    max_examples=int(os.environ.get("LABARCHIVE_HISTORIES", "3")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(steps)
def test_rebuild_gives_identical_tables_after_any_history(history: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "home")
        told = History(bench)
        for step in [("study", 1), ("study", 2), ("nifti", 1), *history]:
            told.do(step)
        bench.catalogue.scribe.catch_up()
        before = tables(bench.catalogue.store)
        bench.catalogue.close()
        rebuild(bench.home)
        bench.catalogue = type(bench.catalogue)(bench.home)
        assert tables(bench.catalogue.store) == before
        bench.catalogue.close()


def test_a_live_rebuild_says_that_nothing_was_different(bench: Bench) -> None:
    bench.index(study(1))
    bench.say("tag", bench.ids("scan")[0], tag="x")
    bench.index(gone=[study(1)[0]["path"]])
    assert bench.catalogue.do("rebuild")["changed"] == []
    assert bench.rows("select tags from scan where 'x' in tags") == [(["x"],)]


def test_a_lost_catalogue_file_is_made_again_at_the_next_start(bench: Bench) -> None:
    bench.index(study(1))
    before = tables(bench.catalogue.store)
    bench.catalogue.close()
    bench.home.catalogue.unlink()
    bench.catalogue = type(bench.catalogue)(bench.home)
    assert tables(bench.catalogue.store) == before


def test_rules_change_labels_and_no_id(bench: Bench, benches: Callable[[str], Bench]) -> None:
    bench.index(study(1), study(2))
    ids = bench.ids("session"), bench.ids("scan"), bench.ids("subject")
    text = "[[session]]\nfrom = 'study_date'\nmatch = '(.+)'\nlabel = 'visit-{1}'\n"
    dry = bench.catalogue.do("names", text=text)
    assert {row["new_session"] for row in dry["moves"]} == {"visit-20260102"}
    assert bench.rows("select distinct session from session") == [("2026-01-02",)]
    bench.catalogue.do("rules", text=text)
    assert bench.rows("select distinct session from session") == [("visit-20260102",)]
    assert (bench.ids("session"), bench.ids("scan"), bench.ids("subject")) == ids
