"""What the catalogue knows of one image file, as far as images need it."""

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

Vector = tuple[float, ...]

NATIVE = frozenset(("1.2.840.10008.1.2", "1.2.840.10008.1.2.1"))
"""Transfer syntaxes whose pixels stand in the file as they are: little endian, implicit and explicit VR."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One file of a scan; the names are the catalogue's, units DICOM's (mm, ms)."""

    path: bytes
    form: str = "dicom"
    bytes: int = 0
    transfer_syntax: str | None = None
    sop_class: str | None = None
    sop_uid: str | None = None
    series_uid: str | None = None
    modality: str | None = None
    manufacturer: str | None = None
    image_type: str | None = None
    """With backslashes, as it stands in the header."""
    instance: int | None = None
    acquisition: int | None = None
    temporal_position: int | None = None
    acquisition_time: str | None = None
    echo: int | None = None
    te: float | None = None
    tr: float | None = None
    b_value: float | None = None
    rows: int | None = None
    columns: int | None = None
    frames: int | None = None
    bits: int | None = None
    position: Vector | None = None
    orientation: Vector | None = None
    pixel_spacing: Vector | None = None
    slice_thickness: float | None = None
    spacing: float | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "ImageFile":
        """A row of the catalogue's ``file`` table; what it lacks is unknown, what images do not need is left.

        >>> ImageFile.from_row({"path": "/nas/1.dcm", "position": [0.0, 0.0, 5.0], "note": "?"}).position
        (0.0, 0.0, 5.0)
        """
        words = {name: row[name] for name in _NAMES if row.get(name) is not None}
        words["path"] = _path(row)
        for name, count in _VECTORS.items():
            words[name] = _vector(words.get(name), count)
        return cls(**words)

    def __hash__(self) -> int:
        return hash(self.path)

    @property
    def types(self) -> tuple[str, ...]:
        """The values of Image Type."""
        return tuple(word.strip().upper() for word in (self.image_type or "").split("\\") if word.strip())

    @property
    def name(self) -> str:
        """What to call it in a message: never its path, which may hold a patient's name."""
        if self.instance is not None:
            return f"instance {self.instance}"
        return f"instance {self.sop_uid}" if self.sop_uid else "the file"


_NAMES = tuple(field.name for field in fields(ImageFile) if field.name != "path")
_VECTORS = {"position": 3, "orientation": 6, "pixel_spacing": 2}


def _vector(numbers: Iterable[Any] | None, count: int) -> Vector | None:
    """So many numbers, not all zero; a header that has others places nothing."""
    found = tuple(float(number) for number in numbers or ())
    whole = len(found) == count and all(map(math.isfinite, found))
    return found if whole and (any(found) or count == 3) else None


def _path(row: Mapping[str, Any]) -> bytes:
    exact = row.get("path_bytes")
    if exact is not None:
        return bytes(exact)
    path = row["path"]
    return path if isinstance(path, bytes) else os.fsencode(path)
