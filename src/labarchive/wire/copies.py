"""A scan's images as copies in a person's cache, for who cannot open the raw folder: its files, or a NIfTI of it."""

import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labarchive.errors import Damaged
from labarchive.wire.cache import Cache, own, replaced
from labarchive.wire.service import Service

MOST = 4 << 30
"""Bytes of images that stay; those that were not looked at for longest go first."""
PATIENCE = 600.0
"""Seconds to wait for another kernel that fetches the same scan."""
NAMES = "names.json"


@dataclass(frozen=True, slots=True)
class Copies:
    """Images of one project."""

    service: Service
    cache: Cache
    project: str
    project_id: str

    def files(self, scan: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The rows of a scan's files with the paths of copies, fetched in one stream that goes on where it broke off.

        Raises NotAllowed for who may not ``identify``, NotFound, Damaged.
        """
        place = self._place / scan / _key(rows)
        with self.cache.turn(self.project_id, PATIENCE, what=scan):
            if not (place / NAMES).exists():
                self._fetch(scan, place)
        names = json.loads((place / NAMES).read_bytes())
        _looked_at(place)
        return [
            {**row, "path": str(place / names[row["path"]]), "path_bytes": None}
            for row in rows
            if row["path"] in names
        ]

    def volume(self, scan: str, part: str | None, *, partial: bool) -> Path:
        """The scan, or one part of it, as a NIfTI file without anything of its header.

        Raises Ambiguous naming the parts when there are several, NotFound, NotAllowed.
        """
        words = {**({} if part is None else {"part": part}), **({"partial": "true"} if partial else {})}
        address = ("projects", self.project, "scans", scan, "volume.nii.gz")
        with self.cache.turn(self.project_id, PATIENCE, what=scan):
            tag = self.service.tag(*address, **words)
            place = own(self._place / scan / tag) / "volume.nii.gz"
            if not place.exists():
                part_of_it = place.with_name("volume.part")
                with open(part_of_it, "ab+", opener=_private) as file:
                    self.service.fetch(*address, into=file, tag=tag, **words)
                part_of_it.replace(place)
                self._sweep(place.parent)
        _looked_at(place.parent)
        return place

    @property
    def _place(self) -> Path:
        return self.cache.project(self.project_id) / ".images"

    def _fetch(self, scan: str, place: Path) -> None:
        """Every file of the scan into one folder; what names it says last."""
        listed = self.service.get("projects", self.project, "scans", scan, "files")["items"]
        address, words = ("projects", self.project, "selection.tar"), {"ids": scan}
        own(place)
        packed = place / "all.tar.part"
        with open(packed, "ab+", opener=_private) as file:
            self.service.fetch(*address, into=file, tag=self.service.tag(*address, **words), **words)
            file.seek(0)
            there = _unpacked(file, place)
        packed.unlink()
        if any(there.get(each["name"]) != each["bytes"] for each in listed):
            shutil.rmtree(place)
            raise Damaged("files changed since they were indexed", hint="have their folder indexed again")
        replaced(place / NAMES, json.dumps({each["path"]: each["name"] for each in listed}).encode())
        self._sweep(place)

    def _sweep(self, fresh: Path) -> None:
        """Room for the newest, at the cost of those that were not looked at for longest."""
        places = sorted(self._place.glob("*/*"), key=lambda place: place.stat().st_mtime, reverse=True)
        held = 0
        for place in [fresh, *(place for place in places if place != fresh)]:
            held += sum(path.stat().st_size for path in place.iterdir())
            if held > MOST and place != fresh:
                shutil.rmtree(place, ignore_errors=True)


def _unpacked(packed: Any, place: Path) -> dict[str, int]:
    """name -> bytes of what a tar holds, written as plain files of these names and nowhere else."""
    there: dict[str, int] = {}
    with tarfile.open(fileobj=packed, mode="r:") as tar:
        for member in tar:
            content = tar.extractfile(member)
            name = member.name.rpartition("/")[2]
            if content is None or name in ("", ".", "..", NAMES):
                raise Damaged("the service sent what is no file of a scan", hint="labarchive hub check")
            with open(place / name, "wb", opener=_private) as file:
                shutil.copyfileobj(content, file, 1 << 20)
            there[name] = member.size
    return there


def _key(rows: Sequence[Mapping[str, Any]]) -> str:
    """Another one when a file was written again."""
    seen = [(row["path"], row["bytes"], row["mtime_ns"]) for row in rows]
    return hashlib.sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _looked_at(place: Path) -> None:
    os.utime(place)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
