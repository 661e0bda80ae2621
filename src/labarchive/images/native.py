"""Uncompressed pixels straight from the disk into their place: one open, one read, no parser of whole headers."""

import os
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from labarchive.errors import NotFound
from labarchive.images.files import NATIVE, ImageFile
from labarchive.images.planes import Scale
from labarchive.images.scaling import scale_of
from labarchive.images.values import Header, value
from labarchive.index import elements

Array = npt.NDArray[Any]

_IMPLICIT = "1.2.840.10008.1.2"
_PIXEL_DATA = b"\xe0\x7f\x10\x00"
_SAMPLES = {False: b"\x28\x00\x02\x00US\x02\x00\x01\x00", True: b"\x28\x00\x02\x00\x02\x00\x00\x00\x01\x00"}
"""One sample a pixel: where the image pixel module begins."""
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
    start = header.find(_SAMPLES[implicit])
    if start < 0:
        return None
    level = elements.top(start, implicit)
    try:
        elements.read(header, level)
    except (elements.Short, ValueError):
        return None
    # An icon's or a nested item's elements do not lead, element by element, to the pixel data.
    return _described(level.out) if level.pos == at else None


def _described(header: Header) -> Stored | None:
    bits, stored, high = (value(header, tag) for tag in ("00280100", "00280101", "00280102"))
    if bits != 16 or not stored or high is None:
        return None
    return Stored(int(high), int(stored), bool(value(header, "00280103")), scale_of(header))


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
