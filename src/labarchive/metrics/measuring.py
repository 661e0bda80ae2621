"""Everything that can be measured of one image, by name; what cannot be measured is left out."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from labarchive.metrics import gradients, head, motion, series, still

Array = npt.NDArray[Any]

SCANNERS = ("MR", "")
"""Modalities that are measured as magnetic resonance: of NIfTI nobody says."""
MOVED = 0.5
"""mm of framewise displacement that count."""
FEW = 5
"""Volumes from which on a series has a course."""
FLAT = 3
"""Voxels along an axis below which there is no volume to be measured."""
PLANS = frozenset({"localizer", "scout"})
"""Kinds that are made to plan others: a few planes, of which nobody asks how good they are."""


def measured(
    image: Any,
    kind: str = "",
    modality: str = "",
    *,
    weights: Array | None = None,
    directions: Array | None = None,
) -> dict[str, float]:
    """Name -> value of a nibabel image (three or four axes, RAS mm), by its kind (BIDS suffix) and DICOM modality.

    ``weights`` (s/mm2) and ``directions`` (unit vectors): one a volume, where the series is diffusion-weighted. Empty for
    what is no volume, or has no numbers.
    """
    voxels = np.asanyarray(image.dataobj)
    if kind in PLANS or voxels.dtype.names or voxels.ndim < 3 or min(voxels.shape[:3]) < FLAT:
        return {}
    voxels = voxels.reshape(*voxels.shape[:3], -1)
    zooms = [float(each) for each in image.header.get_zooms()[:3]]
    many = voxels.shape[3] >= FEW
    first = voxels.mean(axis=3, dtype=np.float32) if many and kind != "dwi" else voxels[..., 0]
    if many and kind == "dwi" and weights is not None and (weights <= gradients.WEIGHTED).any():
        first = voxels[..., int(np.argmin(weights))]
    inside, air = head.masks(first)
    if not inside.any():
        return {}
    found = of_volume(voxels[..., 0] if not many else first, inside, air, zooms, modality)
    if many and kind == "dwi":
        found |= _of_dwi(voxels, inside, weights, directions)
    elif many and modality in SCANNERS:
        found |= of_series(voxels, first, inside, zooms)
    return {name: value for name, value in found.items() if math.isfinite(value)}


def of_volume(
    voxels: Array, inside: Array, air: Array, zooms: list[float], modality: str
) -> dict[str, float]:
    """Of one volume: the masks of head and air are given."""
    found: dict[str, float] = {
        "head": float(inside.sum()) * math.prod(zooms) / 1e6,
        "dropout": still.dropout(voxels, inside),
        "clipping": still.clipping(voxels, inside),
        "cut": still.cut(inside),
    }
    if modality in SCANNERS:
        bright = still.artifacts(voxels, air)
        quiet = air & ~bright
        found |= {
            "efc": still.efc(voxels),
            "fber": still.fber(voxels, inside),
            "snrd": still.snrd(float(voxels[inside].mean()), voxels[quiet]),
            "qi1": still.qi1(quiet, bright),
            "fwhm": float(np.nanmean(still.fwhm(voxels, inside, zooms))),
            "ghost": max(still.gsr(voxels, inside, axis) for axis in (0, 1)),
            "spike": still.spike(voxels),
        }
    elif modality == "CT" and air.any():
        found["hu_air"] = float(np.median(voxels[air]))
    return found


def of_series(voxels: Array, mean: Array, inside: Array, zooms: list[float]) -> dict[str, float]:
    """Over time, of a series that is not weighted, and its mean volume."""
    course = voxels[inside].astype(np.float32)
    moved = motion.displacement(motion.realign(voxels, zooms))
    changes, expected = series.dvars(course), series.dvars_expected(course)
    slices, volumes = series.outliers(voxels, inside)
    return {
        "fd_mean": float(moved.mean()),
        "fd_max": float(moved.max()),
        "fd_share": float((moved > MOVED).mean()),
        "dvars": float(changes.mean()),
        "dvars_std": float((changes / expected).mean()) if expected else -1.0,
        "tsnr": series.tsnr(course),
        "gcor": series.gcor(course),
        "aor": float(series.aor(course).mean()),
        "aqi": float(series.aqi(course).mean()),
        "gsr": still.gsr(mean, inside, 1),
        "slice_outliers": len(slices),
        "volume_outliers": len(volumes),
    }


def _of_dwi(
    voxels: Array, inside: Array, weights: Array | None, directions: Array | None
) -> dict[str, float]:
    if weights is None or len(weights) != voxels.shape[3]:
        return {}
    found = {"directions": float((weights > gradients.WEIGHTED).sum()), "b_max": float(weights.max())}
    if directions is not None:
        found["ndc"] = gradients.ndc(voxels, inside, weights, directions)
    return found


def of_tissue(voxels: Array, labels: Array, names: Mapping[str, int], air: Array) -> dict[str, float]:
    """With a segmentation of the same grid: ``names`` gives the labels of ``white`` and ``grey`` matter.

    Centres are medians, spreads deviations about the mean (for cjv median absolute deviations), as MRIQC takes them.
    """
    white, grey = (voxels[labels == names[name]].astype(np.float64) for name in ("white", "grey"))
    if not white.size or not grey.size:
        return {}
    medians = float(np.median(white)), float(np.median(grey))
    return {
        "cnr": still.cnr(
            *medians, float(voxels[air].std()) if air.any() else 0.0, float(white.std()), float(grey.std())
        ),
        "cjv": still.cjv(*medians, still.mad(white), still.mad(grey)),
        "wm2max": still.wm2max(voxels, medians[0]),
        "snr_wm": still.snr(medians[0], float(white.std()), white.size),
        "snr_gm": still.snr(medians[1], float(grey.std()), grey.size),
    }
