"""Rows about a notebook's first seconds: import, open, load a series, say something."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import labarchive
from labarchive.records import Saying
from labarchive.settings import Home
from labarchive.wire import connect
from tests.speed import ours, trees
from tests.speed.latency import Missing, mounted
from tests.speed.table import Row, Table

FIRST_ANSWER = """
import time
began = time.perf_counter()
import labarchive
archive = labarchive.open({home!r})
found = len(archive.scans(kind="T1w"))
print((time.perf_counter() - began) * 1000, time.process_time() * 1000, found)
"""
GROWTH = """
import os
def held(): return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
import labarchive, duckdb, pyarrow, pyarrow.parquet
duckdb.connect().sql("select 1").to_arrow_table()
before = held()
archive = labarchive.open({home!r})
found = len(archive.scans(kind="T1w"))
print((held() - before) / 2**20, found)
"""


def imports(table: Table, turns: int = 9) -> None:
    """Milliseconds of a new Python, beside one that imports nothing."""
    alone, with_us = (
        statistics.median(times)
        for times in zip(*((_ms("pass"), _ms("import labarchive")) for _ in range(turns)), strict=True)
    )
    table.add(
        Row(
            "import labarchive",
            f"{with_us - alone:.0f} ms",
            f"python -c pass {alone:.0f} ms",
            with_us / alone,
            reach="150 ms",
            remark="ours: what the import adds",
        )
    )


def first_answer(table: Table, sessions: int = 600) -> None:
    """A new kernel's first answer at 600 sessions, its owner running; and what 80,000 scans make it grow."""
    home = catalogued("sessions", sessions * 8 * 30, 30, 4000)
    _printed(FIRST_ANSWER.format(home=str(home)))
    answers = [_printed(FIRST_ANSWER.format(home=str(home))) for _ in range(7)]
    alone = statistics.median(_ms("import duckdb, pyarrow") for _ in range(7))
    whole = statistics.median(one[0] for one in answers)
    table.add(
        Row(
            f"open to first answer, {sessions} sessions",
            f"{whole:.0f} ms",
            f"python -c 'import duckdb, pyarrow' {alone:.0f} ms",
            whole / alone,
            reach="300 ms",
            remark=f"{statistics.median(one[1] for one in answers):.0f} ms CPU, Python's own start included",
        )
    )
    ours.end(home)


def growth(table: Table, scans: int = 80_000) -> None:
    """What an open kernel holds more at so many scans, with headers as long as real ones."""
    home = catalogued("growth", scans * 2, 2, 90_000)
    grown = [_printed(GROWTH.format(home=str(home)))[0] for _ in range(3)]
    table.add(
        Row(
            f"a kernel grows by, {scans:,} scans",
            f"{statistics.median(grown):.0f} MB",
            reach="150 MB",
            remark="headers of 90 KB each stay on disk",
        )
    )
    ours.end(home)


def loading(table: Table, tree: Path, rtt_us: int) -> None:
    """One native series as an array in memory, local and far."""
    files = trees.listed(tree)
    size = sum(Path(path).stat().st_size for path in files)
    for path in files:
        Path(path).read_bytes()
    _loaded(table, "load a native series, local", files, size, turns=3, reach="5x")
    try:
        with tempfile.TemporaryDirectory(prefix="far-", dir=trees.KEPT) as place:
            _far_loaded(table, tree, Path(place), size, rtt_us)
    except Missing as missing:
        table.skip("load a native series, far", missing)


def _far_loaded(table: Table, tree: Path, place: Path, size: int, rtt_us: int) -> None:
    seconds = {}
    for name in ("our_volume", "pydicom_volume"):
        with mounted(tree, place, rtt_us=rtt_us) as mount:
            seconds[name] = ours.peer(name, trees.listed(mount.path))["seconds"]
    _volumes(table, f"load a native series, {rtt_us / 1000:g} ms", size, seconds, "")


def _loaded(table: Table, what: str, files: list[str], size: int, turns: int, reach: str) -> None:
    seconds = {
        name: min(ours.peer(name, files)["seconds"] for _ in range(turns))
        for name in ("our_volume", "pydicom_volume")
    }
    _volumes(table, what, size, seconds, reach)


def _volumes(table: Table, what: str, size: int, seconds: dict[str, float], reach: str) -> None:
    mine, theirs = seconds["our_volume"], seconds["pydicom_volume"]
    table.add(
        Row(
            what,
            f"{size / mine / 1e6:,.0f} MB/s",
            f"pydicom {size / theirs / 1e6:,.0f} MB/s",
            theirs / mine,
            reach=reach,
            remark=f"{size >> 20} MB",
        )
    )


def saying(table: Table, tree: Path) -> None:
    """How long until a saying is durable, at rest and while a tree is being indexed, beside an fsync."""
    fsync = _each(40, _fsynced)
    with ours.fresh_home() as home:
        ours.index(home, trees.plain("vendor", 400), "small")
        say = _sayer(home)
        at_rest = _each(40, say)
        busy: list[float] = []
        with ours.indexing(home, tree, "large") as indexing:
            while indexing.poll() is None:
                busy += _each(1, say)
                time.sleep(0.02)
    many = f"while {len(trees.listed(tree)):,} files are indexed"
    for name, times, reach in (("at rest", at_rest, ""), (many, busy, "100 ms")):
        table.add(
            Row(
                f"a saying is durable, {name}",
                f"p95 {_p95(times):.0f} ms",
                f"an fsync p95 {_p95(fsync):.1f} ms",
                _p95(times) / _p95(fsync),
                reach=reach,
                remark=f"median {statistics.median(times):.0f} ms of {len(times)}",
            )
        )


def _sayer(home: Path) -> Callable[[], object]:
    scan = next(iter(labarchive.open(home).scans()))
    owner = connect(Home(home))
    return lambda: owner.say([Saying("tag", "small", scan.scan_id, {"tag": "bench"})])


def _fsynced() -> None:
    with tempfile.NamedTemporaryFile(dir=trees.KEPT) as file:
        file.write(bytes(4096))
        file.flush()
        os.fsync(file.fileno())


def _each(turns: int, act: Callable[[], object]) -> list[float]:
    times = []
    for _ in range(turns):
        began = time.perf_counter()
        act()
        times.append((time.perf_counter() - began) * 1000)
    return times


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def catalogued(name: str, files: int, per: int, header_bytes: int) -> Path:
    """A home without files, made once."""
    home = trees.KEPT / f"{name}-{files}-{per}-{header_bytes}"
    if not (home / "made.json").exists():
        words = [str(home), str(files), str(per), str(header_bytes)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.speed.synthetic", *words],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        (home / "made.json").write_text(json.dumps(json.loads(done.stdout)))
    return home


def _printed(code: str) -> list[float]:
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def _ms(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return (time.perf_counter() - began) * 1000
