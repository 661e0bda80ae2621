"""From planes in space to one regular grid: which plane is which voxel layer, and the affine of it all."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from labarchive.images.files import Vector
from labarchive.images.planes import Plane

Affine = npt.NDArray[np.float64]

_SAME_PLACE = 0.01
"""Slices nearer than this along the normal, in mm, lie at one place."""
_UNEVEN = 0.05
"""A slice may lie off its place by this share of the slice distance (headers are rounded) ..."""
_ROUNDED = 0.02
"""... and by this many mm at least."""


@dataclass(frozen=True, slots=True)
class Grid:
    """``layers[t][k]`` is the plane of time t and slice k; None where it is missing."""

    layers: tuple[tuple[Plane | None, ...], ...]
    affine: Affine | None
    """Voxel (column, row, slice) to mm, RAS; None where the header places nothing."""
    zooms: tuple[float, float, float]
    problem: str = ""
    """Why this is not a whole regular grid; empty when it is."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Columns, rows, slices, and times when there are several."""
        plane = next(plane for layer in self.layers for plane in layer if plane)
        times = (len(self.layers),) if len(self.layers) > 1 else ()
        return (plane.columns, plane.rows, len(self.layers[0]), *times)


def normal(orientation: Vector) -> Vector:
    """The direction in which right-handed slices follow each other."""
    a, b, c, d, e, f = orientation
    return (b * f - c * e, c * d - a * f, a * e - b * d)


def grid_of(planes: Sequence[Plane]) -> Grid:
    """The grid of planes that have one orientation and one pixel spacing."""
    first = planes[0]
    if first.orientation is None or any(plane.position is None for plane in planes):
        return _unplaced(planes)
    places = _places(planes, normal(first.orientation))
    times = max(map(len, places))
    problem = _uneven(places, times)
    places, gaps = _even(places)
    layers = tuple(
        tuple(place[t] if t < len(place) else None for place in places) for t in range(times)
    )  # fmt: skip
    step = _step(places, first)
    return Grid(layers, _affine(first, places[0][0].position, step), _zooms(first, step), gaps or problem)


def _unplaced(planes: Sequence[Plane]) -> Grid:
    ordered = sorted(planes, key=lambda plane: (plane.order, plane.file.path, plane.frame))
    layers = tuple((plane,) for plane in ordered)
    return Grid(layers, None, _zooms(planes[0], None))


def _places(planes: Sequence[Plane], along: Vector) -> list[list[Plane]]:
    """Planes by place along the normal, and at each place by time."""
    distances = sorted(
        ((float(np.dot(plane.position or (), along)), plane) for plane in planes), key=itemgetter(0)
    )
    places: list[list[Plane]] = []
    last = -np.inf
    for distance, plane in distances:
        if distance - last > _SAME_PLACE:
            places.append([])
            last = distance
        places[-1].append(plane)
    for place in places:
        place.sort(key=lambda plane: (plane.order, plane.file.path, plane.frame))
    return places


def _uneven(places: Sequence[Sequence[Plane]], times: int) -> str:
    short = [(k, place) for k, place in enumerate(places) if len(place) < times]
    if not short:
        return ""
    missing = sum(times - len(place) for _, place in short)
    where = f"slice {short[0][0] + 1}" if len(short) == 1 else f"{len(short)} slices"
    return f"{missing} of {times * len(places)} planes are missing: {where} of {len(places)} came fewer than {times} times"


def _even(places: list[list[Plane]]) -> tuple[list[list[Plane]], str]:
    """Places with empty ones put in where a slice is missing, and what is wrong with their distances."""
    points = np.array([place[0].position for place in places], dtype=float)
    if len(points) < 3:
        return places, ""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    wanted = points[0] + np.outer(np.arange(len(points)), (points[-1] - points[0]) / (len(points) - 1))
    common = float(np.sort(steps)[(len(steps) - 1) // 2])
    if np.abs(points - wanted).max() <= max(_ROUNDED, _UNEVEN * common):
        return places, ""
    ratios = steps / common
    if np.abs(ratios - np.rint(ratios)).max() > _UNEVEN or not 0.5 < ratios.min() <= ratios.max() < len(
        places
    ):
        return places, f"the slice distance varies from {steps.min():.2f} to {steps.max():.2f} mm"
    filled: list[list[Plane]] = [places[0]]
    for place, ratio in zip(places[1:], np.rint(ratios).astype(int), strict=True):
        filled += [[]] * (ratio - 1) + [place]
    gap = int(np.argmax(ratios))
    lost = len(filled) - len(places)
    said = "1 slice is" if lost == 1 else f"{lost} slices are"
    return filled, (
        f"{said} missing, the first between {_at(points[gap])} and {_at(points[gap + 1])}, "
        f"where {common:.2f} mm is the distance"
    )


def _at(point: npt.NDArray[np.float64]) -> str:
    return "(" + ", ".join(f"{number:.1f}" for number in point) + ") mm"


def _step(places: Sequence[Sequence[Plane]], first: Plane) -> npt.NDArray[np.float64]:
    """From one slice to the next; not along the normal when a gantry was tilted."""
    ends = (places[0][0].position, places[-1][0].position)
    if len(places) > 1:
        between: npt.NDArray[np.float64] = np.subtract(ends[1] or (), ends[0] or ()) / (len(places) - 1)
        return between
    return np.array(normal(first.orientation or ())) * abs(first.step or 1.0)


def _zooms(plane: Plane, step: npt.NDArray[np.float64] | None) -> tuple[float, float, float]:
    rows, columns = plane.pixel_spacing or (1.0, 1.0)
    thick = float(np.linalg.norm(step)) if step is not None else abs(plane.step or 1.0)
    return abs(columns) or 1.0, abs(rows) or 1.0, thick or 1.0


def _affine(plane: Plane, origin: Vector | None, step: npt.NDArray[np.float64]) -> Affine:
    """PS3.3 C.7.6.2.1.1, then from DICOM's LPS to NIfTI's RAS."""
    directions = np.array(plane.orientation, dtype=float).reshape(2, 3)
    columns, rows, _ = _zooms(plane, step)
    affine = np.eye(4)
    affine[:3, 0] = directions[0] * columns
    affine[:3, 1] = directions[1] * rows
    affine[:3, 2] = step
    affine[:3, 3] = origin
    affine[:2] *= -1
    return affine
