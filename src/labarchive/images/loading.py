"""One volume of a scan as a nibabel image: right place, right numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from labarchive.errors import Ambiguous, Damaged, NotFound
from labarchive.images import whole
from labarchive.images.files import ImageFile
from labarchive.images.filling import voxels
from labarchive.images.grids import Grid
from labarchive.images.parts import Part, volumes

_RGB = np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")])


def load(files: Sequence[ImageFile], part: str | None = None, *, partial: bool = False) -> Any:
    """The only part of a scan, or the one called ``part``, as a nibabel image in scanner space (RAS, mm).

    ``partial`` loads what is there of a damaged part: missing planes are zero. Raises Ambiguous naming the
    parts when there are several, NotFound, and Damaged.
    """
    chosen = _chosen(volumes(files), part)
    if chosen.problem and not partial:
        raise Damaged(chosen.problem, hint="load with partial=True for what is there")
    return image_of(chosen, partial=partial)


def image_of(part: Part, *, partial: bool = False) -> Any:
    """The image of one part. Raises Damaged."""
    if part.grid is None:
        return whole.read(part.files[0])
    return _image(part.grid, voxels(part.grid, partial=partial), part.files[0])


def _chosen(parts: Sequence[Part], name: str | None) -> Part:
    names = ", ".join(repr(part.name) for part in parts)
    if not parts:
        raise NotFound("no image lies in these files", hint="see scan.files for what they are")
    if name is None and len(parts) > 1:
        raise Ambiguous(f"{len(parts)} volumes are here", hint=f"choose a part: {names}")
    for part in parts:
        if name in (None, part.name):
            return part
    raise NotFound(f"no part is called {name!r}", hint=f"choose one of {names}")


def _image(grid: Grid, layers: npt.NDArray[Any], file: ImageFile) -> Any:
    import nibabel as nib

    placed = grid.affine is not None
    array = _as_nifti(layers if placed else layers[:, :, ::-1])
    header = nib.Nifti1Header()
    header.set_data_dtype(array.dtype)
    header.set_data_shape(array.shape)
    header.set_zooms((*grid.zooms, (file.tr or 0) / 1000, 1.0)[: array.ndim])
    header.set_xyzt_units("mm", "sec")
    # Without a place NIfTI's own rule holds (codes 0): the centre at zero, upwards in the picture is up.
    image = nib.Nifti1Image(array, grid.affine if placed else header.get_base_affine(), header)
    image.set_sform(grid.affine, code="scanner" if placed else "unknown", update_affine=False)
    image.set_qform(grid.affine, code="scanner" if placed else "unknown", update_affine=False)
    return image


def _as_nifti(layers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(time, slice, row, column) as (column, row, slice, time) without a copy; 8-bit colours as RGB24."""
    if layers.dtype.kind == "b":
        layers = layers.view(np.uint8)
    if layers.ndim == 5 and layers.dtype != np.uint8:
        return layers.transpose(3, 2, 1, 0, 4)  # NIfTI knows colours of 8 bits only: these stay numbers
    if layers.ndim == 5:
        layers = np.ascontiguousarray(layers).view(_RGB)[..., 0]
    return layers[0].T if len(layers) == 1 else layers.T
