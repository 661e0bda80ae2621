"""Backup, restore and rebuild: what of a home must be kept, and how the rest is made of it again.

Journal, observations and the lab's settings are all there is to keep: the tables and snapshots follow from them.
"""

import json
import os
import shutil
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labarchive.catalogue.clock import utc_now
from labarchive.catalogue.disk import HomeLock, folder_made, no_room, replaced, settle
from labarchive.catalogue.fold import fold
from labarchive.catalogue.journal import Journal
from labarchive.catalogue.observations import Observations
from labarchive.catalogue.start import replay_tail
from labarchive.catalogue.store import Store
from labarchive.errors import BadInput, NotFound
from labarchive.settings import SCHEMA_VERSION, Home

MARK = "labarchive-backup.json"
"""First in a backup: says that it is one."""


def _kept(home: Home) -> list[Path]:
    """What a backup holds, in this order: a run's event is only ever there after its parts."""
    return [path for path in _wanted(home) if path.exists()]


def _wanted(home: Home) -> tuple[Path, ...]:
    return (home.settings, home.names, home.forms, home.journal, home.observations, home.audit)


def backup(home: Home, file: str | os.PathLike[str]) -> dict[str, Any]:
    """One tar of everything that cannot be made again; may run while the owner works.

    The journal is copied before the observations, so that each part it speaks of is in the tar; a line that is
    being written meanwhile is cut off when the copy is opened.
    """
    place = Path(file).absolute()
    if home.path in place.parents:
        raise BadInput(f"{place} lies inside the archive's home", hint="keep a backup on another disk")
    fresh = place.with_name(f".{place.name}.tmp")
    words = {"schema_version": SCHEMA_VERSION, "written": utc_now().isoformat()}
    try:
        with tarfile.open(fresh, "w") as tar:
            mark = home.path / f".{MARK}"
            replaced(mark, json.dumps(words).encode())
            tar.add(mark, MARK)
            mark.unlink()
            for path in _kept(home):
                tar.add(path, path.name, filter=_only_whole)
        settle(fresh, place)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise no_room(error, str(place)) from error
    return {"file": str(place), "bytes": place.stat().st_size, **words}


def _only_whole(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if Path(member.name).name.startswith(".") else member


def restore(home: Home, file: str | os.PathLike[str]) -> dict[str, Any]:
    """A backup as a home; the first opening makes the tables. Raises BadInput unless the home is empty."""
    place = Path(file)
    if not place.is_file():
        raise NotFound(f"no backup {place}", hint="give the file that labarchive backup wrote")
    if home.path.exists() and any(path.name not in ("owner.lock", "log") for path in home.path.iterdir()):
        raise BadInput(f"{home.path} is not empty", hint="restore into a new home; nothing was touched")
    folder_made(home.path)
    lock = HomeLock(home.path)
    try:
        with tarfile.open(place) as tar:
            words = _mark(tar, place)
            for member in tar:
                _unpacked(tar, member, home)
    except tarfile.TarError as error:
        raise BadInput(f"{place} is not a whole backup", hint="take another copy of it") from error
    except OSError as error:
        raise no_room(error, str(home.path)) from error
    finally:
        lock.release()
    return {"home": str(home.path), "written": words["written"], **rebuild(home)}


def _unpacked(tar: tarfile.TarFile, member: tarfile.TarInfo, home: Home) -> None:
    """One plain file of a backup in its place; nothing else that a tar can hold is taken."""
    parts = Path(member.name).parts
    wanted = {path.name for path in _wanted(home)}
    content = tar.extractfile(member) if member.isfile() else None
    if content is None or parts[0] not in wanted or ".." in parts:
        return
    place = home.path.joinpath(*parts)
    folder_made(place.parent)
    fresh = place.with_name(f".{place.name}.tmp")
    with fresh.open("wb") as file:
        shutil.copyfileobj(content, file)
    settle(fresh, place)


def _mark(tar: tarfile.TarFile, place: Path) -> dict[str, Any]:
    first = tar.next()
    content = tar.extractfile(first) if first is not None and first.name == MARK else None
    if content is None:
        raise BadInput(
            f"{place} is not a backup of an archive", hint="give the file that labarchive backup wrote"
        )
    return dict(json.load(content))


def rebuild(home: Home) -> dict[str, Any]:
    """Make catalogue.duckdb anew from journal and observations, whatever became of the old one.

    Raises Busy while an owner runs (ask that one), Damaged where journal or observations cannot be read.
    """
    if not home.path.is_dir():
        raise NotFound(f"no archive in {home.path}", hint="give its home, or index something first")
    lock = HomeLock(home.path)
    try:
        journal = Journal(home.journal)
        with rebuilt(home, journal) as (store, seconds):
            store.close()
            take_place(store.path, home.catalogue)
    finally:
        lock.release()
    return {"events": journal.last_seq, "seconds": seconds}


@contextmanager
def rebuilt(home: Home, journal: Journal) -> Iterator[tuple[Store, float]]:
    """A store beside the catalogue, made of all journal and observations; its file goes away unless it is moved."""
    path = home.path / ".rebuilt.duckdb"
    _remove(path)
    started = time.monotonic()
    store = Store(path)
    try:
        pending = replay_tail(store, journal, Observations(home.observations))
        for project_id in list(pending.parts):
            with store.writing() as cursor:
                fold(cursor, project_id, pending.all(project_id))
        store.checkpoint()
        yield store, round(time.monotonic() - started, 3)
    finally:
        store.close()
        _remove(path)


def take_place(fresh: Path, catalogue: Path) -> None:
    """The file of a closed store becomes the catalogue."""
    _wal(catalogue).unlink(missing_ok=True)
    settle(fresh, catalogue)


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _wal(path).unlink(missing_ok=True)


def copy_on(home: Home, to: Path, last_seq: int) -> int:
    """Bring the copy in ``to`` up to date; the number of files that were copied.

    Parts never change, so that only new ones travel; of the journal only the last segment grows.
    """
    copied = 0
    for path in _kept(home):
        files = [path] if path.is_file() else sorted(found for found in path.rglob("*") if found.is_file())
        for file in files:
            copied += _copied(file, to / file.relative_to(home.path))
    words = {"seq": last_seq, "at": utc_now().isoformat(timespec="seconds")}
    replaced(to / "copied.json", json.dumps(words).encode())
    return copied


def _copied(file: Path, place: Path) -> bool:
    if file.name.startswith("."):
        return False
    seen = file.stat()
    if place.exists():
        there = place.stat()
        if there.st_size == seen.st_size and there.st_mtime_ns == seen.st_mtime_ns:
            return False
    folder_made(place.parent)
    fresh = place.with_name(f".{place.name}.tmp")
    shutil.copy2(file, fresh)
    settle(fresh, place)
    os.utime(place, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    return True
