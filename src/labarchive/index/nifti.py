"""Headers of NIfTI-1, NIfTI-2, Analyze and MGH files from their first bytes, plain or gzipped; never the voxels."""

import math
import struct
import zlib
from typing import Any, NamedTuple

_ANALYZE = 348
_NIFTI2 = 540
_ENOUGH = 1024
"""Bytes of an inflated beginning that hold every header here."""
_MOST = 1 << 31
"""No axis of an image is longer."""
_MGH_BITS = {0: 8, 1: 32, 3: 32, 4: 16, 10: 16}
_MGH_HEADER = 284


class Header(NamedTuple):
    """Shape, voxel sizes in mm (the fourth in ms), and how many bytes the whole file must have."""

    form: str
    dims: tuple[int, ...]
    sizes: tuple[float, ...]
    bits: int
    needs: int
    oriented: bool


class Wrong(Exception):
    """The header cannot be true; the message is the reason."""


def inflated(head: bytes) -> bytes:
    """The beginning of a gzipped file's content. Raises Wrong."""
    try:
        return zlib.decompressobj(31).decompress(head, _ENOUGH)
    except zlib.error:
        raise Wrong("the gzip is damaged") from None


def read(head: bytes, name: bytes) -> Header | None:
    """The header, or None when the bytes are none of these formats. Raises Wrong for an impossible one."""
    if name.endswith((b".mgh", b".mgz", b".mgh.gz")):
        return _mgh(head)
    if len(head) < _ANALYZE:
        return None
    for order in "<>":
        (size,) = struct.unpack_from(order + "i", head)
        if size == _ANALYZE:
            return _nifti1(head, order, name)
        if size == _NIFTI2 and head[4:8] in (b"n+2\0", b"ni2\0") and len(head) >= _NIFTI2:
            return _nifti2(head, order)
    return None


def _nifti1(head: bytes, order: str, name: bytes) -> Header | None:
    magic = head[344:348]
    if magic not in (b"n+1\0", b"ni1\0") and not name.endswith((b".hdr", b".hdr.gz", b".img", b".nii")):
        return None
    dim = struct.unpack_from(order + "8h", head, 40)
    (bits,) = struct.unpack_from(order + "h", head, 72)
    pixdim = struct.unpack_from(order + "8f", head, 76)
    (offset,) = struct.unpack_from(order + "f", head, 108)
    codes = struct.unpack_from(order + "2h", head, 252) if magic.startswith(b"n") else (1, 1)
    form = "nifti" if magic.startswith(b"n") else "analyze"
    start = offset if magic == b"n+1\0" and 0 <= offset < 1 << 40 else 0
    return _header(form, dim, pixdim, bits, int(start), any(codes), head[123])


def _nifti2(head: bytes, order: str) -> Header:
    (bits,) = struct.unpack_from(order + "h", head, 14)
    dim = struct.unpack_from(order + "8q", head, 16)
    pixdim = struct.unpack_from(order + "8d", head, 104)
    (offset,) = struct.unpack_from(order + "q", head, 168)
    codes = struct.unpack_from(order + "2i", head, 344)
    (units,) = struct.unpack_from(order + "i", head, 500)
    start = offset if head[4:8] == b"n+2\0" else 0
    return _header("nifti", dim, pixdim, bits, start, any(codes), units)


def _header(
    form: str,
    dim: tuple[int, ...],
    pixdim: tuple[float, ...],
    bits: int,
    start: int,
    oriented: bool,
    units: int,
) -> Header:
    count = dim[0]
    if not 1 <= count <= 7:
        raise Wrong("its number of dimensions is not 1 to 7")
    dims = dim[1 : count + 1]
    _check(dims, bits)
    lengths = {1: 1000.0, 3: 0.001}.get(units & 7, 1.0)
    times = {16: 1.0, 24: 0.001}.get(units & 0x38, 1000.0)
    sizes = tuple(
        size * (lengths if axis < 3 else times if axis == 3 else 1.0)
        for axis, size in enumerate(pixdim[1 : count + 1])
    )
    return Header(form, dims, sizes, bits, start + -(-math.prod(dims) * bits // 8), oriented)


def _check(dims: tuple[int, ...], bits: int) -> None:
    if any(dim < 0 for dim in dims):
        raise Wrong("a dimension is negative")
    if any(dim == 0 or dim > _MOST for dim in dims):
        raise Wrong("a dimension is 0 or far too long")
    if not 1 <= bits <= 256:
        raise Wrong("its bits per voxel are impossible")


def _mgh(head: bytes) -> Header | None:
    if len(head) < _MGH_HEADER or struct.unpack_from(">i", head) != (1,):
        return None
    *dims, kind = struct.unpack_from(">5i", head, 4)
    good, *sizes = struct.unpack_from(">h3f", head, 28)
    if kind not in _MGH_BITS:
        raise Wrong("its voxel type is not known")
    shape = tuple(dims) if dims[3] > 1 else tuple(dims[:3])
    _check(shape, _MGH_BITS[kind])
    whole = _MGH_HEADER + math.prod(dims) * _MGH_BITS[kind] // 8
    return Header("mgh", shape, tuple(sizes) if good else (1.0, 1.0, 1.0), _MGH_BITS[kind], whole, bool(good))


def columns(header: Header) -> dict[str, Any]:
    """The typed columns that a header gives."""
    dims, sizes = header.dims, header.sizes
    given: dict[str, Any] = {"dims": list(dims), "bits": header.bits, "columns": dims[0]}
    if len(dims) > 1:
        given["rows"] = dims[1]
        given["pixel_spacing"] = [abs(sizes[1]), abs(sizes[0])]
    if len(dims) > 2:
        given["frames"] = min(math.prod(dims[2:]), (1 << 63) - 1)
        given["slice_thickness"] = given["spacing"] = abs(sizes[2])
    if len(dims) > 3 and dims[3] > 1 and len(sizes) > 3 and sizes[3] > 0:
        given["tr"] = sizes[3]
    return given


def doubts(header: Header) -> list[str]:
    """What is odd about a header that can still be used."""
    if all(math.isfinite(size) and size for size in header.sizes[:3]):
        return []
    return ["a voxel size is 0" if header.oriented else "a voxel size is 0 and it has no orientation"]
