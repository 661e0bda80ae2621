"""Scan: one series, with its facts, its images, its header and what people said about it."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from labarchive import images
from labarchive.errors import NotFound
from labarchive.selection import html, text
from labarchive.selection.amounts import count, day, edges, figure, size
from labarchive.selection.header import Header
from labarchive.selection.selection import Selection
from labarchive.selection.tables import rows
from labarchive.selection.things import Fact, Thing

if TYPE_CHECKING:
    import nibabel as nib


@dataclass(frozen=True, slots=True, repr=False)
class Scan(Thing):
    """One series: ``session["T1w"]``. A selection of one."""

    own: ClassVar[str] = "scan"
    holds: ClassVar[str] = "scan"
    subject: ClassVar[Fact[str]] = Fact()
    subject_id: ClassVar[Fact[str]] = Fact()
    session: ClassVar[Fact[str]] = Fact()
    session_id: ClassVar[Fact[str]] = Fact()
    scan: ClassVar[Fact[str]] = Fact()
    scan_id: ClassVar[Fact[str]] = Fact()
    number: ClassVar[Fact[int | None]] = Fact()
    description: ClassVar[Fact[str | None]] = Fact()
    protocol: ClassVar[Fact[str | None]] = Fact()
    kind: ClassVar[Fact[str | None]] = Fact()
    kind_confidence: ClassVar[Fact[float | None]] = Fact()
    kind_reason: ClassVar[Fact[str | None]] = Fact()
    modality: ClassVar[Fact[str | None]] = Fact()
    format: ClassVar[Fact[str]] = Fact()
    manufacturer: ClassVar[Fact[str | None]] = Fact()
    model: ClassVar[Fact[str | None]] = Fact()
    station: ClassVar[Fact[str | None]] = Fact()
    field_strength: ClassVar[Fact[float | None]] = Fact()
    acquired: ClassVar[Fact[datetime | None]] = Fact()
    study_uid: ClassVar[Fact[str | None]] = Fact()
    series_uid: ClassVar[Fact[str | None]] = Fact()
    sop_class: ClassVar[Fact[str | None]] = Fact()
    tr: ClassVar[Fact[float | None]] = Fact()
    te: ClassVar[Fact[float | None]] = Fact()
    ti: ClassVar[Fact[float | None]] = Fact()
    flip_angle: ClassVar[Fact[float | None]] = Fact()
    rows: ClassVar[Fact[int | None]] = Fact()
    columns: ClassVar[Fact[int | None]] = Fact()
    frames: ClassVar[Fact[int | None]] = Fact()
    voxel: ClassVar[Fact[list[float] | None]] = Fact()
    n_files: ClassVar[Fact[int]] = Fact()
    bytes: ClassVar[Fact[int]] = Fact()
    folder: ClassVar[Fact[str | None]] = Fact()
    quality: ClassVar[Fact[str]] = Fact()
    quality_reason: ClassVar[Fact[str | None]] = Fact()
    quality_by: ClassVar[Fact[str | None]] = Fact()
    tags: ClassVar[Fact[list[str]]] = Fact()
    header_complete: ClassVar[Fact[float]] = Fact()
    warnings: ClassVar[Fact[int]] = Fact()
    why: ClassVar[Fact[str | None]] = Fact()
    gone: ClassVar[Fact[bool]] = Fact()

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator["Scan"]:
        yield self

    @property
    def paths(self) -> list[Path]:
        """Its files on disk, in the order of the instances."""
        found = rows(
            self.tables,
            "select path, path_bytes from file where scan_id = ? order by instance nulls last, path",
            (self.id,),
            self.project,
        )
        return [Path(os.fsdecode(row["path_bytes"]) if row["path_bytes"] else row["path"]) for row in found]

    def _image_files(self) -> list[images.ImageFile]:
        if self.gone:
            raise NotFound(
                f"the files of {self.path} are gone", hint="archive.at(date).files says where they were"
            )
        query = "select * from file where scan_id = ? and status = 'ok' order by instance nulls last, path"
        found = rows(self.tables, query, (self.id,), self.project)
        at_hand = self.tables.at_hand(self.project, self.id, found)
        return [images.ImageFile.from_row(row) for row in at_hand]

    def volumes(self) -> "Sequence[images.Part]":
        """The parts it has: one, or one for each echo, phase, delay, b value ..."""
        return images.volumes(self._image_files())

    def load(self, part: "images.Part | str | None" = None, *, partial: bool = False) -> "nib.Nifti1Image":
        """A nibabel image in patient space, scaled as the header says; a series over time is 4-D.

        ``part`` is one of ``volumes()`` or its name; Ambiguous names them when there are several. ``partial``
        loads what is there of a damaged part.
        """
        name = part if part is None or isinstance(part, str) else part.name
        made = None if self.gone else self.tables.volume(self.project, self.id, name, partial=partial)
        if made is not None:
            return images.load([images.ImageFile(os.fsencode(made), "nifti")])
        return images.load(self._image_files(), name, partial=partial)

    @property
    def header(self) -> Header:
        """The whole header of the series: ``scan.header["EchoTime"]``. Raises NotFound while it is not read."""
        text = self.tables.header(self.project, self.id)
        if text is not None:
            return Header.read(text)
        found = rows(self.tables, "select header from header where scan_id = ?", (self.id,), self.project)
        if not found:
            raise NotFound(
                f"the header of {self.path} is not in the catalogue", hint="see scan.files for its files"
            )
        return Header.read(found[0]["header"])

    def headers(self) -> dict[str, Header]:
        """The header of every instance by SOP Instance UID, as far as they are read (``header_complete``)."""
        found = rows(
            self.tables,
            "select sop_uid, header from instance_header where scan_id = ?",
            (self.id,),
            self.project,
        )
        return {row["sop_uid"]: Header.read(row["header"]) for row in found}

    def _card(self) -> tuple[str, list[tuple[str, str]]]:
        row = self.row
        quality = row["quality"]
        who = ", ".join(part for part in (row["quality_reason"], row["quality_by"]) if part)
        times = "  ".join(f"{figure(row[name])} ms" for name in ("tr", "te", "ti") if row[name] is not None)
        names = " ".join(name.upper() for name in ("tr", "te", "ti") if row[name] is not None)
        return f"{quality}{f' ({who})' if who else ''}", [
            ("acquired", " on ".join(filter(None, (day(row["acquired"]), row["station"] or row["model"])))),
            ("image", _image(row)),
            (names, times),
            ("files", f"{row['n_files']:,} {row['format']}, {size(row['bytes'])}" + _warned(row)),
            ("said", ", ".join([*(row["tags"] or []), *([row["note"]] if row["note"] else [])])),
            ("gone", "all its files are gone" if row["gone"] else ""),
        ]

    def _steps_here(self) -> tuple[str, ...]:
        return ("scan.load()", "scan.header", "scan.files", "scan.history()")

    def __repr__(self) -> str:
        quality, facts = self._card()
        return text.card(f"{self.path}  {quality}", facts, self._steps_here())

    def _repr_html_(self) -> str:
        row = self.row
        return html.card(self.path, row["quality"], self._card()[0], self._card()[1], self._steps_here())


def _image(row: Any) -> str:
    shape = [row["columns"], row["rows"], row["frames"] or row["n_files"]]
    parts = [" x ".join(str(edge) for edge in shape if edge) if row["rows"] else ""]
    parts += [f"{edges(row['voxel'], ' x ')} mm" if row["voxel"] and any(row["voxel"]) else ""]
    said = (
        f"{row['kind'] or 'kind unknown'}, {row['description']}"
        if row["description"]
        else (row["kind"] or "")
    )
    return ", ".join(part for part in (*parts, said) if part)


def _warned(row: Any) -> str:
    return f", {count(row['warnings'], 'warning')}" if row["warnings"] else ""


Selection.members["scan"] = Scan
