"""The folders that somebody asks to index, and what was remembered of them for a quick run."""

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labarchive.errors import BadInput, NotAllowed, NotFound
from labarchive.settings import Home

RACY = 2_000_000_000
"""Nanoseconds: a folder that changed so shortly before it was listed may have changed again unseen."""
UNSETTLED = -1
"""No folder's mtime_ns: it is looked into."""


def checked(paths: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Absolute paths of what is there and can be read. Raises BadInput, NotFound, NotAllowed."""
    if not paths:
        raise BadInput("no folder to index", hint='archive.index("/mnt/nas/tau", project="tau-pet")')
    roots = []
    for path in paths:
        root = os.path.abspath(Path(path).expanduser())  # noqa: PTH100, links stay as they were typed
        if not os.path.lexists(root):
            raise NotFound(f"there is no {root}", hint="give a folder that is there; is the disk mounted?")
        wanted = os.R_OK | (os.X_OK if Path(root).is_dir() else 0)
        if not os.access(root, wanted):
            raise NotAllowed(f"{root} cannot be read by this user", hint="ask for the folder's group")
        roots.append(root)
    return roots


def _place(home: Home, project: str) -> Path:
    return home.path / "cache" / f"folders-{hashlib.sha256(project.encode()).hexdigest()[:16]}.arrow"


def remember(home: Home, project: str, folders: Mapping[bytes, int], begun_ns: int) -> None:
    """Keep each folder's mtime_ns for the next quick run; a cache, lost without harm."""
    import pyarrow as pa

    kept = {**recall(home, project), **folders}
    # A folder that may still be changing is known by name only: left out, what lies in it would count as gone
    # when the folder above it is skipped.
    settled = {path: mtime if mtime < begun_ns - RACY else UNSETTLED for path, mtime in kept.items()}
    table = pa.table(
        {
            "path": pa.array(list(settled), pa.binary()),
            "mtime_ns": pa.array(list(settled.values()), pa.int64()),
        }
    )
    place = _place(home, project)
    try:
        place.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = place.with_suffix(f".{os.getpid()}.tmp")
        fresh.touch(0o600)  # folders are called after people
        with pa.OSFile(str(fresh), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        fresh.replace(place)
    except OSError:
        return  # the next quick run looks everywhere


def recall(home: Home, project: str) -> dict[bytes, int]:
    """What ``remember`` kept, or nothing."""
    import pyarrow as pa

    try:
        with pa.memory_map(str(_place(home, project))) as file:
            table = pa.ipc.open_file(file).read_all()
            rows: Any = zip(*(column.to_pylist() for column in table.columns), strict=True)
            return dict(rows)
    except (OSError, pa.ArrowInvalid):
        return {}


def now_ns() -> int:
    return time.time_ns()
