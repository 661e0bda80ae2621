"""How the head moved through a series: six parameters a volume by least squares, and the framewise displacement."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Array = npt.NDArray[Any]

RADIUS = 50.0
"""mm of the sphere on which rotations are measured (Power 2012)."""
SMOOTH = 1.0
"""Voxels of the Gaussian that both images are seen through: noise has no gradient then."""
TURNS = 3
"""Steps of the estimate at most; it begins at the volume before."""
STEP = np.array([0.3, 0.3, 0.3, 0.005, 0.005, 0.005])
"""Of numerical derivatives: mm and radians."""
NEAR = (2e-3, 4e-5)
"""mm and radians below which another step changes nothing."""
FEW = 20_000
"""Voxels of the head that are compared."""
LARGE = 400_000
"""Voxels beyond which every second one along an axis is enough."""


def realign(series: Array, zooms: Sequence[float]) -> Array:
    """Translations (mm) and rotations (radians, about the centre) of each volume against the first, one row a volume.

    Linearised least squares with the reference's own derivatives, as AFNI's 3dvolreg (Cox, Jesmanowicz, Magn Reson Med
    1999;42:1014-1018).
    """
    steps = tuple(2 if series[..., 0].size > LARGE and n > 48 else 1 for n in series.shape[:3])
    thin = series[tuple(slice(None, None, step) for step in steps)]
    size = np.array(zooms, float) * steps
    reference = _seen(thin[..., 0])
    centre = (np.array(reference.shape) - 1) / 2
    places = np.argwhere(_inside(reference)).T.astype(np.float64)
    places = places[:, :: max(1, places.shape[1] // FEW)]
    still = sampled(reference, np.zeros(6), centre, size, places)
    design = np.column_stack([*_derivatives(reference, centre, size, places), still])
    solve = np.linalg.pinv(design.T @ design) @ design.T
    found = np.zeros((series.shape[3], 6))
    position = np.zeros(6)
    for n in range(1, series.shape[3]):
        volume = _seen(thin[..., n])
        for _ in range(TURNS):
            apart = sampled(volume, position, centre, size, places) - still
            change = -(solve @ apart)[:6]
            position = position + change
            if np.abs(change[:3]).max() < NEAR[0] and np.abs(change[3:]).max() < NEAR[1]:
                break
        found[n] = position
    return found


def displacement(position: Array) -> Array:
    """Framewise displacement in mm: one value fewer than volumes. Translations in mm, rotations in radians."""
    change = np.abs(np.diff(position, axis=0))
    return np.asarray(change[:, :3].sum(axis=1) + RADIUS * change[:, 3:].sum(axis=1))


def _seen(volume: Array) -> Array:
    return np.asarray(ndimage.gaussian_filter(volume.astype(np.float32), SMOOTH))


def _inside(reference: Array) -> Array:
    """Bright voxels, away from the borders over which nothing is known."""
    inside = reference > reference.mean()
    for axis, n in enumerate(reference.shape):
        edge = 2 if n > 8 else 1
        at: list[Any] = [slice(None)] * 3
        for part in (slice(0, edge), slice(n - edge, n)):
            at[axis] = part
            inside[tuple(at)] = False
    return np.asarray(inside if inside.any() else np.ones(reference.shape, bool))


def _derivatives(reference: Array, centre: Array, size: Array, places: Array) -> list[Array]:
    found = []
    for n, step in enumerate(STEP):
        along = np.zeros(6)
        along[n] = step
        ahead, behind = (sampled(reference, sign * along, centre, size, places) for sign in (1, -1))
        found.append((ahead - behind) / (2 * step))
    return found


def sampled(volume: Array, position: Array, centre: Array, size: Array, places: Array) -> Array:
    """The volume as it is seen from a position, at these voxels (three rows); ``size`` of a voxel in mm."""
    turn = np.diag(1 / size) @ _rotation(position[3:]) @ np.diag(size)
    there = turn @ places + (centre - turn @ centre + position[:3] / size)[:, None]
    return np.asarray(ndimage.map_coordinates(volume, there, order=1, mode="nearest"))


def _rotation(angles: Array) -> Array:
    (cx, cy, cz), (sx, sy, sz) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_x @ about_y @ about_z)
