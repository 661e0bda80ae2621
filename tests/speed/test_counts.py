"""Counts that decide the speed on a NAS: imports, round trips and bytes. Never times: machines differ."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from labarchive.index.batches import Indexer
from labarchive.index.headers import read_header
from labarchive.phantom import make
from tests.speed.latency import Missing, Mount, built, mounted

FILES, SERIES = 400, 4
HEAVY = (
    "duckdb",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "pydicom",
    "nibabel",
    "starlette",
    "uvicorn",
    "IPython",
)


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vendor-like files: 16 KB of header, private groups, 100 a series."""
    tree = tmp_path_factory.mktemp("vendor") / "tree"
    make(tree, profile="vendor", files=FILES)
    return tree


@pytest.fixture
def far(vendor: Path, tmp_path: Path) -> Iterator[Mount]:
    """The same tree behind a counting mount. The suite waits for no latency: a count is a count without it."""
    try:
        built()
        with mounted(vendor, tmp_path, rtt_us=0) as mount:
            yield mount
    except Missing as missing:
        pytest.skip(f"no counting mount here: {missing}")


def first_pass(
    tree: Path, series: set[tuple[str, str]] | None = None, known: pa.Table | None = None
) -> tuple[Indexer, list[pa.Table]]:
    indexer = Indexer([os.fsencode(tree)], known, series)
    return indexer, [batch.files for batch in indexer if batch.files is not None]


def all_series(tables: list[pa.Table]) -> set[tuple[str, str]]:
    rows = pa.concat_tables(tables).select(["study_uid", "series_uid"]).to_pylist()
    return {(row["study_uid"], row["series_uid"]) for row in rows}


def test_importing_labarchive_imports_nothing_heavy() -> None:
    code = f"import sys, labarchive; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_first_pass_needs_three_round_trips_and_eight_kilobytes_a_file(vendor: Path, far: Mount) -> None:
    """Directories apart, and the one whole header a series too: its series are all known here."""
    series = all_series(first_pass(vendor)[1])
    assert len(series) == SERIES
    before = far.counts()
    _, tables = first_pass(far.path, series)
    asked = {name: count - before[name] for name, count in far.counts().items()}
    assert sum(map(len, tables)) == FILES
    assert asked["open"] + asked["read"] + asked["close"] <= 3.1 * FILES, asked
    assert asked["lookup"] + asked["getattr"] <= 4 * folders(vendor), asked
    listed = sum(len(names) for _, _, names in os.walk(vendor)) * 512
    assert asked["bytes"] - listed <= 10_000 * FILES, asked


def test_a_whole_header_a_series_is_read_once_and_without_the_pixels(vendor: Path, far: Mount) -> None:
    first_pass(far.path)
    asked = far.counts()
    assert asked["open"] == FILES + SERIES, asked
    assert asked["bytes"] <= FILES * 10_000 + SERIES * 80_000, asked


def test_a_rescan_of_an_unchanged_tree_opens_no_file(vendor: Path, far: Mount) -> None:
    tables = first_pass(far.path)[1]
    known = pa.concat_tables(tables).select(["path", "bytes", "mtime_ns", "inode"])
    before = far.counts()
    indexer, again = first_pass(far.path, known=known)
    asked = {name: count - before[name] for name, count in far.counts().items()}
    assert (indexer.unchanged, again) == (FILES, [])
    assert (asked["open"], asked["read"], asked["close"]) == (0, 0, 0), asked


def test_a_whole_header_costs_few_reads(vendor: Path, far: Mount) -> None:
    """It is longer than the prefix (a vendor's private groups), and still no read is made for each element."""
    first = next(iter(sorted(far.path.rglob("*.dcm"))))
    before = far.counts()
    read_header(os.fsencode(first))
    asked = {name: count - before[name] for name, count in far.counts().items()}
    assert asked["read"] <= 8, asked


def folders(tree: Path) -> int:
    return sum(1 for _ in os.walk(tree))
