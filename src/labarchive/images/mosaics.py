"""Siemens mosaics and UIH virtual frames: one file holds the slices of a volume as tiles of one plane."""

import math
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from labarchive.errors import Damaged, NotFound
from labarchive.images.files import ImageFile, Vector
from labarchive.images.grids import normal
from labarchive.images.planes import Plane, classic
from labarchive.images.values import numbers, values
from labarchive.index.headers import read_header

_CSA = (0x00291010, 0x00291020)
_COUNT = 0x0019100A
_MOVED, _TURNED = 20.0, 0.1
"""A scanner that follows the head (PACE) moves the slices by some mm and turns them; the series stays on the
grid of its first volume."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """How the tiles of a mosaic lie in the patient: ``positions`` one a tile, in the order of the tiles."""

    rows: int
    columns: int
    orientation: Vector | None
    positions: tuple[Vector, ...]


def is_mosaic(file: ImageFile) -> bool:
    """Whether the plane of this file is cut into tiles."""
    return "MOSAIC" in file.types or "VFRAME" in file.types


def planes(files: Sequence[ImageFile]) -> list[Plane]:
    """One plane a tile. Raises Damaged for a mosaic that does not say how many tiles it has."""
    found: list[Plane] = []
    first: tuple[ImageFile, Tiles] | None = None
    for file in sorted(files, key=lambda file: (classic(file).order, file.path)):
        if "VFRAME" in file.types:
            tiles = _of_uih(file)
        elif first and _alike(file, first[0]):
            tiles = first[1]
        else:
            tiles = _of_siemens(file)
            first = (file, tiles)
        whole = replace(classic(file), rows=tiles.rows, columns=tiles.columns, orientation=tiles.orientation)
        found += [replace(whole, frame=n, position=at) for n, at in enumerate(tiles.positions)]
    return found


def _alike(a: ImageFile, b: ImageFile) -> bool:
    if (a.rows, a.columns) != (b.rows, b.columns) or not (a.position and b.position):
        return False
    if not (a.orientation and b.orientation):
        return False
    turned = np.abs(np.subtract(a.orientation, b.orientation)).max()
    return bool(turned < _TURNED and math.dist(a.position, b.position) < _MOVED)


def _of_siemens(file: ImageFile) -> Tiles:
    count, along = _said_by_siemens(file)
    if not count or not (
        file.position and file.orientation and file.pixel_spacing and file.rows and file.columns
    ):
        raise Damaged(f"{file.name} is a mosaic that does not say how many slices it holds and where",
                      hint="export it again without removing private elements")  # fmt: skip
    side = math.ceil(math.sqrt(count))
    rows, columns = file.rows // side, file.columns // side
    right, down = np.array(file.orientation[:3]), np.array(file.orientation[3:])
    # The header places the corner of the whole mosaic as if it were one slice around the same centre.
    corner = (
        np.array(file.position)
        + right * file.pixel_spacing[1] * (file.columns - columns) / 2
        + down * file.pixel_spacing[0] * (file.rows - rows) / 2
    )
    step = np.array(along or normal(file.orientation)) * (file.spacing or file.slice_thickness or 1.0)
    return Tiles(
        rows, columns, file.orientation, tuple(tuple((corner + n * step).tolist()) for n in range(count))
    )


def _said_by_siemens(file: ImageFile) -> tuple[int, Vector | None]:
    """Number of slices and the direction in which they follow each other, from Siemens' private header."""
    with warnings.catch_warnings():  # nibabel calls all its DICOM readers experimental
        warnings.simplefilter("ignore")
        from nibabel.nicom import csareader

    header = _private(file)
    try:
        csa = csareader.get_csa_header(header)
    except csareader.CSAError:
        csa = None
    if csa:
        along = csareader.get_slice_normal(csa)
        count = csareader.get_n_mosaic(csa)
        if count:
            return int(count), None if along is None else tuple(float(part) for part in along)
    count = header.get(_COUNT)
    return (int(count.value) if count is not None else 0), None


def _private(file: ImageFile) -> Any:
    from pydicom import dcmread

    creators = [0x00290010, 0x00290011, 0x00290012, 0x00190010]
    try:
        return dcmread(
            os.fsdecode(file.path),
            force=True,
            specific_tags=[*creators, *_CSA, _COUNT],
            stop_before_pixels=True,
        )
    except FileNotFoundError:
        raise NotFound(f"{file.name} is gone", hint="index its folder again") from None


def _of_uih(file: ImageFile) -> Tiles:
    """UIH lists the position of each tile in (0065,1051)."""
    frames = values(read_header(file.path), "00651051")
    positions = tuple(numbers(frame, "00200032", 3) or () for frame in frames)
    if not positions or not all(positions):
        raise Damaged(f"{file.name} is a mosaic that does not say where its slices lie",
                      hint="export it again without removing private elements")  # fmt: skip
    across = math.ceil(math.sqrt(len(positions)))
    down = math.ceil(len(positions) / across)
    return Tiles((file.rows or 0) // down, (file.columns or 0) // across, file.orientation, positions)
