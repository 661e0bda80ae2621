"""A catalogue of one's own, and index runs made by hand: what an indexer would send, without one."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from labarchive.catalogue import Catalogue, queries, views
from labarchive.records import Manifest, Receipt, RunSummary, Saying
from labarchive.settings import Home

ROOT = "/nas/tau"


def dicom(path: str, study: str, series: str, instance: int = 1, **words: Any) -> dict[str, Any]:
    """A DICOM slice as the indexer describes one."""
    return {
        "path": path, "status": "ok", "form": "dicom", "bytes": 1000, "mtime_ns": 1, "inode": 1, "ctime_ns": 1,
        "study_uid": study, "series_uid": series, "sop_uid": f"{series}.{instance}", "instance": instance,
        "modality": "MR", "study_date": "20260102", "study_time": "101500.25", "number": 3,
        "description": "t1_mprage_sag", "patient_id": f"P-{study}-1", "birth_date": "19700101", "sex": "F",
        "tr": 2300.0, "te": 2.9, "ti": 900.0, "flip_angle": 9.0, "rows": 256, "columns": 240, "frames": 1,
        "pixel_spacing": [1.0, 1.0], "slice_thickness": 1.2, "manufacturer": "SIEMENS", **words,
    }  # fmt: skip


def nifti(path: str, content: str, **words: Any) -> dict[str, Any]:
    key = f"1000-{hashlib.sha256(content.encode()).hexdigest()[:32]}"
    return {
        "path": path, "status": "ok", "form": "nifti", "bytes": 1000, "mtime_ns": 1, "inode": 1, "ctime_ns": 1,
        "content_key": key, "dims": [64, 64, 30], "pixel_spacing": [2.0, 2.0, 3.0], **words,
    }  # fmt: skip


def study(n: int, *, scans: int = 2, slices: int = 3, root: str = ROOT) -> list[dict[str, Any]]:
    """All files of the n-th study."""
    return [
        dicom(f"{root}/study{n}/s{scan}/{at}.dcm", f"1.{n}", f"1.{n}.{scan}", at, number=scan)
        for scan in range(1, scans + 1)
        for at in range(1, slices + 1)
    ]


Rows = Sequence[Mapping[str, Any]]


class Bench:
    """A catalogue, spoken to in short words."""

    def __init__(self, home: Path) -> None:
        self.home = Home(home)
        self.catalogue = Catalogue(self.home)

    def again(self) -> None:
        """As after a restart of the owner."""
        self.catalogue.close()
        self.catalogue = Catalogue(self.home)

    def index(
        self, *batches: Rows, gone: Sequence[str] = (), project: str = "tau", roots: Sequence[str] = (ROOT,)
    ) -> RunSummary:
        run = self.catalogue.begin(project, "index", roots).run
        number = 0
        for number, rows in enumerate(batches, 1):
            self.catalogue.observe(run, number, "files", pa.Table.from_pylist([dict(row) for row in rows]))
        if gone:
            self.catalogue.observe(run, number + 1, "gone", pa.table({"path": list(gone)}))
        return self.catalogue.finish(run)

    def say(self, verb: str, about: str, project: str = "tau", who: str = "ada", **payload: Any) -> Receipt:
        return self.catalogue.say([Saying(verb, project, about, payload, who=who)])

    def kernel(self, project: str = "tau", min_seq: int = 0) -> duckdb.DuckDBPyConnection:
        """A plain DuckDB over the newest snapshot, as a kernel has it."""
        return loaded(self.catalogue.manifest(project, min_seq=min_seq))

    def rows(self, query: str, project: str = "tau") -> list[tuple[Any, ...]]:
        return self.kernel(project).sql(query).fetchall()

    def ids(self, level: str, project: str = "tau") -> list[str]:
        return [row[0] for row in self.rows(f"select {level}_id from {level} order by all", project)]


def loaded(manifest: Manifest, without: Sequence[str] = ()) -> duckdb.DuckDBPyConnection:
    """A kernel of this generation; tables that it goes ``without`` are empty."""
    kernel = duckdb.connect()
    for name in without:
        kernel.execute(re.search(rf"create table {name} \([^;]*;", queries.text("schema.sql"))[0])  # type: ignore[index]
    for table, place in manifest.files.items():
        kernel.execute(f"create view {table} as from read_parquet('{manifest.folder / place}')")
    kernel.execute(views())
    return kernel


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    yield made
    made.catalogue.close()


@pytest.fixture
def benches(tmp_path: Path) -> Iterator[Callable[[str], Bench]]:
    """Benches on several homes."""
    made: list[Bench] = []

    def make(name: str) -> Bench:
        made.append(Bench(tmp_path / name))
        return made[-1]

    yield make
    for each in made:
        each.catalogue.close()
