"""What index runs saw, as they said it: Parquet parts that are durable before anybody is answered."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from labarchive.catalogue.disk import folder_made, no_room, replaced, settle, sync_folder
from labarchive.errors import BadInput, Damaged, NotFound
from labarchive.records import PartKind, Run

ROW_GROUP = {"headers": 32, "instances": 256}
"""Rows of a Parquet row group where one row is large: a reader takes one header, not all."""

NEEDED = {
    "files": ("path", "status"),
    "headers": ("header_key", "study_uid", "series_uid", "path", "header"),
    "instances": ("header_key", "study_uid", "series_uid", "sop_uid", "path", "patch"),
    "gone": ("path",),
    "digests": ("path", "sha256"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part on disk; ``taken`` orders all parts of all runs."""

    project_id: str
    run: int
    number: int
    kind: PartKind
    taken: datetime
    rows: int
    file: Path


@dataclass(frozen=True, slots=True)
class RunRecord:
    """run.json: what a run is about, and how it ended."""

    run: int
    project: str
    project_id: str
    kind: str
    roots: tuple[str, ...]
    started: str
    finished: str = ""
    complete: bool = False

    def as_run(self) -> Run:
        return Run(
            self.run, self.project, cast(Any, self.kind), self.roots, datetime.fromisoformat(self.started)
        )


class Observations:
    """The folder of all runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder_made(folder)

    def runs(self) -> list[int]:
        return sorted(int(entry.name) for entry in os.scandir(self.folder) if entry.name.isdigit())

    def place(self, run: int) -> Path:
        return self.folder / f"{run:06d}"

    def open(self, record: RunRecord) -> None:
        """Begin a run, durably."""
        folder_made(self.place(record.run))
        self.note(record)
        sync_folder(self.folder)

    def note(self, record: RunRecord) -> None:
        replaced(self.place(record.run) / "run.json", json.dumps(asdict(record), indent=1).encode())

    def record(self, run: int) -> RunRecord:
        """Raises NotFound for a number that no run has."""
        try:
            words = json.loads((self.place(run) / "run.json").read_bytes())
        except FileNotFoundError:
            raise NotFound(f"there is no index run {run}", hint="begin one") from None
        except ValueError as error:
            raise Damaged(
                f"run.json of run {run} cannot be read", hint="restore it from the backup"
            ) from error
        return RunRecord(**{**words, "roots": tuple(words["roots"])})

    def drop_if_empty(self, run: int) -> None:
        """Forget a finished run that saw nothing new."""
        if not any(self.place(run).glob("*.parquet")):
            shutil.rmtree(self.place(run), ignore_errors=True)

    def path_of(self, run: int, number: int, kind: PartKind) -> Path:
        return self.place(run) / f"{number:05d}-{kind}.parquet"

    def write(self, record: RunRecord, number: int, kind: PartKind, table: pa.Table, taken: datetime) -> Part:
        """One part, durable when this returns. Raises BadInput for a table of another shape, NoRoom."""
        table = _checked(kind, table)
        words = {"run": record.run, "part": number, "kind": kind, "project_id": record.project_id}
        meta = {b"labarchive": json.dumps({**words, "taken": taken.isoformat()}).encode()}
        rows = table.num_rows
        table = (
            table.append_column("project_id", pa.array([record.project_id] * rows, pa.string()))
            .append_column("run", pa.array([record.run] * rows, pa.int32()))
            .append_column("taken", pa.array([taken] * rows, pa.timestamp("us")))
        ).replace_schema_metadata(meta)
        path = self.path_of(record.run, number, kind)
        fresh = path.with_name(f".{path.name}.tmp")
        try:
            pq.write_table(
                table,
                fresh,
                compression="zstd",
                write_page_checksum=True,
                row_group_size=ROW_GROUP.get(kind, 65536),
            )
            settle(fresh, path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise no_room(error, f"part {number} of run {record.run}") from error
        return Part(record.project_id, record.run, number, kind, taken, rows, path)

    def parts(self, skip: set[tuple[int, int, str]] | None = None) -> Iterator[Part]:
        """Every part on disk but those to ``skip`` (run, number, kind)."""
        for run in self.runs():
            for path in sorted(self.place(run).glob("[0-9]*-*.parquet")):
                number, _, kind = path.stem.partition("-")
                if number.isdigit() and kind in NEEDED and (run, int(number), kind) not in (skip or set()):
                    yield read_part(path)


def read_part(path: Path) -> Part:
    """The part in ``path`` by its own words. Raises Damaged."""
    try:
        meta = pq.read_metadata(path)
        words = json.loads((meta.metadata or {})[b"labarchive"])
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise Damaged(
            f"{path.parent.name}/{path.name} of the observations cannot be read",
            hint="restore it from the backup",
        ) from error
    taken = datetime.fromisoformat(words["taken"])
    return Part(words["project_id"], words["run"], words["part"], words["kind"], taken, meta.num_rows, path)


def _checked(kind: PartKind, table: pa.Table) -> pa.Table:
    if kind not in NEEDED:
        raise BadInput(f"there are no {kind!r} parts", hint=f"there are {', '.join(NEEDED)}")
    missing = [name for name in NEEDED[kind] if name not in table.column_names]
    if missing:
        raise BadInput(f"a {kind} part without {', '.join(missing)}", hint="send the columns of the contract")
    table = table.drop_columns(
        [name for name in ("project_id", "run", "taken") if name in table.column_names]
    )
    table = _shown(table).combine_chunks()
    return _last_of_each_path(table) if kind in ("files", "gone") else table


def _last_of_each_path(table: pa.Table) -> pa.Table:
    if len(pc.unique(table["path"])) == table.num_rows:
        return table
    last = {path: place for place, path in enumerate(table["path"].to_pylist())}
    return table.take(sorted(last.values()))


def _shown(table: pa.Table) -> pa.Table:
    """Paths as text: bytes that are not UTF-8 are shown as \\xNN."""
    if not pa.types.is_binary(table.schema.field("path").type):
        return table
    paths: list[Any] = table["path"].to_pylist()
    shown = [path.decode("utf-8", "backslashreplace") for path in paths]
    return table.set_column(table.schema.get_field_index("path"), "path", pa.array(shown, pa.string()))
