"""Whether two images show the same numbers at the same places, however their voxels are ordered."""

import itertools
from typing import Any

import nibabel as nib
import numpy as np


def difference(ours: Any, theirs: Any, *, rtol: float = 1e-6, atol: float = 0.0, apart: float = 1e-3) -> str:
    """What differs, or nothing. Places may differ by 1e-3 mm, numbers by float32's rounding."""
    ours, theirs = nib.as_closest_canonical(ours), nib.as_closest_canonical(theirs)
    if ours.shape != theirs.shape:
        return f"shape {ours.shape} is not {theirs.shape}"
    corners = np.array([(*c, 1) for c in itertools.product(*((0, n - 1) for n in ours.shape[:3]))])
    off = np.abs(corners @ ours.affine.T - corners @ theirs.affine.T).max()
    if off > apart:
        return f"the corners lie {off:.4f} mm apart"
    mine, other = np.asanyarray(ours.dataobj), np.asanyarray(theirs.dataobj)
    if mine.dtype.kind != other.dtype.kind and "V" in (mine.dtype.kind, other.dtype.kind):
        return "one is in colour"
    if mine.dtype.kind == "V":
        wrong = (mine != other).sum()
    else:
        wrong = (~np.isclose(mine.astype(float), other.astype(float), rtol=rtol, atol=atol)).sum()
    return f"{wrong} of {mine.size} voxels differ" if wrong else ""
