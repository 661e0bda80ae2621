"""The first volume of a NIfTI that is packed by gzip: unpacked to its end and no further, by the fastest unpacker there is."""

import math
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from labarchive.errors import Damaged, NotFound

_HEADER = 544
"""Bytes in which the header of NIfTI-1 (348) and of NIfTI-2 (540) ends."""
_BLOCK = 1 << 20
_HINT = "copy it again from its source"

Place = tuple[npt.NDArray[Any], npt.NDArray[np.float64], tuple[float, float]]
"""Numbers as they are stored, the affine (RAS, mm), and slope and intercept."""


def first_volume(path: str) -> Place:
    """Raises NotFound, Damaged."""
    try:
        with _opened(path) as file:
            return _read(file)
    except Damaged:
        raise
    except FileNotFoundError:
        raise NotFound("the file is gone", hint="index its folder again") from None
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise Damaged("a NIfTI file that cannot be unpacked", hint=_HINT) from error


def _opened(path: str) -> Any:
    """isal where it is installed, four times as fast as gzip."""
    try:
        from isal import igzip
    except ImportError:
        import gzip

        return gzip.open(path)
    return igzip.open(path)  # type: ignore[no-untyped-call]


def _read(file: Any) -> Place:
    import nibabel as nib
    from nibabel.spatialimages import HeaderDataError

    start = file.read(_HEADER)
    kind = (
        nib.Nifti2Header
        if int.from_bytes(start[:4], "little") == 540 or int.from_bytes(start[:4], "big") == 540
        else nib.Nifti1Header
    )
    try:
        header = kind(start[: kind.template_dtype.itemsize])  # extensions behind it are nobody's here
        shape, dtype = header.get_data_shape()[:3], header.get_data_dtype()
        offset = int(header.get_data_offset())
    except HeaderDataError as error:
        raise Damaged("the header of a NIfTI file that cannot be read", hint=_HINT) from error
    wanted = math.prod(shape) * dtype.itemsize
    content = _content(file, start, offset, wanted)
    slope, intercept = header.get_slope_inter()
    voxels = np.frombuffer(content, dtype).reshape(shape, order="F")
    if slope is not None and slope < 0:
        return voxels * slope + (intercept or 0.0), header.get_best_affine(), (1.0, 0.0)
    return voxels, header.get_best_affine(), (float(slope or 1.0), float(intercept or 0.0))


def _content(file: Any, start: bytes, offset: int, wanted: int) -> bytearray:
    """The voxels, read to where they stay."""
    if offset > len(start):  # extensions between
        file.read(offset - len(start))
    first = start[offset : offset + wanted]
    content = bytearray(wanted)
    view, at = memoryview(content), len(first)
    view[:at] = first
    while at < wanted:
        n = file.readinto(view[at : at + _BLOCK])
        if not n:
            raise Damaged("a NIfTI file that is cut short", hint=_HINT)
        at += n
    return content
