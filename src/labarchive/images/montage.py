"""A volume as small pictures: a mosaic of slices in three planes, one slice as a thumbnail, all axial slices as a sprite.

Arrays come and go as nibabel has them, axes to the right, to the front and to the head (RAS, "canonical"). Pictures
are as radiologists look: the patient's right at the left, seen from the feet and from the front; sagittal ones look
to the right. Nothing is interpolated between slices.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from labarchive.images.shrinking import resized

Array = npt.NDArray[Any]
Picture = npt.NDArray[np.uint8]
"""Rows and columns, grey, 0 (black) to 255."""
Window = tuple[float, float]
"""The value that is black, and the one that is white."""

TILE = 160
"""Pixels of a tile's side."""
ACROSS = 6
"""Tiles of a row."""
PLANES = ((2, 12), (1, 6), (0, 6))
"""Axis and number of slices: axial, coronal, sagittal."""
SPRITE_TILE, SPRITE_ACROSS = 128, 16
"""Of the sprite: at most 256 axial slices in one picture."""
BRAIN: Window = (-10.0, 80.0)
"""Hounsfield units of a CT of the head: grey and white matter apart."""
AIR = 0.12
"""Of the bright end: what is darker is taken to be air where the head is looked for."""
ENOUGH = 60_000
"""Voxels that are looked at for the window."""
COARSE = 80
"""Steps along each axis in which the head is looked for."""
SPARE = 0.05
"""Of the head's length at each end that is not worth a tile: skin and the last slice of the neck."""


@dataclass(frozen=True, slots=True)
class Volume:
    """One volume in patient space."""

    voxels: Array
    """x to the right, y to the front, z to the head; numbers as they are measured."""
    zooms: tuple[float, float, float]
    """Millimetres of a voxel along each axis."""
    window: Window

    @property
    def millimetres(self) -> float:
        """The longest side of what is seen: every tile shows as much, so that sizes compare."""
        return max(n * zoom for n, zoom in zip(self.voxels.shape, self.zooms, strict=True)) or 1.0


def volume(voxels: Array, affine: npt.NDArray[np.float64], shown: Window) -> Volume:
    """Of an array and its place in patient space (RAS, mm), turned to the nearest axes without a copy."""
    from nibabel.affines import voxel_sizes
    from nibabel.orientations import apply_orientation, io_orientation

    voxels = np.atleast_3d(voxels)
    turned = io_orientation(affine)
    if np.isnan(turned).any():  # an affine that is none: as the file has it
        turned = np.array([[0, 1], [1, 1], [2, 1]])
    sizes = voxel_sizes(affine)[np.argsort(turned[:, 0])]
    zooms = tuple(float(size) if size > 0 else 1.0 for size in sizes)
    return Volume(apply_orientation(voxels, turned), (zooms[0], zooms[1], zooms[2]), shown)


def grey(voxels: Array) -> Array:
    """Colours as their luma (ITU-R BT.601), complex numbers as their size; axes behind the third gone."""
    if voxels.dtype.names:
        red, green, blue = (voxels[name].astype(np.float32) for name in voxels.dtype.names[:3])
        voxels = 0.299 * red + 0.587 * green + 0.114 * blue
    while voxels.ndim > 3:
        voxels = voxels[..., 0]
    return np.abs(voxels) if voxels.dtype.kind == "c" else voxels


def window(voxels: Array, modality: str = "") -> Window:
    """CT of a head by its Hounsfield units; all else from what is nearly the darkest to what is nearly the brightest."""
    if modality == "CT":
        return BRAIN
    some = _some(voxels)
    if not some.size:
        return (0.0, 1.0)
    low, high = np.percentile(some, (1.0, 99.7 if modality == "PT" else 99.0))
    if modality == "PT":
        low = max(low, 0.0)
    return (float(low), float(high)) if high > low else (float(low), float(low) + 1.0)


def _some(voxels: Array) -> npt.NDArray[np.float32]:
    """So many numbers that percentiles of these are those of all to a few per mille, evenly."""
    step = max(1, round((voxels.size / ENOUGH) ** (1 / 3)))
    some = voxels[step // 2 :: step, step // 2 :: step, step // 2 :: step].astype(np.float32)
    return some[np.isfinite(some)]


def mosaic(given: Volume) -> Picture:
    """Four rows of six tiles: axial from the feet up (two rows), coronal from the back, sagittal from the left."""
    rows = sum(n for _, n in PLANES) // ACROSS
    picture = np.zeros((rows * TILE, ACROSS * TILE), np.uint8)
    at, ends = 0, extents(given)
    for axis, n in PLANES:
        for shown, index in enumerate(chosen(ends[axis], n)):
            _put(picture, at + shown, ACROSS, tile(given, axis, index, TILE))
        at += n
    return picture


def thumbnail(given: Volume) -> Picture:
    """The axial slice at 55 % of the head's height: in a brain it shows the ventricles."""
    first, last = extents(given)[2]
    return tile(given, 2, first + round((last - first) * 0.55), TILE)


def sprite(given: Volume) -> tuple[Picture, int]:
    """Axial slices from the feet up, 16 in a row, and how many: all of them, or 256 evenly chosen."""
    n = given.voxels.shape[2]
    slices = np.unique(np.linspace(0, n - 1, min(n, SPRITE_ACROSS**2)).round().astype(int))
    rows = -(-len(slices) // SPRITE_ACROSS)
    picture = np.zeros((rows * SPRITE_TILE, SPRITE_ACROSS * SPRITE_TILE), np.uint8)
    for shown, index in enumerate(slices):
        _put(picture, shown, SPRITE_ACROSS, tile(given, 2, int(index), SPRITE_TILE))
    return picture, len(slices)


def chosen(ends: tuple[int, int], n: int) -> list[int]:
    """At most ``n`` slices between a first and a last one, evenly; each once."""
    first, last = ends
    spare = (last - first) * SPARE
    places = np.linspace(first + spare, last - spare, min(n, last - first + 1)).round().astype(int)
    return list(dict.fromkeys(map(int, places)))


def extents(given: Volume) -> list[tuple[int, int]]:
    """The first and the last slice along each axis in which there is more than air; all where nothing stands out."""
    voxels, (low, high) = given.voxels, given.window
    steps = [-(-n // COARSE) for n in voxels.shape]
    seen = voxels[tuple(slice(step // 2, None, step) for step in steps)] > low + AIR * (high - low)
    found = []
    for axis, (n, step) in enumerate(zip(voxels.shape, steps, strict=True)):
        amount = seen.sum(axis=tuple(at for at in range(3) if at != axis))
        there = np.flatnonzero(amount > 0.25 * amount.max()) if amount.size else amount
        ends = (int(there[0]), int(there[-1])) if there.size else (0, n)
        found.append((ends[0] * step, min(n - 1, ends[1] * step + step - 1)))
    return found


def tile(given: Volume, axis: int, index: int, side: int) -> Picture:
    """One slice in the middle of a square, to scale."""
    across, up = [at for at in range(3) if at != axis]
    plane = np.moveaxis(given.voxels, axis, 0)[index]  # across, up
    plane = (plane if axis == 0 else plane[::-1])[:, ::-1].T  # the right at the left, what is up at the top
    millimetres = given.millimetres
    size = [
        max(1, round(side * given.voxels.shape[at] * given.zooms[at] / millimetres)) for at in (up, across)
    ]
    small = resized(grey_levels(plane, given.window), size[0], size[1])
    picture = np.zeros((side, side), np.uint8)
    top, left = (side - size[0]) // 2, (side - size[1]) // 2
    picture[top : top + size[0], left : left + size[1]] = small
    return picture


def grey_levels(plane: Array, shown: Window) -> Picture:
    """0 to 255 of a window; what is no number is black."""
    low, high = shown
    scaled = (plane.astype(np.float32) - low) * np.float32(255.0 / (high - low))
    np.clip(scaled, 0, 255, out=scaled)
    if plane.dtype.kind not in "iub":
        np.nan_to_num(scaled, copy=False)
    return scaled.astype(np.uint8)


def _put(picture: Picture, at: int, across: int, small: Picture) -> None:
    side = small.shape[0]
    row, column = divmod(at, across)
    picture[row * side : (row + 1) * side, column * side : (column + 1) * side] = small
