"""New parts of observations become versions of files."""

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from labarchive.catalogue.observations import Part
from labarchive.catalogue.sql import execute, insert_rows, literal, named, query


def fold(cursor: duckdb.DuckDBPyConnection, project_id: str, parts: Sequence[Part]) -> None:
    """Take ``parts`` in, in the order in which they were taken."""
    if not parts:
        return
    _files(cursor, project_id, parts)
    for kind, table, columns in (
        ("headers", "header_key", "header_key, study_uid, series_uid"),
        ("instances", "instance_key", "study_uid, series_uid, path"),
    ):
        if part_view(cursor, "arrived", parts, kind):
            execute(
                cursor,
                f"""insert into {table} by name select $project_id as project_id, {columns}, taken
                from arrived order by taken, path""",
                project_id=project_id,
            )
    if part_view(cursor, "digested", parts, "digests"):
        execute(cursor, named("derive.sql", "digests"), project_id=project_id)
    insert_rows(cursor, "part", _as_rows(project_id, parts))


PORTION = 8192
"""Rows of one transaction."""


def in_portions(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """The parts in order, as many at a time as make some ten thousand rows."""
    some: list[Part] = []
    for part in parts:
        some.append(part)
        if sum(each.rows for each in some) >= PORTION:
            yield some
            some = []
    if some:
        yield some


def _files(cursor: duckdb.DuckDBPyConnection, project_id: str, parts: Sequence[Part]) -> None:
    seen = part_view(cursor, "incoming", parts, "files")
    gone = part_view(cursor, "vanished", parts, "gone")
    if not seen and not gone:
        return
    execute(cursor, named("derive.sql", "steps"), project_id=project_id)
    execute(cursor, named("derive.sql", "close_versions"), project_id=project_id)
    if seen:
        execute(cursor, named("derive.sql", "open_versions"), project_id=project_id)
    cursor.execute("drop table step")


EMPTY = {
    "files": "select * exclude (project_id, sha256, opened, ended, ended_run, valid_from, valid_to), valid_from as taken from file_version limit 0",
    "gone": "select path, run, valid_from as taken from file_version limit 0",
    "headers": "select header_key, study_uid, series_uid, header_key as path, taken from header_key limit 0",
    "instances": "select study_uid, series_uid, path, taken from instance_key limit 0",
    "digests": "select path, sha256, valid_from as taken from file_version limit 0",
}
"""The columns that this room needs of each kind of part."""


def part_view(cursor: duckdb.DuckDBPyConnection, view: str, parts: Sequence[Part], kind: str) -> bool:
    """A temporary view on the parts of one kind, whatever columns they have; whether there are any.

    Columns of a newer index that this schema does not know are left in the part.
    """
    files = ", ".join(literal(str(part.file)) for part in parts if part.kind == kind)
    if not files:
        cursor.execute(f"create or replace temp view {view} as {EMPTY[kind]}")
        return False
    source = f"read_parquet([{files}], union_by_name = true)"
    known = dict(query(cursor, f"select column_name, column_type from (describe {EMPTY[kind]})"))
    there = {name for (name,) in query(cursor, f"select column_name from (describe select * from {source})")}
    columns = ", ".join(
        f"{name}::{of} as {name}" if name in there else f"null::{of} as {name}" for name, of in known.items()
    )
    cursor.execute(f"create or replace temp view {view} as select {columns} from {source}")
    return True


def _as_rows(project_id: str, parts: Sequence[Part]) -> pa.Table:
    return pa.table(
        {
            "project_id": pa.array([project_id] * len(parts), pa.string()),
            "run": pa.array([part.run for part in parts], pa.int32()),
            "part": pa.array([part.number for part in parts], pa.int32()),
            "kind": pa.array([part.kind for part in parts], pa.string()),
            "taken": pa.array([part.taken for part in parts], pa.timestamp("us")),
            "n": pa.array([part.rows for part in parts], pa.int64()),
        }
    )
