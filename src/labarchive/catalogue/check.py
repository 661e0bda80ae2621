"""Does it all add up (fsck), and is all well around it (doctor); findings are sentences."""

import json
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from labarchive.catalogue.clock import utc_now
from labarchive.catalogue.disk import NETWORK
from labarchive.catalogue.journal import Journal
from labarchive.catalogue.manifests import missing_files, read_manifest
from labarchive.catalogue.observations import Observations, read_part
from labarchive.catalogue.sql import query
from labarchive.errors import Damaged
from labarchive.settings import Home

LATE = timedelta(minutes=10)
"""An entry of the journal that is older than this should be in the copy."""


def tables_digest(cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Of each base table the number of its rows and a sum over their digests, whatever their order on disk."""
    names = query(
        cursor,
        """select table_name from duckdb_tables() where not internal and not temporary and schema_name = 'main'
        and database_name = current_database() and table_name <> 'schema_version' order by 1""",
    )
    sums = "count(*) || ' ' || coalesce(sum((md5_number(t::varchar) % 1000000000000000003)::hugeint), 0)"
    return {name: str(query(cursor, f"select {sums} from {name} t")[0][0]) for (name,) in names}


def different_tables(here: dict[str, str], there: dict[str, str]) -> list[str]:
    return [name for name in sorted(here.keys() | there.keys()) if here.get(name) != there.get(name)]


def stream_problems(journal: Journal, observations: Observations) -> Iterator[str]:
    """What is wrong with the two streams that everything is made of."""
    yield from journal.problems()
    for run in observations.runs():
        for path in sorted(observations.place(run).glob("[0-9]*-*.parquet")):
            try:
                read_part(path)
                _read_whole(path)
            except (Damaged, pa.ArrowException, OSError):
                yield f"part {path.parent.name}/{path.name} of the observations cannot be read"


def _read_whole(path: Path) -> None:
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        for _ in file.iter_batches(batch_size=4096):
            pass


def missing_parts(cursor: duckdb.DuckDBPyConnection, observations: Observations) -> Iterator[str]:
    """Parts that the tables were made of and that are not there any more."""
    for run, number, kind in query(cursor, "select run, part, kind from part order by all"):
        if not observations.path_of(run, number, kind).exists():
            yield f"part {run:06d}/{number:05d}-{kind} of the observations is missing"


def snapshot_problems(generations: Sequence[Path]) -> Iterator[str]:
    """Generations that a kernel could not load."""
    for folder in generations:
        manifest = read_manifest(folder)
        if manifest is None:
            yield f"snapshot {folder.parent.name}/{folder.name} has no manifest that can be read"
        else:
            for table in missing_files(manifest):
                yield f"snapshot {folder.parent.name}/{folder.name} lacks {table}"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor."""

    name: str
    colour: Literal["green", "yellow", "red"]
    says: str


def doctor(home: Home, journal: Journal, file_system: Callable[[Path], int]) -> dict[str, Any]:
    """Colours and sentences; ``ok`` unless one is red."""
    checks = [_room(home), _place(home, file_system), _rights(home), _copy(home, journal), _versions()]
    return {
        "ok": all(check.colour != "red" for check in checks),
        "checks": [asdict(check) for check in checks],
    }


def _room(home: Home) -> Check:
    free = shutil.disk_usage(home.path).free
    says = f"{free / 1e9:.1f} GB free where the archive's home lies"
    if free < 200e6:
        return Check("room", "red", f"{says}: make room before anything is indexed or said")
    return Check("room", "yellow" if free < 2e9 else "green", says)


def _place(home: Home, file_system: Callable[[Path], int]) -> Check:
    name = NETWORK.get(file_system(home.path))
    if name:
        return Check("place", "red", f"the home lies on {name}: move it to a local disk")
    return Check("place", "green", "the home lies on a local disk")


def _rights(home: Home) -> Check:
    open_to_others = [
        path.name
        for path in (home.path, home.journal, home.observations, home.snapshots, home.catalogue)
        if path.exists() and path.stat().st_mode & 0o077
    ]
    if open_to_others:
        return Check("rights", "red", f"others may enter {', '.join(open_to_others)}: chmod go-rwx")
    return Check("rights", "green", "only the archive's own user may enter the home")


def backup_folder(home: Home) -> Path | None:
    """``[backup] to`` of archive.toml."""
    try:
        words = tomllib.loads(home.settings.read_text(encoding="utf-8")) if home.settings.exists() else {}
        to = words.get("backup", {}).get("to")
    except (tomllib.TOMLDecodeError, AttributeError):
        return None
    return Path(os.path.expandvars(to)).expanduser() if isinstance(to, str) and to else None


def _copy(home: Home, journal: Journal) -> Check:
    to = backup_folder(home)
    if to is None:
        return Check("backup", "yellow", 'no copy is kept: write [backup] to = "/a/folder" in archive.toml')
    copied = _copied_seq(to)
    waiting = next(journal.events(after=copied), None)
    if waiting is not None and utc_now() - waiting.at > LATE:
        return Check(
            "backup", "red", f"entry {waiting.seq} of the journal is older than 10 minutes and not in {to}"
        )
    return Check("backup", "green", f"a copy is kept in {to}")


def _copied_seq(to: Path) -> int:
    try:
        words = json.loads((to / "copied.json").read_bytes())
        datetime.fromisoformat(words["at"])
        return int(words["seq"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _versions() -> Check:
    from labarchive import __version__

    return Check(
        "versions", "green", f"labarchive {__version__}, DuckDB {duckdb.__version__}, Arrow {pa.__version__}"
    )
