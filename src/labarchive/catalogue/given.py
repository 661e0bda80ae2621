"""What a derivation decided once: ids, who is whose, assigned labels; rows as the journal and the tables keep them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from labarchive.catalogue.sql import execute, insert_rows

UNSEALED = 1 << 62
"""Stands for the journal's number of an event that is not written yet."""

KEYS = ("scan_key", "session_key", "subject_key", "binding")


@dataclass(slots=True)
class Given:
    """What a derivation decided, in rows as the journal keeps them."""

    scan_key: list[list[Any]] = field(default_factory=list)
    """scan_id, study_uid, series_uid, content_key, path"""
    session_key: list[list[Any]] = field(default_factory=list)
    """session_id, key"""
    subject_key: list[list[Any]] = field(default_factory=list)
    """subject_id, salted digest of the rule's subject key, assigned label, whether it wins over the rules"""
    binding: list[list[Any]] = field(default_factory=list)
    """session_id, subject_id"""

    def payload(self) -> dict[str, Any]:
        return {name: rows for name in KEYS if (rows := getattr(self, name))}


COLUMNS = {
    "scan_key": ("scan_id", "study_uid", "series_uid", "content_key", "path"),
    "session_key": ("session_id", "key"),
    "subject_key": ("subject_id", "key", "assigned", "fixed"),
    "binding": ("session_id", "subject_id"),
}


def insert_given(
    cursor: duckdb.DuckDBPyConnection, project_id: str, table: str, rows: Sequence[Sequence[Any]], seq: int
) -> None:
    """Keep decided rows under the journal's number of the event that holds them."""
    columns: dict[str, Any] = {
        name: pa.array([row[at] for row in rows], pa.bool_() if name == "fixed" else pa.string())
        for at, name in enumerate(COLUMNS[table])
    }
    columns["project_id"] = pa.array([project_id] * len(rows), pa.string())
    columns["seq"] = pa.array([seq] * len(rows), pa.int64())
    insert_rows(cursor, table, pa.table(columns))


def seal_given(cursor: duckdb.DuckDBPyConnection, seq: int) -> None:
    """The event is in the journal: its rows get its number."""
    for table in KEYS:
        execute(cursor, f"update {table} set seq = $seq where seq = $unsealed", seq=seq, unsealed=UNSEALED)
