"""What an indexer asks before it reads: which files, series and headers the catalogue has, parts on their way included."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from labarchive.catalogue.fold import part_view
from labarchive.catalogue.observations import Part, RunRecord
from labarchive.catalogue.sql import arrow, named, query
from labarchive.records import STATUSES, RunSummary


def shown_root(root: str) -> str:
    """A root as paths in the tables begin: bytes that are not UTF-8 shown as \\xNN, no slash at the end."""
    return root.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace").rstrip("/")


def _roots(record: RunRecord) -> list[str]:
    return [shown_root(root) for root in record.roots]


def _views(cursor: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> None:
    for view, kind in (
        ("incoming", "files"),
        ("vanished", "gone"),
        ("arrived", "headers"),
        ("whole", "instances"),
    ):
        part_view(cursor, view, parts, kind)


def known_files(cursor: duckdb.DuckDBPyConnection, record: RunRecord, parts: Sequence[Part]) -> pa.Table:
    """path (binary), bytes, mtime_ns, inode of the files below the run's roots."""
    return _answer(cursor, "known_files", record, parts)


def missing_headers(cursor: duckdb.DuckDBPyConnection, record: RunRecord, parts: Sequence[Part]) -> pa.Table:
    """The ok DICOM files below the run's roots whose whole header nobody has read."""
    return _answer(cursor, "missing_headers", record, parts)


def series_seen(cursor: duckdb.DuckDBPyConnection, record: RunRecord, parts: Sequence[Part]) -> pa.Table:
    """study_uid, series_uid that have a header."""
    return _answer(cursor, "series_seen", record, parts)


def _answer(
    cursor: duckdb.DuckDBPyConnection, name: str, record: RunRecord, parts: Sequence[Part]
) -> pa.Table:
    _views(cursor, parts)
    return arrow(cursor, named("seen.sql", name), project_id=record.project_id, roots=_roots(record))


def summary(cursor: duckdb.DuckDBPyConnection, record: RunRecord) -> RunSummary:
    """What the run changed; ``files`` and its parts count what is there below its roots now."""
    words = {"project_id": record.project_id, "roots": _roots(record), "run": record.run}
    counts = dict(query(cursor, named("seen.sql", "statuses"), **words))
    new, changed, gone = query(cursor, named("seen.sql", "changes"), **words)[0]
    by_status = {status: counts.get(status, 0) for status in STATUSES}
    return RunSummary(
        record.run,
        record.project,
        files=sum(counts.values()),
        **by_status,
        new=new,
        changed=changed,
        gone=gone,
    )
