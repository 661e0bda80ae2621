"""What the owner has published on this machine's disk: read without asking it, also while it is dead."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from labarchive.errors import TooNew
from labarchive.records import Manifest
from labarchive.settings import SCHEMA_VERSION, Home


def manifests(home: Home) -> dict[str, Manifest]:
    """The newest whole generation of each project: project id -> manifest."""
    found = (_newest(folder) for folder in _folders(home.snapshots))
    return {manifest.project_id: manifest for manifest in found if manifest}


def _newest(folder: Path) -> Manifest | None:
    generations = sorted((path for path in _folders(folder) if path.name.startswith("gen-")), reverse=True)
    return next((manifest for manifest in map(read, generations) if manifest), None)


def _folders(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
    except FileNotFoundError:
        return
    yield from (folder / name for name in names)


def read(folder: Path) -> Manifest | None:
    """The manifest of a generation; None when it was removed meanwhile. Raises TooNew."""
    try:
        words = json.loads((folder / "manifest.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    if words["schema_version"] > SCHEMA_VERSION:
        raise TooNew(
            f"the archive has schema {words['schema_version']}, this kernel knows {SCHEMA_VERSION}",
            hint="restart the kernel, after an update of labarchive if that is not enough",
        )
    written = datetime.fromisoformat(words.pop("written"))
    known = {name: words[name] for name in _FIELDS if name in words}
    return Manifest(**known, folder=folder, written=written)


_FIELDS = (
    "project",
    "project_id",
    "schema_version",
    "facts_generation",
    "journal_seq",
    "files",
    "identified",
    "measured",
)


def signature(home: Home) -> tuple[object, ...]:
    """Changes whenever something was published; costs microseconds."""
    seen: list[object] = []
    for folder in sorted(_folders(home.snapshots)):
        seen += [folder.name, _stamp(folder)]
        newest = max((path.name for path in _folders(folder)), default="")
        seen += [newest, _stamp(folder / newest / "manifest.json")]
    return tuple(seen)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return (stat.st_ino, stat.st_mtime_ns)


def files(manifest: Manifest, table: str) -> list[str]:
    """The Parquet files of one table, oldest first."""
    place = manifest.files.get(table)  # an older owner has fewer tables
    return sorted(map(str, manifest.folder.glob(place))) if place else []
