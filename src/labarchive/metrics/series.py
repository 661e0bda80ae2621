"""Measures over time. ``course``: voxels of the head by volumes; ``series``: three axes and volumes."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

FEW, MANY = 5_000, 20_000
"""Voxels that stand for all where volumes are ranked, and where outliers are counted."""
OUTLYING = 6.0
"""Robust deviations beyond which a slice or a volume is an outlier."""
LOST = 0.03
"""Share by which it must depart too: a phantom's slices hardly vary."""


def tsnr(course: Array) -> float:
    """Median over voxels of mean over deviation."""
    deviation = course.std(axis=1)
    moves = deviation > 0
    return float(np.median(course.mean(axis=1)[moves] / deviation[moves])) if moves.any() else -1.0


def dvars(course: Array) -> Array:
    """Root mean square change from volume to volume, in units in which the median voxel is 1000."""
    change = np.diff(_scaled(course), axis=1)
    return np.asarray(np.sqrt((change * change).mean(axis=0)))


def dvars_expected(course: Array) -> float:
    """What it would be without artifact: from quartiles and lag-1 autocorrelation of each voxel (Nichols)."""
    scaled = _scaled(course)
    low, high = np.percentile(scaled, [25, 75], axis=1, method="lower")
    centred = scaled - scaled.mean(axis=1, keepdims=True)
    power = (centred * centred).sum(axis=1)
    lag = (centred[:, 1:] * centred[:, :-1]).sum(axis=1) / np.where(power > 0, power, 1)
    return float((np.sqrt(2 * (1 - lag)) * (high - low) / 1.349).mean())


def _scaled(course: Array) -> Array:
    middle = float(np.median(course))
    return course.astype(np.float32) * np.float32(1000 / middle if middle else 1)


def gcor(course: Array) -> float:
    """Mean correlation of all pairs of voxels: the squared length of the mean of unit courses."""
    centred = course - course.mean(axis=1, keepdims=True)
    length = np.sqrt((centred * centred).sum(axis=1, keepdims=True))
    moves = length[:, 0] > 0
    if not moves.any():
        return 0.0
    mean = (centred[moves] / length[moves]).mean(axis=0)
    return float(mean @ mean)


def aor(course: Array) -> Array:
    """Share of voxels that are outliers, a volume: beyond alpha sqrt(pi/2) MAD, alpha = Qinv(0.001/n)."""
    from scipy.stats import norm

    course = course[:: max(1, len(course) // MANY)]
    n = course.shape[1]
    limit = float(norm.isf(0.001 / n)) * np.sqrt(np.pi / 2)
    apart = np.abs(course - np.median(course, axis=1, keepdims=True))
    return np.asarray((apart > limit * np.median(apart, axis=1, keepdims=True)).mean(axis=0))


def aqi(course: Array) -> Array:
    """1 less Spearman's correlation of each volume with the median volume, of some thousand voxels."""
    from scipy.stats import rankdata

    some = course[:: max(1, len(course) // FEW)]
    usual = _unit(rankdata(np.median(some, axis=1)))
    return np.array([1 - float(usual @ _unit(rankdata(some[:, n]))) for n in range(some.shape[1])])


def _unit(ranks: Array) -> Array:
    centred = ranks - ranks.mean()
    length = np.sqrt((centred * centred).sum())
    return np.asarray(centred / length if length else centred)


def outliers(series: Array, head: Mask) -> tuple[Array, Array]:
    """Slices that fall out of their own course, as (slice, volume), and volumes that fall out of the whole's."""
    n = head.sum(axis=(0, 1))
    inside = np.flatnonzero(n > 20)
    if not inside.size or series.shape[3] < 5:
        return np.empty((0, 2), int), np.empty(0, int)
    weights = head[:, :, inside].astype(np.float32)
    means = np.einsum("ijkt,ijk->kt", series[:, :, inside].astype(np.float32), weights) / n[inside][:, None]
    usual = np.median(means, axis=1, keepdims=True)
    share = means / np.where(usual > 0, usual, 1)
    whole = np.median(share, axis=0)
    slices = np.argwhere(_out(share / whole - 1, axis=1))
    slices[:, 0] = inside[slices[:, 0]]
    return slices, np.flatnonzero(_out((whole - np.median(whole))[None], axis=1)[0])


def _out(departs: Array, axis: int) -> Array:
    centred = departs - np.median(departs, axis=axis, keepdims=True)
    spread = 1.4826 * np.median(np.abs(centred), axis=axis, keepdims=True) + 1e-9
    return np.asarray((np.abs(centred) / spread > OUTLYING) & (np.abs(centred) > LOST))
