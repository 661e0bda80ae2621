"""Measures of diffusion-weighted series: their table of weightings, and how alike neighbours in q-space are."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

WEIGHTED = 50.0
"""s/mm2 above which a volume is weighted."""


def ndc(series: Array, head: Mask, weights: Array, directions: Array) -> float:
    """Neighbouring correlation (Yeh 2019): mean correlation of each weighted volume with its nearest in q-space.

    ``weights`` in s/mm2, ``directions`` unit vectors, one a volume; opposite ones are the same.
    """
    those = np.flatnonzero(weights > WEIGHTED)
    if those.size < 2:
        return -1.0
    q = directions[those] * np.sqrt(weights[those])[:, None]
    apart = np.minimum(((q[:, None] - q[None]) ** 2).sum(axis=2), ((q[:, None] + q[None]) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    course = series[head][:, those].astype(np.float32)
    course = course - course.mean(axis=0)
    course /= np.sqrt((course * course).sum(axis=0)) + 1e-12
    nearest = apart.argmin(axis=1)
    return float(np.mean([course[:, n] @ course[:, other] for n, other in enumerate(nearest)]))
