"""What kernels read: a generation of Parquet files a project, and small deltas of sayings on top of it."""

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from labarchive.catalogue.disk import folder_made, no_room, replaced
from labarchive.catalogue.observations import Observations
from labarchive.catalogue.sql import literal, query
from labarchive.catalogue.store import Store
from labarchive.records import Manifest
from labarchive.settings import SCHEMA_VERSION

KEEP = 3
"""Generations that stay beside leased ones."""
DELTAS = 64
"""Deltas of sayings after which they are written as one table again."""
LEASE = 600.0
"""Seconds for which a generation is kept for a reader that was not heard of since."""

TABLES: Mapping[str, str] = {
    "project_fact": "project_id",
    "subject_fact": "subject_id, valid_from",
    "session_fact": "session_id, valid_from",
    "scan_fact": "scan_id, valid_from",
    "file_fact": "scan_id, instance, path, valid_from",
    "person_fact": "session_id, valid_from",
}
"""Fact tables and how they are sorted."""
PARTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
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
PLACES: Mapping[str, str] = {
    **{name: f"{name}.parquet" for name in TABLES},
    "person_fact": "identified/person_fact.parquet",
    **{name: f"{name}/*.parquet" for name in (*PARTS, "saying_fact")},
}


@dataclass(slots=True)
class _Project:
    """What is published of one project."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    manifest: Manifest | None = None
    said: int = 0
    """The last saying in the generation's folder."""
    leases: dict[str, tuple[str, float]] = field(default_factory=dict)


class Publisher:
    """The snapshots folder of one home."""

    def __init__(
        self, folder: Path, store: Store, observations: Observations, clock: Callable[[], datetime]
    ) -> None:
        self.folder = folder_made(folder)
        self.store = store
        self._observations = observations
        self._clock = clock
        self._projects: dict[str, _Project] = {}
        self._opening = threading.Lock()

    def newest(self, project: str, project_id: str, *, lease: str = "", fresh: bool = False) -> Manifest:
        """What is true now, published; ``fresh`` writes everything anew and forgets older generations."""
        with self._opening:
            state = self._projects.setdefault(project_id, _Project())
        with state.lock, self.store.reading() as cursor:
            if state.manifest is None:
                self._resume(state, project, project_id)
            seq = visible_seq(cursor)
            facts = facts_generation(cursor, project_id)
            manifest = state.manifest
            if fresh or manifest is None or manifest.facts_generation != facts or self._crowded(manifest):
                linkable = manifest if manifest and manifest.facts_generation == facts and not fresh else None
                manifest = self._generation(cursor, project, project_id, seq, linkable)
            elif seq > manifest.journal_seq:
                manifest = self._delta(cursor, project_id, state, seq)
            state.manifest, state.said = manifest, seq
            if lease:
                state.leases[lease] = (manifest.folder.name, time.monotonic())
            self._clean(project_id, state, everything=fresh)
            return manifest

    def _resume(self, state: _Project, project: str, project_id: str) -> None:
        """Go on from the generation on disk when it is whole and of this schema."""
        for folder in reversed(self.generations(project_id)):
            found = read_manifest(folder)
            if found and found.schema_version == SCHEMA_VERSION and found.project == project:
                state.manifest, state.said = found, found.journal_seq
                return

    def generations(self, project_id: str) -> list[Path]:
        return sorted((self.folder / project_id).glob("gen-*"))

    def _crowded(self, manifest: Manifest) -> bool:
        return len(list((manifest.folder / "saying_fact").glob("*.parquet"))) >= DELTAS

    def _generation(
        self,
        cursor: duckdb.DuckDBPyConnection,
        project: str,
        project_id: str,
        seq: int,
        linkable: Manifest | None,
    ) -> Manifest:
        place = folder_made(self.folder / project_id)
        number = max((int(path.name[4:]) for path in self.generations(project_id)), default=0) + 1
        fresh = place / f".gen-{number:06d}.tmp"
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            for name in ("", "identified", "saying_fact", *PARTS):
                folder_made(fresh / name)
            for name in TABLES:
                _table(cursor, name, project_id, fresh / PLACES[name], linkable)
            for name, (kind, columns) in PARTS.items():
                self._links(cursor, project_id, kind, columns, fresh / name)
            _sayings(cursor, project_id, fresh / "saying_fact", 0, seq)
            manifest = Manifest(
                project, project_id, SCHEMA_VERSION, facts_generation(cursor, project_id), seq,
                place / f"gen-{number:06d}", PLACES, self._clock(),
            )  # fmt: skip
            write_manifest(manifest, fresh)
            fresh.rename(manifest.folder)
        except (duckdb.IOException, OSError) as error:
            shutil.rmtree(fresh, ignore_errors=True)
            raise no_room(
                OSError(getattr(error, "errno", 28) or 28, "no space or no right"), "a snapshot"
            ) from error
        return manifest

    def _links(
        self,
        cursor: duckdb.DuckDBPyConnection,
        project_id: str,
        kind: str,
        columns: Mapping[str, str],
        folder: Path,
    ) -> None:
        typed = ", ".join(f"null::{of} as {name}" for name, of in columns.items())
        _copy(
            cursor,
            f"select {typed}, ''::varchar as project_id, 0::integer as run, null::timestamp as taken limit 0",
            folder / "000000-00000.parquet",
        )
        parts = query(
            cursor,
            "select run, part from part where project_id = $id and kind = $kind",
            id=project_id,
            kind=kind,
        )
        for run, number in parts:
            os.link(self._observations.path_of(run, number, kind), folder / f"{run:06d}-{number:05d}.parquet")  # type: ignore[arg-type]

    def _delta(
        self, cursor: duckdb.DuckDBPyConnection, project_id: str, state: _Project, seq: int
    ) -> Manifest:
        old = state.manifest
        assert old is not None
        new = query(
            cursor, "select count(*) from saying_fact where project_id = $id and seq > $said and seq <= $seq",
            id=project_id, said=state.said, seq=seq,
        )[0][0]  # fmt: skip
        manifest = Manifest(
            old.project,
            project_id,
            old.schema_version,
            old.facts_generation,
            seq,
            old.folder,
            old.files,
            self._clock(),
        )
        if new:
            _sayings(cursor, project_id, old.folder / "saying_fact", state.said, seq)
            write_manifest(manifest, old.folder)
        return manifest

    def _clean(self, project_id: str, state: _Project, *, everything: bool) -> None:
        now = time.monotonic()
        state.leases = {name: held for name, held in state.leases.items() if now - held[1] < LEASE}
        leased = {folder for folder, _ in state.leases.values()}
        generations = self.generations(project_id)
        kept = generations[-1:] if everything else generations[-KEEP:]
        for folder in generations:
            if folder not in kept and (everything or folder.name not in leased):
                shutil.rmtree(folder, ignore_errors=True)


def _table(
    cursor: duckdb.DuckDBPyConnection, name: str, project_id: str, path: Path, linkable: Manifest | None
) -> None:
    if linkable is not None:
        os.link(linkable.folder / PLACES[name], path)
        return
    columns = "* exclude (salt)" if name == "project_fact" else "*"
    _copy(
        cursor,
        f"select {columns} from {name} where project_id = {literal(project_id)} order by {TABLES[name]}",
        path,
    )


def _sayings(
    cursor: duckdb.DuckDBPyConnection, project_id: str, folder: Path, after: int, until: int
) -> None:
    _copy(
        cursor,
        f"""select * from saying_fact where project_id = {literal(project_id)}
        and seq > {after:d} and seq <= {until:d} order by seq""",
        folder / f"{after + 1:09d}-{until:09d}.parquet",
    )


def _copy(cursor: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    fresh = path.with_name(f".{path.name}.tmp")
    cursor.execute(f"copy ({select}) to {literal(str(fresh))} (format parquet, compression zstd)")
    fresh.chmod(0o600)
    fresh.rename(path)


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
    found = query(
        cursor, "select coalesce(max(seq), 0) from facts_change where project_id = $id", id=project_id
    )
    return int(found[0][0])


def write_manifest(manifest: Manifest, folder: Path) -> None:
    words = {
        "project": manifest.project, "project_id": manifest.project_id, "schema_version": manifest.schema_version,
        "facts_generation": manifest.facts_generation, "journal_seq": manifest.journal_seq,
        "files": dict(manifest.files), "written": manifest.written.isoformat(),
    }  # fmt: skip
    replaced(folder / "manifest.json", json.dumps(words, indent=1).encode())


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a generation's folder, or None where there is none that can be read."""
    try:
        words = json.loads((folder / "manifest.json").read_bytes())
        return Manifest(**{**words, "folder": folder, "written": datetime.fromisoformat(words["written"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def missing_files(manifest: Manifest) -> Sequence[str]:
    """Tables of a generation whose files are not there."""
    return [name for name, place in manifest.files.items() if not any(manifest.folder.glob(place))]
