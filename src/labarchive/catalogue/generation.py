"""One generation of a project as Parquet files: what anybody may read beside what tells who a person is.

The folder itself holds the general part, written when somebody first asks for it (general.py); ``identified/``
holds the same tables in full. Tables that tell nobody, and what was said, are there once.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import duckdb

from labarchive.catalogue.disk import folder_made
from labarchive.catalogue.measures import COLUMNS
from labarchive.catalogue.observations import Observations
from labarchive.catalogue.sql import literal, query
from labarchive.records import Manifest, PartKind

SHARED: Mapping[str, str] = {"project_fact": "project_id", "subject_fact": "subject_id, valid_from"}
"""Fact tables that tell nobody, and how they are sorted."""
APART: Mapping[str, str] = {
    "session_fact": "session_id, valid_from",
    "scan_fact": "scan_id, valid_from",
    "file_fact": "scan_id, instance, path, valid_from",
}
"""Fact tables of which some columns are for who may ``identify``."""
PERSONS: Mapping[str, str] = {"person_fact": "session_id, valid_from"}
"""Fact tables that only they see."""
PARTS: Mapping[str, tuple[PartKind, Mapping[str, str]]] = {
    "header_fact": (
        "headers",
        {"header_key": "varchar", "study_uid": "varchar", "series_uid": "varchar", "path": "varchar", "header": "varchar"},
    ),
    "instance_fact": (
        "instances",
        {
            "header_key": "varchar", "study_uid": "varchar", "series_uid": "varchar", "sop_uid": "varchar",
            "path": "varchar", "patch": "varchar",
        },
    ),
}  # fmt: skip
"""Tables published as hard links of observation parts: headers are never written twice."""
NOTHING = "000000-00000.parquet"
"""In a folder of parts: no rows, all columns."""

METRICS: Mapping[str, str] = {**COLUMNS, "project_id": "varchar", "taken": "timestamp"}
"""Columns of what was measured."""

_BOTH = {
    **{name: f"{name}.parquet" for name in SHARED},
    "saying_fact": "saying_fact/*.parquet",
    "metric_fact": "metric_fact/*.parquet",
}
IDENTIFIED: Mapping[str, str] = {
    **_BOTH,
    **{name: f"identified/{name}.parquet" for name in (*APART, *PERSONS)},
    **{name: f"identified/{name}/*.parquet" for name in PARTS},
}
"""Table -> its files, for who may ``identify``."""
GENERAL: Mapping[str, str] = {
    **_BOTH,
    **{name: f"{name}.parquet" for name in APART},
    **{name: f"{name}/*.parquet" for name in PARTS},
}
"""Table -> its files, for everybody else."""
FOLDERS = ("", "identified", "saying_fact", "metric_fact", *(f"identified/{name}" for name in PARTS))


def write_tables(
    cursor: duckdb.DuckDBPyConnection,
    observations: Observations,
    project_id: str,
    folder: Path,
    linkable: Manifest | None,
) -> None:
    """Everything but what was said; ``linkable`` is a generation of the same facts."""
    for name in FOLDERS:
        folder_made(folder / name)
    for name, order in {**SHARED, **APART, **PERSONS}.items():
        if linkable is not None:
            os.link(linkable.folder / IDENTIFIED[name], folder / IDENTIFIED[name])
        else:
            columns = "* exclude (salt)" if name == "project_fact" else "*"
            select = f"select {columns} from {name} where project_id = {literal(project_id)} order by {order}"
            copy(cursor, select, folder / IDENTIFIED[name])
    typed = ", ".join(f"null::{of} as {name}" for name, of in METRICS.items())
    copy(cursor, f"select {typed} limit 0", folder / "metric_fact" / NOTHING)
    for name, (kind, columns_of) in PARTS.items():
        place = folder / "identified" / name
        nothing(cursor, columns_of, place / NOTHING)
        for run, number in query(
            cursor,
            "select run, part from part where project_id = $id and kind = $kind",
            id=project_id,
            kind=kind,
        ):
            os.link(observations.path_of(run, number, kind), place / f"{run:06d}-{number:05d}.parquet")


def nothing(cursor: duckdb.DuckDBPyConnection, columns: Mapping[str, str], path: Path) -> None:
    """A part without rows, so that there is always one."""
    typed = ", ".join(f"null::{of} as {name}" for name, of in columns.items())
    copy(
        cursor,
        f"select {typed}, ''::varchar as project_id, 0::integer as run, null::timestamp as taken limit 0",
        path,
    )


def write_sayings(
    cursor: duckdb.DuckDBPyConnection, project_id: str, folder: Path, after: int, until: int
) -> None:
    """What was said behind one number and until another."""
    copy(
        cursor,
        f"""select * from saying_fact where project_id = {literal(project_id)}
        and seq > {after:d} and seq <= {until:d} order by seq""",
        folder / "saying_fact" / f"{after + 1:09d}-{until:09d}.parquet",
    )


def copy(cursor: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    """The answer as a Parquet file that is there whole or not at all."""
    fresh = path.with_name(f".{path.name}.tmp")
    cursor.execute(f"copy ({select}) to {literal(str(fresh))} (format parquet, compression zstd)")
    fresh.chmod(0o600)
    fresh.rename(path)
