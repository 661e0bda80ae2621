"""Uncompressed pixels straight from the disk into their place: one open, one read, no parser of whole headers."""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from labarchive.errors import NotFound
from labarchive.images.files import NATIVE, ImageFile
from labarchive.images.planes import Scale
from labarchive.images.scaling import scale

Array = npt.NDArray[Any]

_IMPLICIT = "1.2.840.10008.1.2"
_PIXEL_DATA = b"\xe0\x7f\x10\x00"
_SAMPLES = {False: b"\x28\x00\x02\x00US\x02\x00\x01\x00", True: b"\x28\x00\x02\x00\x02\x00\x00\x00\x01\x00"}
"""One sample a pixel: where the image pixel module begins."""
_PHILIPS = {False: b"\x05\x20\x0e\x10FL\x04\x00", True: b"\x05\x20\x0e\x10\x04\x00\x00\x00"}
_DOSE = b"\x04\x30\x0e\x00"
"""Dose Grid Scaling: a dose is left to pydicom."""
_PIXEL_GROUP, _ITEMS = 0x0028, 0xFFFE
_BITS = (0x0100, 0x0101, 0x0102, 0x0103)
_RESCALE = ((0x1053, 1.0), (0x1052, 0.0))
_LONG = frozenset((b"OB", b"OW", b"OF", b"OD", b"OL", b"SQ", b"UC", b"UN", b"UR", b"UT"))
_explicit = struct.Struct("<HH2sH").unpack_from
_length = struct.Struct("<I").unpack_from
_MOST = 64 << 20
"""A header longer than this is not read along with the pixels."""


@dataclass(frozen=True, slots=True)
class Stored:
    """How the numbers of one file are stored, and what they measure."""

    high: int
    stored: int
    signed: bool
    scale: Scale


def is_native(file: ImageFile) -> bool:
    """Whether the pixels may be read as they stand: 16 bits, little endian, one sample."""
    return file.transfer_syntax in NATIVE and 8 < (file.bits or 16) <= 16


def read(file: ImageFile, into: Array) -> Stored | None:
    """Fill ``into`` (C-contiguous, 2 bytes a pixel) with all the file's pixels; None when they must be decoded."""
    try:
        descriptor = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotFound(f"{file.name} is gone", hint="index its folder again") from None
    try:
        size = os.fstat(descriptor).st_size
        head = size - into.nbytes
        if not 132 < head < _MOST:
            return None
        header = bytearray(head)
        if os.preadv(descriptor, [header, into.reshape(-1).view(np.uint8)], 0) != size:  # type: ignore[list-item]
            return None
    finally:
        os.close(descriptor)
    return _stored(bytes(header), into.nbytes, file.transfer_syntax == _IMPLICIT)


def _stored(header: bytes, length: int, implicit: bool) -> Stored | None:
    """What the header says of the pixels that follow it; None when they do not, or not so."""
    at = len(header) - (8 if implicit else 12)
    if header[at : at + 4] != _PIXEL_DATA or struct.unpack_from("<I", header, len(header) - 4)[0] != length:
        return None
    begin = header.find(_SAMPLES[implicit])
    slopes = _philips(header, implicit)
    if begin < 0 or slopes is None or _DOSE in header:
        return None
    return _alike(header, begin, implicit, slopes) or _read(header, begin, implicit, slopes)


_last: tuple[bytes, bool, tuple[float, ...], Stored] = (b"", False, (), Stored(0, 0, False, (1.0, 0.0)))
"""Group 0028 of the file read before, byte for byte, and what it said: within a series it hardly changes."""


def _alike(header: bytes, begin: int, implicit: bool, slopes: tuple[float, ...]) -> Stored | None:
    group, *how, stored = _last
    ends = begin + len(group)
    same = group and [implicit, slopes] == how and header.startswith(group, begin)
    return stored if same and _goes_on(_length(header, ends)[0] & 0xFFFF) else None


def _read(header: bytes, begin: int, implicit: bool, slopes: tuple[float, ...]) -> Stored | None:
    global _last
    found = _pixel_module(header, begin, implicit)
    if found is None:
        return None
    module, ends = found
    stored = _described(module, *slopes)
    if stored is not None:
        _last = (header[begin:ends], implicit, slopes, stored)
    return stored


def _goes_on(group: int) -> bool:
    """Whether what comes after group 0028 belongs to the same data set."""
    return group > _PIXEL_GROUP and group != _ITEMS


def _pixel_module(header: bytes, pos: int, implicit: bool) -> tuple[dict[int, bytes], int] | None:
    """Group 0028 from its first element on, element number -> value, and where it ends; None when it is not the file's.

    An icon's comes after the file's, and an item's that comes before leads to the file's, that is backwards.
    """
    found: dict[int, bytes] = {}
    last = 0
    while 0 <= pos <= len(header) - 8:
        group, element, vr, length = _explicit(header, pos)
        if group != _PIXEL_GROUP:
            return (found, pos) if _goes_on(group) else None
        pos += 8
        if element <= last:
            return None
        if implicit or vr in _LONG:
            start = pos - 4 if implicit else pos
            length = _length(header, start)[0]
            pos = start + 4
        found[element] = header[pos : pos + length]
        last = element
        pos += length
    return None


def _philips(header: bytes, implicit: bool) -> tuple[float, ...] | None:
    """Philips' second slope, if it is there; None when several that differ make a whole parser necessary."""
    mark = _PHILIPS[implicit]
    found = {header[at + 8 : at + 12] for at in _places(header, mark)}
    if len(found) > 1:
        return None
    return tuple(struct.unpack("<f", raw)[0] for raw in found)


def _places(header: bytes, mark: bytes) -> Iterator[int]:
    at = header.find(mark)
    while at >= 0:
        yield at
        at = header.find(mark, at + 1)


def _described(module: dict[int, bytes], philips: float | None = None) -> Stored | None:
    try:
        bits, stored, high, signed = (int.from_bytes(module[tag], "little") for tag in _BITS)
        slope, intercept = (float(module.get(tag, b"").strip(b" \0") or default) for tag, default in _RESCALE)
    except (KeyError, ValueError):
        return None
    if bits != 16 or not stored <= high + 1 <= 16 or not stored:
        return None
    return Stored(high, stored, bool(signed), scale(slope or 1.0, intercept, philips))


def cleaned(pixels: Array, how: Stored) -> Array:
    """The stored bits alone: overlays and rubbish in the spare bits go, in place."""
    spare, below = 16 - how.stored, how.high + 1 - how.stored
    if how.signed:
        signed = pixels.view(np.int16)
        if spare:
            signed <<= 15 - how.high
            signed >>= spare
        return signed
    plain = pixels.view(np.uint16)
    if spare and (below or plain.max(initial=0) >> how.stored):
        plain >>= below
        plain &= (1 << how.stored) - 1
    return plain
