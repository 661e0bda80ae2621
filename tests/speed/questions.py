"""Rows about questions at a million files: ours over published Parquet, and the same SQL on plain DuckDB tables."""

import json
import statistics
import time
from collections.abc import Callable

import duckdb

import labarchive
from tests.speed import opening, ours, trees
from tests.speed.table import Row, Table, rate

A_SERIES = 100
VIEWS = ("project", "subject", "session", "scan", "file")
QUESTIONS = {
    # what: SQL, and milliseconds of a like question at 996,000 files in the design's measurements
    "subjects with counts": (
        "select subject, count(distinct session_id), count(*) from scan group by subject order by 1", 4.5),
    "one session's scans": (
        "select * from scan where session_id = (select session_id from session order by 1 limit 1) order by number", 2.8),
    "T1w with a TR below": (
        "select subject, session, scan_id, tr from scan where kind = 'T1w' and tr < 2304 order by 1, 2", 2.7),
    "visits without a FLAIR": (
        "select subject, session from session where session_id not in"
        " (select session_id from scan where kind = 'FLAIR') order by 1, 2", 3.7),
    "a word in a million paths": ("select count(*) from file where contains(path, 'sub-00042')", 47.0),
    "files of one scan": (
        "select path from file where scan_id = (select min(scan_id) from scan) order by instance", None),
    "bytes a project": ("select project, sum(bytes), count(*) from file group by project", 14.0),
}  # fmt: skip


def typical(table: Table, files: int) -> None:
    """Each question's median, in a kernel's own archive and on plain tables that hold the same rows."""
    home = opening.catalogued("catalogued", files, A_SERIES, 0)
    made = json.loads((home / "made.json").read_text())
    remark = (
        f"derived and published in {made['finish']:.0f} s; the owner held {made['memory'] >> 20:,} MB at most"
    )
    table.add(Row(f"catalogue {files:,} observed files", rate(files, made["observe"]), remark=remark))
    archive, plain = labarchive.open(home), duckdb.connect()
    for view in VIEWS:
        rows = archive.sql(f"select * from {view}").to_arrow_table()  # noqa: F841, DuckDB finds it by name
        plain.execute(f"create table {view} as from rows")
    for what, (query, known) in QUESTIONS.items():
        mine = _median(lambda query=query: archive.sql(query).fetchall())
        theirs = _median(lambda query=query: plain.sql(query).fetchall())
        reach = "" if known is None else f"3 x {known} ms"
        remark = "" if known is None else f"{mine / known:.1f} x the design's figure"
        table.add(
            Row(
                f"  {what}",
                f"{mine:.1f} ms",
                f"plain DuckDB {theirs:.1f} ms",
                mine / theirs,
                reach=reach,
                remark=remark,
            )
        )
    ours.end(home)


def million(table: Table, files: int = 1_000_000) -> None:
    """A million real files in one go: how fast, and how much memory all processes hold together."""
    tree = trees.plain("scale", files)
    with ours.fresh_home() as home:
        first, again = ours.index(home, tree), ours.index(home, tree)
    for what, done in (("index", first), ("rescan", again)):
        table.add(
            Row(
                f"{what} {files:,} real files",
                rate(done["files"], done["seconds"]),
                f"{done['memory'] >> 20:,} MB at most",
                reach="2,000 MB" if done is first else "20,000 files/s",
                remark=f"{done['cpu'] / done['files'] * 1e6:.0f} us CPU a file, all processes",
            )
        )


def _median(act: Callable[[], object], turns: int = 9) -> float:
    act()
    times = []
    for _ in range(turns):
        began = time.perf_counter()
        act()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)
