"""The files of one scan as the routes of bytes need them: found, and for voxels checked against what may be seen."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labarchive.catalogue.identified import table
from labarchive.errors import NotAllowed, NotFound
from labarchive.server.allowed import Holds
from labarchive.server.raw import opened, path_of, place_of

FILES = "select * from file where scan_id = ? and status = 'ok' order by instance nulls last, path"
SCAN = "select scan_id, subject_id, gone, sop_class, kind, modality, content_key from scan where scan_id = ?"


@dataclass(frozen=True, slots=True)
class ScanFiles:
    """A scan, its files, and the project's secret."""

    scan: dict[str, Any]
    rows: list[dict[str, Any]]
    salt: str

    @property
    def modality(self) -> str:
        """DICOM's; empty where nobody knows."""
        return self.scan["modality"] or ""

    @property
    def kind(self) -> str:
        """As BIDS calls it; empty where nobody knows."""
        return self.scan["kind"] or ""

    def etag(self, *more: str) -> str:
        """Another one when a file was written again. Salted: a plain digest of a time can be guessed."""
        return self._digest([(row["path"], row["bytes"], row["mtime_ns"]) for row in self.rows], more)

    def key(self, *more: str) -> str:
        """The same wherever the files lie and whatever they are called: for what is made of their voxels alone."""
        content = self.scan["content_key"]
        seen = [
            (row["sop_uid"] or content or row["path"], row["bytes"], row["mtime_ns"]) for row in self.rows
        ]
        return self._digest(sorted(seen, key=repr), more)

    def _digest(self, seen: object, more: tuple[str, ...]) -> str:
        return hashlib.sha256(repr((self.salt, seen, more)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def found(given: Holds, project: str, scan: str, *, now: bool = True) -> ScanFiles:
    """Not ``now``: as last published, without waiting for what is being said. Raises NotFound."""
    ask = given.reading.rows if now else given.reading.facts
    rows = ask(SCAN, (scan,), project)
    if not rows:
        raise NotFound(f"no scan {scan[:60]!r} in {project}", hint="see its scans")
    if rows[0]["gone"]:
        raise NotFound("the files of this scan are gone", hint="its header and what was said are kept")
    return ScanFiles(rows[0], ask(FILES, (scan,), project), place_of(given.catalogue, project)[1])


def seen(given: Holds, project: str, scan: str, *, identified: bool, now: bool = True) -> ScanFiles:
    """For who may see its pixels. Raises NotAllowed, NotFound."""
    files = found(given, project, scan, now=now)
    if not identified and any(row["sop_class"] in table()["pixels"]["never"] for row in files.rows):
        raise NotAllowed(
            "this scan is a picture of a page or a screen, which may show a name",
            hint="ask an owner of the project for the right to identify",
        )
    return files


def with_voxels(given: Holds, project: str, scan: str, *, identified: bool) -> ScanFiles:
    """The same, when all its files can be opened now. Raises Unreachable too."""
    files = seen(given, project, scan, identified=identified)
    openable(given, project, files)
    return files


def openable(given: Holds, project: str, files: ScanFiles) -> None:
    """Open and close each. Raises NotFound, Unreachable."""
    roots, _ = place_of(given.catalogue, project)
    for row in files.rows:
        opened(path_of(row), roots).close()


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON can say of a row, for a process that reads its file; a path that is no text as surrogates."""
    kept = {
        name: value
        for name, value in row.items()
        if isinstance(value, str | int | float | bool | list | tuple)
    }
    return {**kept, "path": os.fsdecode(path_of(row))}
