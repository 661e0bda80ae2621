"""What kernels read: a generation of Parquet files a project, and small deltas of sayings on top of it."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb

from labarchive.catalogue import general, generation, identified
from labarchive.catalogue.disk import folder_made, no_room
from labarchive.catalogue.manifests import read_manifest, write_manifest
from labarchive.catalogue.measures import Measures
from labarchive.catalogue.observations import Observations
from labarchive.catalogue.sql import query
from labarchive.catalogue.store import Store
from labarchive.records import Manifest
from labarchive.settings import SCHEMA_VERSION

KEEP = 3
"""Generations that stay beside leased ones."""
DELTAS = 64
"""Deltas of sayings after which they are written as one table again."""
LEASE = 600.0
"""Seconds for which a generation is kept for a reader that was not heard of since."""


@dataclass(slots=True)
class _Project:
    """What is published of one project."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    cleaning: threading.Lock = field(default_factory=threading.Lock)
    manifest: Manifest | None = None
    said: int = 0
    """The last saying in the generation's folder."""
    leases: dict[str, tuple[str, float]] = field(default_factory=dict)


class Publisher:
    """The snapshots folder of one home."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        observations: Observations,
        measures: Measures,
        clock: Callable[[], datetime],
    ) -> None:
        self.folder = folder_made(folder)
        self.store = store
        self._observations = observations
        self._measures = measures
        self._clock = clock
        self._projects: dict[str, _Project] = {}
        self._opening = threading.Lock()

    def newest(self, project: str, project_id: str, *, lease: str = "", fresh: bool = False) -> Manifest:
        """What is true now, published; ``fresh`` writes everything anew and forgets older generations."""
        state = self._state(project_id)
        with state.lock, self.store.reading() as cursor:
            if state.manifest is None:
                self._resume(state, project, project_id)
            seq = visible_seq(cursor)
            facts = facts_generation(cursor, project_id)
            manifest = state.manifest
            if fresh or manifest is None or manifest.facts_generation != facts or self._crowded(manifest):
                linkable = manifest if manifest and manifest.facts_generation == facts and not fresh else None
                number = self._next_number(project_id, manifest)
                manifest = self._generation(cursor, project, project_id, seq, number, linkable)
            elif seq > manifest.journal_seq:
                manifest = self._delta(cursor, project_id, state, seq)
            manifest = self._with_measures(project_id, manifest)
            state.manifest, state.said = manifest, seq
            if lease:
                state.leases[lease] = (manifest.folder.name, time.monotonic())
            self._clean(project_id, state, everything=fresh)
            return manifest

    def newest_general(self, project: str, project_id: str, *, lease: str = "") -> Manifest:
        """The same without what tells who a person is; the first time it takes a millisecond or two a header.

        It is made of the generation's identified part, so that who indexes or speaks meanwhile is not held up.
        """
        state = self._state(project_id)
        with state.cleaning:
            for last in (False, True):
                manifest = self.newest(project, project_id, lease=lease or "general")
                try:
                    if not general.is_whole(manifest.folder):
                        self._write_general(manifest)
                    return replace(manifest, files=generation.GENERAL, identified=False)
                except FileNotFoundError:  # a rebuild took it away
                    if last:
                        raise
        raise AssertionError("unreachable")

    def _write_general(self, manifest: Manifest) -> None:
        with self.store.reading() as cursor:
            salt = general.salt_of(cursor, manifest.project_id)
        cleaned = self._cleaned(manifest.project_id)
        try:
            general.clean_headers(manifest, cleaned, salt)
            general.write(manifest, cleaned, salt)
        except duckdb.IOException as error:
            if not manifest.folder.exists():
                raise FileNotFoundError(manifest.folder.name) from error
            raise no_room(OSError(28, "no space or no right"), "a snapshot") from error

    def hold(self, project_id: str, folder: str, lease: str) -> None:
        """Keep a generation for a reader that was just heard of."""
        state = self._state(project_id)
        with state.lock:
            state.leases[lease] = (folder, time.monotonic())

    def _state(self, project_id: str) -> _Project:
        with self._opening:
            return self._projects.setdefault(project_id, _Project())

    def _resume(self, state: _Project, project: str, project_id: str) -> None:
        """Go on from the generation on disk when it is whole, of this schema and of this division."""
        for folder in reversed(self.generations(project_id)):
            found = read_manifest(folder)
            if (
                found
                and found.schema_version == SCHEMA_VERSION
                and found.project == project
                and found.files == generation.IDENTIFIED
            ):
                state.manifest, state.said = found, found.journal_seq
                return

    def generations(self, project_id: str) -> list[Path]:
        """The folders on disk, oldest first."""
        return sorted((self.folder / project_id).glob("gen-*"))

    def _next_number(self, project_id: str, last: Manifest | None) -> int:
        """After all that were ever given: a reader must not take a new generation for one it knows."""
        names = [path.name for path in self.generations(project_id)] + ([last.folder.name] if last else [])
        return max((int(name[4:]) for name in names), default=0) + 1

    def _crowded(self, manifest: Manifest) -> bool:
        return len(list((manifest.folder / "saying_fact").glob("*.parquet"))) >= DELTAS

    def _generation(
        self,
        cursor: duckdb.DuckDBPyConnection,
        project: str,
        project_id: str,
        seq: int,
        number: int,
        linkable: Manifest | None,
    ) -> Manifest:
        place = folder_made(self.folder / project_id)
        fresh = place / f".gen-{number:06d}.tmp"
        shutil.rmtree(fresh, ignore_errors=True)
        manifest = Manifest(
            project, project_id, SCHEMA_VERSION, facts_generation(cursor, project_id), seq,
            place / f"gen-{number:06d}", generation.IDENTIFIED, self._clock(),
        )  # fmt: skip
        try:
            generation.write_tables(cursor, self._observations, project_id, fresh, linkable)
            if linkable:
                general.link(linkable.folder, fresh)
            generation.write_sayings(cursor, project_id, fresh, 0, seq)
            write_manifest(manifest, fresh)
            fresh.rename(manifest.folder)
        except (duckdb.IOException, OSError) as error:
            shutil.rmtree(fresh, ignore_errors=True)
            raise no_room(
                OSError(getattr(error, "errno", 28) or 28, "no space or no right"), "a snapshot"
            ) from error
        return manifest

    def _delta(
        self, cursor: duckdb.DuckDBPyConnection, project_id: str, state: _Project, seq: int
    ) -> Manifest:
        assert state.manifest is not None
        manifest = replace(state.manifest, journal_seq=seq, written=self._clock())
        new = query(
            cursor, "select count(*) from saying_fact where project_id = $id and seq > $said and seq <= $seq",
            id=project_id, said=state.said, seq=seq,
        )[0][0]  # fmt: skip
        if new:
            generation.write_sayings(cursor, project_id, manifest.folder, state.said, seq)
            write_manifest(manifest, manifest.folder)
        return manifest

    def _with_measures(self, project_id: str, manifest: Manifest) -> Manifest:
        """With what was measured since beside the rest."""
        newest = self._measures.newest(project_id)
        if newest == manifest.measured:
            return manifest
        try:
            self._measures.link(project_id, manifest.folder / "metric_fact")
        except OSError as error:
            raise no_room(error, "a snapshot") from error
        manifest = replace(manifest, measured=newest, written=self._clock())
        write_manifest(manifest, manifest.folder)
        return manifest

    def _cleaned(self, project_id: str) -> Path:
        """Where cleaned parts of headers lie, to be linked into generations; those by older rules go."""
        place = self.folder / project_id
        mine = place / f".cleaned-{identified.version()}"
        for old in place.glob(".cleaned-*"):
            if old != mine:
                shutil.rmtree(old, ignore_errors=True)
        return folder_made(mine)

    def _clean(self, project_id: str, state: _Project, *, everything: bool) -> None:
        now = time.monotonic()
        state.leases = {name: held for name, held in state.leases.items() if now - held[1] < LEASE}
        leased = {folder for folder, _ in state.leases.values()}
        generations = self.generations(project_id)
        kept = generations[-1:] if everything else generations[-KEEP:]
        for folder in generations:
            if folder not in kept and (everything or folder.name not in leased):
                shutil.rmtree(folder, ignore_errors=True)
        if everything:
            for cleaned in (self.folder / project_id).glob(".cleaned-*"):
                shutil.rmtree(cleaned, ignore_errors=True)


def visible_seq(cursor: duckdb.DuckDBPyConnection) -> int:
    """The last journal number of which, and of all before it, the tables know."""
    n, last = query(cursor, "select count(*), coalesce(max(seq), 0) from saying_fact")[0]
    if n == last:
        return int(last)
    found = query(
        cursor,
        "select max(seq) from (select seq, row_number() over (order by seq) as place from saying_fact) where seq = place",
    )
    return int(found[0][0] or 0)


def facts_generation(cursor: duckdb.DuckDBPyConnection, project_id: str) -> int:
    """The journal's number at which a project's facts last changed."""
    found = query(
        cursor, "select coalesce(max(seq), 0) from facts_change where project_id = $id", id=project_id
    )
    return int(found[0][0])
