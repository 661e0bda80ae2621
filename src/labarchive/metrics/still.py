"""Measures of one volume. Arrays have three axes, the third through the slices; masks are of the same shape.

Where a formula is MRIQC's, its numbers are its own within 1e-5 (tests/metrics/oracle.json).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

DIETRICH = float(1 / np.sqrt(2 / (4 - np.pi)))
"""sqrt((4 - pi)/2): the deviation of Rayleigh-distributed air is so much of the noise's."""
MAD = 0.6744897501960817
"""Median absolute deviation of a normal distribution with deviation 1."""
ARTIFACT = 10.0
"""Robust deviations beyond which air is an artifact."""
SLICES = 40
"""That are looked at for spikes, at least, where there are as many: a spike is in most of them, or in none that matters."""
LOW = 0.08
"""Share of the lowest spatial frequencies in which the head's own energy lies."""


def efc(voxels: Array) -> float:
    """Entropy focus criterion, of all voxels; whole numbers are counted instead of each being taken to its logarithm."""
    values, counts = _counted(voxels)
    n = float(counts.sum())
    energy = np.sqrt(float((counts * values * values).sum()))
    if energy == 0 or n < 2:
        return 0.0
    shares = values[values > 0] / energy
    most = np.sqrt(n) * np.log(1 / np.sqrt(n))
    return float((counts[values > 0] * shares * np.log(shares)).sum() / most)


def _counted(voxels: Array) -> tuple[Array, Array]:
    flat = voxels.ravel()
    if flat.dtype.kind in "ui" and flat.size and int(flat.min()) >= 0 and int(flat.max()) < 1 << 20:
        counts = np.bincount(flat)
        return np.arange(counts.size, dtype=np.float64), counts
    return flat.astype(np.float64), np.ones(flat.size)


def fber(voxels: Array, head: Mask) -> float:
    """Foreground to background energy ratio; -1 where nothing is outside."""
    if not head.any() or head.all():
        return -1.0
    inside = float(np.median(voxels[head].astype(np.float64) ** 2))
    outside = float(np.median(voxels[~head].astype(np.float64) ** 2))
    return -1.0 if outside < 1e-3 else inside / outside


def snrd(mean: float, air: Array) -> float:
    """Dietrich's signal to noise of a region of this mean against values of air; -1 where they do not vary."""
    if not air.size:
        return -1.0
    spread = mad(air)
    if spread > 1.0:
        return DIETRICH * mean / spread
    deviation = float(air.std())
    return DIETRICH * mean / deviation if deviation > 1e-3 else -1.0


def mad(values: Array) -> float:
    """Median absolute deviation from the median, as a normal deviation."""
    values = values.astype(np.float64)
    return float(np.median(np.abs(values - np.median(values))) / MAD)


def artifacts(voxels: Array, air: Mask) -> Mask:
    """Air that is too bright to be noise, in pieces of more than a voxel (Mortamet 2009, with a fixed threshold)."""
    values = voxels[air]
    some = values[values > 0]
    if some.size < 100:
        return np.zeros(voxels.shape, bool)
    bright = float(np.median(some)) + ARTIFACT * max(mad(some), 1e-6)
    found = air & (voxels > bright)
    return np.asarray(ndimage.binary_opening(found, ndimage.generate_binary_structure(3, 1)))


def qi1(air: Mask, artifact: Mask) -> float:
    """Share of artifact among the air, which is given without it; -1 where there is none."""
    n = int(air.sum())
    return float(artifact.sum() / (n + artifact.sum())) if n else -1.0


def fwhm(voxels: Array, mask: Mask, zooms: Sequence[float]) -> list[float]:
    """Smoothness in mm along each axis; NaN along axes where neighbours do not resemble each other."""
    values = voxels[mask]
    variance = float(values.astype(np.float64).var()) if values.size else 0.0
    found = []
    for axis in range(3):
        both = [
            tuple(part if each == axis else slice(None) for each in range(3))
            for part in (slice(1, None), slice(None, -1))
        ]
        inside = mask[both[0]] & mask[both[1]]
        steps = (voxels[both[0]].astype(np.float32) - voxels[both[1]].astype(np.float32))[inside]
        share = 1 - float(steps.astype(np.float64).var()) / (2 * variance) if variance and steps.size else 0.0
        found.append(
            float(zooms[axis] * np.sqrt(-2 * np.log(2) / np.log(share))) if 0 < share < 1 else float("nan")
        )
    return found


def gsr(voxels: Array, head: Mask, axis: int) -> float:
    """Ghost to signal along one axis: the head's outline half a field of view away, against the rest of the air."""
    shifted = np.roll(head, head.shape[axis] // 2, axis) & ~head
    rest = ~shifted & ~head
    if not (shifted.any() and rest.any() and head.any()):
        return 0.0
    ghost = float(voxels[shifted].mean()) - float(voxels[rest].mean())
    signal = float(np.median(voxels[head]))
    return ghost / signal if signal else 0.0


def spike(voxels: Array) -> float:
    """How far one point of k-space stands out, as log10 of magnitude over its surroundings; the slices' 90th percentile."""
    some = voxels[:, :, :: max(1, voxels.shape[2] // SLICES)].astype(np.float32)
    space = np.abs(np.fft.fftshift(np.fft.rfft2(some, axes=(0, 1)), axes=0))
    return _stands_out(space)


def _stands_out(space: Array) -> float:
    rows, columns, slices = space.shape
    logs = np.log10(space + max(1e-6 * float(space.max()), 1e-12))
    around = ndimage.uniform_filter(logs, size=(7, 7, 0), mode="nearest")
    higher = logs - around
    middle = rows // 2
    r, c = np.ogrid[:rows, :columns]
    low = ((r - middle) / rows) ** 2 + (c / (2 * columns)) ** 2 < (LOW / 2) ** 2
    line = (r == middle) | (c == 0)  # edges of the image meet here
    higher[low | line] = 0
    worst = higher.reshape(-1, slices).max(axis=0)
    return float(np.percentile(worst, 90))


def dropout(voxels: Array, head: Mask) -> int:
    """Slices within the head that are darker than two thirds of the brightest of the three on either side."""
    n = head.sum(axis=(0, 1))
    inside = np.flatnonzero(n > 0.2 * n.max()) if n.max() else np.array([], int)
    if inside.size < 5:
        return 0
    some = range(int(inside[0]), int(inside[-1]) + 1)
    darkest = float(voxels.min())  # Hounsfield units have no zero
    means = np.array([float(voxels[:, :, k][head[:, :, k]].mean()) - darkest if n[k] else 0.0 for k in some])
    # between brighter ones on both sides: a head that fades towards the vertex has none above it
    expected = [
        min(means[max(0, k - 3) : k].max(), means[k + 1 : k + 4].max()) for k in range(1, means.size - 1)
    ]
    return int((means[1:-1] < 2 / 3 * np.array(expected)).sum())


def clipping(voxels: Array, head: Mask) -> float:
    """Share of the head at the volume's highest value, beyond the one voxel that must be."""
    values = voxels[head]
    if not values.size:
        return 0.0
    return float(max(0, int((values == voxels.max()).sum()) - 1) / values.size)


def cut(head: Mask) -> float:
    """Share of the in-plane border that the head touches, in slices where there is much of it."""
    n = head.sum(axis=(0, 1))
    much = head[:, :, n > 0.3 * n.max()] if n.max() else head
    border = [much[0], much[-1], much[:, 0], much[:, -1]]
    all_ = sum(each.size for each in border)
    return float(sum(int(each.sum()) for each in border) / all_) if all_ else 0.0


# with a segmentation ------------------------------------------------------------------------------------
def snr(mean: float, deviation: float, n: float) -> float:
    """Signal to noise within a region of ``n`` voxels."""
    return float(mean / (deviation * np.sqrt(n / (n - 1)))) if deviation and n > 1 else -1.0


def cnr(white: float, grey: float, air: float, of_white: float, of_grey: float) -> float:
    """Contrast to noise, from means of tissue and deviations of air and tissue."""
    noise = float(np.sqrt(air**2 + of_grey**2 + of_white**2))
    return abs(white - grey) / noise if noise else -1.0


def cjv(white: float, grey: float, of_white: float, of_grey: float) -> float:
    """Coefficient of joint variation, from centres and spreads of tissue."""
    apart = abs(white - grey)
    return (of_white + of_grey) / apart if apart else -1.0


def wm2max(voxels: Array, white: float) -> float:
    """White matter's centre over the 99.95th percentile."""
    most = float(np.percentile(voxels, 99.95))
    return white / most if most else -1.0
