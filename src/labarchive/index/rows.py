"""Rows of a `files` part: what the walk knew of the files, and the columns that were found."""

from collections.abc import Sequence
from typing import Any

from labarchive.index.arrow import Array, Table, pa
from labarchive.index.schema import FILE_SCHEMA
from labarchive.records import Found


def stat_arrays(found: Sequence[Found]) -> dict[str, Array]:
    """path, path_bytes, bytes, mtime_ns, inode and ctime_ns as columns."""
    try:
        paths, exact = pa.array([one.path for one in found], pa.binary()).cast(pa.string()), None
    except pa.ArrowInvalid:
        shown = [shown_path(one.path) for one in found]
        paths = pa.array([text for text, _ in shown], pa.string())
        exact = [one.path if is_exact else None for one, (_, is_exact) in zip(found, shown, strict=True)]
    return {
        "path": paths,
        "path_bytes": pa.nulls(len(found), pa.binary()) if exact is None else pa.array(exact, pa.binary()),
        "bytes": pa.array([one.size for one in found], pa.int64()),
        "mtime_ns": pa.array([one.mtime_ns for one in found], pa.int64()),
        "inode": pa.array(
            [one.inode if one.inode < 1 << 63 else one.inode - (1 << 64) for one in found], pa.int64()
        ),
        "ctime_ns": pa.array([one.ctime_ns for one in found], pa.int64()),
    }


def shown_path(path: bytes) -> tuple[str, bool]:
    r"""The path as text, bytes that are not UTF-8 shown as ``\xNN``; and whether that lost the exact name.

    >>> shown_path(b"scan-\xff.dcm")
    ('scan-\\xff.dcm', True)
    """
    try:
        return path.decode("utf-8"), False
    except UnicodeDecodeError:
        return path.decode("utf-8", "backslashreplace"), True


def row(found: Found, status: str, reason: str | None, form: str, **more: Any) -> dict[str, Any]:
    """One row for rows_of."""
    return {"found": found, "status": status, "reason": reason, "form": form, **more}


def rows_of(rows: Sequence[dict[str, Any]]) -> Table:
    """FILE_SCHEMA rows from dicts: `found`, and columns by name."""
    if not rows:
        return FILE_SCHEMA.empty_table()
    arrays = stat_arrays([one["found"] for one in rows])
    used = {name for one in rows for name in one} - {"found"}
    for name in used:
        arrays[name] = pa.array([one.get(name) for one in rows], FILE_SCHEMA.field(name).type)
    return table_of(arrays, len(rows))


def table_of(arrays: dict[str, Array], count: int) -> Table:
    """FILE_SCHEMA rows from columns by name; those that are missing are null."""
    present = [arrays.get(one.name) for one in FILE_SCHEMA]
    filled = [
        pa.nulls(count, one.type) if there is None else there
        for one, there in zip(FILE_SCHEMA, present, strict=True)
    ]
    return pa.Table.from_arrays(filled, schema=FILE_SCHEMA)
