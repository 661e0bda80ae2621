"""A person's own copy of published snapshots: each file fetched once, checked by its digest, shared by all kernels.

``snapshots/<project id>/gen-000042/`` looks as it does in the archive's home, so that whoever reads the one reads the
other. Files are hard links of ``.whole/<sha256>``; what is on its way is ``.whole/<sha256>.part``.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any, BinaryIO, NamedTuple

from labarchive.errors import BadInput, Busy, Damaged, NoRoom
from labarchive.records import Manifest
from labarchive.wire.protocol import write

KEPT = 2
"""Generations that stay."""
RESTING = 600.0
"""Seconds for which an older one stays too: somebody may have begun to read it."""
STALE = 86400.0
"""Seconds after which a download that nobody went on with is dropped."""
LATER = ("header_fact", "instance_fact")
"""Tables fetched when somebody first asks for a header: real ones are 90 kB a series."""


class Piece(NamedTuple):
    """One file of a generation, as the service lists it."""

    name: str
    bytes: int
    sha256: str


Fetch = Callable[[Piece, BinaryIO], None]
"""Writes a file's bytes behind those that are there already."""


@dataclass(frozen=True, slots=True)
class Cache:
    """One person's copies of one service's projects. Made when it is first written to."""

    path: Path

    @property
    def snapshots(self) -> Path:
        return self.path / "snapshots"

    def project(self, project_id: str) -> Path:
        return self.snapshots / project_id

    @contextlib.contextmanager
    def turn(self, project_id: str, patience: float, *, what: str = "") -> Iterator[None]:
        """One process at a time fetches a project, or a scan of it; the others find it there. Raises Busy, NoRoom."""
        with _room():
            own(self.path)
            own(self.project(project_id))
            turns = own(self.project(project_id) / ".turns")
            lock = os.open(turns / (what or "all"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _locked(lock, time.monotonic() + patience)
            yield
        finally:
            os.close(lock)

    def take(self, words: Mapping[str, Any], fetch: Fetch, *, whole: bool) -> Manifest:
        """The generation that ``words`` describe, with what it lacks fetched; by whoever has the turn.

        Raises Damaged for a file that does not arrive as it is listed, NoRoom, and what ``fetch`` raises.
        """
        place = self.project(words["project_id"])
        folder = place / f"gen-{words['generation']:06d}"
        files = {name: [Piece(**each) for each in listed] for name, listed in words["files"].items()}
        with _room():
            own(place / ".whole")
            own(folder)
            for name, pieces in files.items():
                if whole or name not in LATER:
                    for piece in pieces:
                        _link(_whole(place / ".whole", piece, fetch), folder / piece.name)
            manifest = _manifest(words, folder, files)
            _keep(folder, {piece.name for pieces in files.values() for piece in pieces}, manifest)
            _sweep(place, words["generation"])
        return manifest

    def forget(self, project_id: str) -> None:
        """Remove a project that its person may no longer see."""
        shutil.rmtree(self.project(project_id), ignore_errors=True)

    def keep_only(self, project_ids: Iterable[str]) -> None:
        """Forget all others."""
        seen = frozenset(project_ids)
        with contextlib.suppress(FileNotFoundError):
            for folder in list(self.snapshots.iterdir()):
                if folder.name not in seen:
                    self.forget(folder.name)


def own(folder: Path) -> Path:
    """A folder for this user only, with the parents it lacks. Raises BadInput when somebody else can reach into it."""
    if not folder.parent.exists():
        own(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    seen = folder.lstat()
    if seen.st_uid != os.getuid() or seen.st_mode & 0o077:
        raise BadInput(f"{folder} is open to others", hint=f"chmod 700 {folder}, or set LABARCHIVE_CACHE")
    return folder


def replaced(path: Path, content: bytes) -> None:
    """A file of this user's with new content, whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with open(fresh, "wb", opener=_private) as file:
        file.write(content)
    fresh.replace(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _locked(lock: int, until: float) -> None:
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() > until:
            raise Busy("another kernel of yours is fetching this", hint="wait until it has")
        time.sleep(0.02)


@contextlib.contextmanager
def _room() -> Iterator[None]:
    """What a disk refuses, as NoRoom; what the network does is not touched."""
    try:
        yield
    except OSError as error:
        if error.errno is None or isinstance(error, ConnectionError | TimeoutError | NoRoom):
            raise
        raise NoRoom(
            f"the cache cannot be written ({error.strerror})", hint="make room, or set LABARCHIVE_CACHE"
        ) from error


def _whole(store: Path, piece: Piece, fetch: Fetch) -> Path:
    """The file with this digest: there already, finished from where it was left, or fetched."""
    there = store / piece.sha256
    if there.exists():
        return there
    part = store / f"{piece.sha256}.part"
    for last in (False, True):
        with open(part, "ab+", opener=_private) as file:
            fetch(piece, file)
            file.seek(0)
            same = hashlib.file_digest(file, "sha256").hexdigest() == piece.sha256
        if same:
            part.rename(there)
            return there
        part.unlink()
        if last:
            break
    raise Damaged("a file of the snapshot arrived otherwise than it was sent", hint="try again")


def _link(whole: Path, path: Path) -> None:
    """``path`` is that file; who reads an older one of its name reads on."""
    if path.exists() and path.samefile(whole):
        return
    own(path.parent)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    os.link(whole, fresh)
    fresh.replace(path)


def _manifest(words: Mapping[str, Any], folder: Path, files: Mapping[str, list[Piece]]) -> Manifest:
    places = {name: _glob(pieces) for name, pieces in files.items()}
    return Manifest(
        words["project"], words["project_id"], words["schema_version"], words["facts_generation"], words["seq"],
        folder, places, datetime.fromisoformat(words["written"]), words["identified"], words.get("measured", 0),
    )  # fmt: skip


def _glob(pieces: list[Piece]) -> str:
    """The pattern that finds a table's files: one of its own name, or the numbered ones of a folder.

    >>> _glob([Piece("identified/scan_fact.parquet", 9, "")]), _glob([Piece("saying_fact/000001-000009.parquet", 9, "")])
    ('identified/scan_fact.parquet', 'saying_fact/*.parquet')
    """
    names = {PurePath(piece.name) for piece in pieces}
    if len(names) == 1 and not min(names).stem[0].isdigit():
        return str(min(names))
    return str(min(names).parent / "*.parquet") if names else "none/*.parquet"


def _keep(folder: Path, names: set[str], manifest: Manifest) -> None:
    """Say that the generation is whole; nothing stays in it that it is not told to have."""
    content = write(manifest)
    told = folder / "manifest.json"
    if not told.exists() or told.read_bytes() != content:
        replaced(told, content)
    for path in folder.rglob("*.parquet"):
        if str(path.relative_to(folder)) not in names:
            path.unlink(missing_ok=True)


def _sweep(place: Path, newest: int) -> None:
    """Older generations go when nobody can be reading them any more; so do those of an archive that was begun anew."""
    now = time.time()
    generations = sorted(place.glob("gen-*"))
    for folder in generations:
        beyond = int(folder.name[4:]) > newest
        told = folder / "manifest.json"
        resting = told.exists() and now - told.stat().st_mtime < RESTING
        if beyond or (folder not in generations[-KEPT:] and not resting):
            shutil.rmtree(folder, ignore_errors=True)
    for path in (place / ".whole").iterdir():
        seen = path.stat()
        if seen.st_nlink == 1 and (path.suffix != ".part" or now - seen.st_mtime > STALE):
            path.unlink(missing_ok=True)
