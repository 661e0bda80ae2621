"""One image plane each: where it lies in the patient, what it shows, and when; from rows alone, opens no file."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from labarchive.images.files import ImageFile, Vector

Scale = tuple[float, float]
"""Slope and intercept."""

_COMPONENTS = {
    "M": "magnitude",
    "P": "phase",
    "R": "real",
    "I": "imaginary",
    "MAGNITUDE": "magnitude",
    "PHASE": "phase",
    "PHASE MAP": "phase",
    "REAL": "real",
    "IMAGINARY": "imaginary",
}
_NOISE = re.compile(r"ECHO_\d+|NONE|MIXED|[MPRI]_[A-Z]+|")
"""Says nothing, or (Philips' M_FFE beside M) nothing more than its neighbour."""


@dataclass(frozen=True, slots=True)
class Plane:
    """One frame of a file. Positions are DICOM's: mm, x to the left, y to the back, z to the head (LPS)."""

    file: ImageFile
    rows: int
    columns: int
    frame: int = 0
    """Of the file's frames, or tiles of its mosaic, in the order in which they are stored."""
    position: Vector | None = None
    orientation: Vector | None = None
    pixel_spacing: Vector | None = None
    step: float | None = None
    """Distance to the next slice as the header has it, for a slice that stands alone."""
    echo: int | None = None
    te: float | None = None
    delay: float | None = None
    """Trigger delay, ms."""
    stack: str = ""
    types: tuple[str, ...] = ()
    order: tuple[float, ...] = ()
    """Sorts planes of one place by time."""
    scale: Scale | None = None
    """When known already; else the file says it."""


def classic(file: ImageFile) -> Plane:
    """The plane of a file that holds one."""
    return Plane(
        file,
        file.rows or 0,
        file.columns or 0,
        position=file.position,
        orientation=file.orientation,
        pixel_spacing=file.pixel_spacing,
        step=file.spacing or file.slice_thickness,
        echo=file.echo,
        te=file.te,
        types=file.types,
        order=moment(file),
    )


def stacked(file: ImageFile) -> list[Plane]:
    """The planes of a multi-frame file without functional groups (ultrasound, NM): one after the other in time."""
    first = classic(file)
    return [replace(first, frame=n, order=(*first.order, n)) for n in range(file.frames or 1)]


def moment(file: ImageFile) -> tuple[float, ...]:
    """Sorts files of one place by time: the scanner's numbers first, the clock only where they are equal."""
    numbers = (file.temporal_position, file.acquisition, file.instance)
    return (*(float(number or 0) for number in numbers), _clock(file.acquisition_time))


def _clock(time: str | None) -> float:
    try:
        return float((time or "0").replace(":", "").strip())
    except ValueError:
        return 0.0


def what(types: Iterable[str]) -> tuple[str, ...]:
    """The values of Image Type that tell parts apart, said in words.

    >>> what(("ORIGINAL", "PRIMARY", "P", "ND", "ECHO_00"))
    ('original', 'primary', 'phase', 'nd')
    """
    words = (word for word in types if not _NOISE.fullmatch(word))
    return tuple(dict.fromkeys(_COMPONENTS.get(word, word.lower().replace("_", " ")) for word in words))
