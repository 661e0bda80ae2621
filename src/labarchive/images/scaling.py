"""From stored numbers to measured ones: slopes and intercepts, exact where they can be."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from labarchive.images.planes import Scale
from labarchive.images.values import number

Array = npt.NDArray[Any]

SLOPE, INTERCEPT, DOSE, PHILIPS = "00281053", "00281052", "3004000E", "2005100E"
IDENTITY: Scale = (1.0, 0.0)
_FITS = (np.int16, np.int32, np.int64)


def scale_of(header: Mapping[str, Any], philips: float | None = None) -> Scale:
    """Slope and intercept of a header, or of one frame's item in it.

    Philips stores a second slope by which its numbers compare between scans ("floating point values",
    Chenevert et al. 2014, doi 10.1016/j.tranon.2014.01.005); like dcm2niix it is used where it is.
    """
    slope = number(header, SLOPE) or number(header, DOSE) or 1.0
    return scale(slope, number(header, INTERCEPT) or 0.0, philips or number(header, PHILIPS))


def scale(slope: float, intercept: float, philips: float | None = None) -> Scale:
    """The numbers' slope and intercept, by Philips' second slope where there is one."""
    return (1.0 / philips, intercept / (slope * philips)) if philips else (slope, intercept)


def scaled(layers: Array, scales: npt.NDArray[np.float64]) -> Array:
    """``layers`` (time, slice, row, column) with ``scales`` (time, slice, 2) applied.

    Integers stay integers while slope and intercept are; everything else is float32, computed in float64.
    """
    slope, intercept = scales[0, 0]
    if (scales == scales[0, 0]).all():
        if (slope, intercept) == IDENTITY:
            return layers
        if float(slope).is_integer() and float(intercept).is_integer() and layers.dtype.kind in "iu":
            return _whole(layers, int(slope), int(intercept))
    result = np.empty(layers.shape, np.float32)
    for place in np.ndindex(*scales.shape[:2]):
        result[place] = layers[place] * scales[(*place, 0)] + scales[(*place, 1)]
    return result


def _whole(layers: Array, slope: int, intercept: int) -> Array:
    ends = [int(layers.min()) * slope + intercept, int(layers.max()) * slope + intercept]
    for kind in _FITS:
        limits = np.iinfo(kind)
        if limits.min <= min(ends) and max(ends) <= limits.max:
            break
    result: Array = layers.astype(kind)  # wraps, and the sum wraps back
    if slope != 1:
        np.multiply(result, kind(slope), out=result)
    np.add(result, np.array(intercept).astype(kind), out=result)
    return result
