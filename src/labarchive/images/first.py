"""The volume that stands for a scan in small pictures: of several parts the largest, of several times the first."""

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from labarchive.errors import Damaged, NotFound
from labarchive.images import packed
from labarchive.images.files import ImageFile
from labarchive.images.loading import image_of
from labarchive.images.montage import Volume, grey, volume, window
from labarchive.images.parts import Part, volumes

Array = npt.NDArray[Any]


def first_volume(files: Sequence[ImageFile], modality: str = "") -> Volume:
    """What is there of it, damaged or not. Raises NotFound where nothing is an image, Damaged where nothing can be read."""
    parts = volumes(files)
    if not parts:
        raise NotFound("no image lies in these files", hint="see scan.files for what they are")
    part = max(parts, key=lambda each: (bool(each.shape), not each.problem, math.prod(each.shape[:3])))
    if part.grid is not None:
        part = replace(part, grid=replace(part.grid, layers=part.grid.layers[:1]))
        image = image_of(part, partial=True)
        return _of(grey(np.asanyarray(image.dataobj)), image.affine, (1.0, 0.0), modality)
    return _whole(part, modality)


def _whole(part: Part, modality: str) -> Volume:
    """Of one file that nibabel knows; numbers stay as they are stored, and the window follows them."""
    file = part.files[0]
    if file.form == "nifti" and os.fsdecode(file.path).endswith(".gz"):
        voxels, affine, scale = packed.first_volume(os.fsdecode(file.path))
        return _of(grey(voxels), affine, scale, modality)
    image = image_of(part)
    proxy = image.dataobj
    try:
        if len(image.shape) > 3:
            return _of(
                grey(np.asanyarray(proxy[(..., *(0,) * (len(image.shape) - 3))])),
                image.affine,
                (1.0, 0.0),
                modality,
            )
        slope, intercept = getattr(proxy, "slope", 1.0), getattr(proxy, "inter", 0.0)
        if hasattr(proxy, "get_unscaled") and slope > 0:
            return _of(grey(proxy.get_unscaled()), image.affine, (float(slope), float(intercept)), modality)
        return _of(grey(np.asanyarray(proxy)), image.affine, (1.0, 0.0), modality)
    except (OSError, ValueError, EOFError) as error:
        raise Damaged(
            "the voxels of this file cannot be read", hint="copy it again from its source"
        ) from error


def _of(voxels: Array, affine: Any, scale: tuple[float, float], modality: str) -> Volume:
    """``scale``: from stored numbers to measured ones, for a window that is in these."""
    slope, intercept = scale
    turned = volume(voxels, np.asarray(affine, np.float64), (0.0, 1.0))
    low, high = window(turned.voxels, modality)
    if modality == "CT":
        low, high = (low - intercept) / slope, (high - intercept) / slope
    return replace(turned, window=(low, high))
