"""One look at a file: opened once, its beginning read and parsed, closed."""

import os
from dataclasses import dataclass

from labarchive.files.read import PREFIX, edges, opened
from labarchive.index import images, lane
from labarchive.index.fields import UNDEFINED
from labarchive.index.sequences import Decline
from labarchive.records import Found

_MOST = 1 << 18
"""Bytes of a header the lane reads at most; longer ones are pydicom's."""
_MORE = 7


@dataclass(frozen=True, slots=True)
class Seen:
    """One file as it was read: ``values`` from the lane, or what else is to be done with it."""

    values: lane.Values | None = None
    pixel: lane.Pixel = (0, -1, UNDEFINED)
    glance: images.Glance = images.NOTHING
    asks: str = ""
    """"guard" for pydicom, "other" for no DICOM, "trailing" for bytes behind the pixel data."""
    problem: str = ""


def read(found: Found) -> Seen:
    """Opens, reads the beginning, parses and closes one file. Never raises for what the file is."""
    if found.problem:
        return Seen(problem=found.problem)
    if not found.size:
        return Seen()
    try:
        descriptor = os.open(found.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as wrong:
        return Seen(problem=f"it cannot be opened: {wrong.strerror}")
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)
        return _parse(descriptor, found)
    except OSError as wrong:
        return Seen(problem=f"it cannot be read: {wrong.strerror}")
    finally:
        os.close(descriptor)


def _parse(descriptor: int, found: Found) -> Seen:
    size = found.size
    head = buffer = os.pread(descriptor, PREFIX, 0)
    while True:
        try:
            values, pixel = lane.parse(buffer, size)
        except lane.NotDicom:
            if lane.looks_bare(head):
                return Seen(asks="guard")
            return Seen(glance=_glance(descriptor, found, head), asks="other")
        except Decline:
            return Seen(asks="guard")
        except lane.Short as short:
            want = max(short.end + PREFIX, len(buffer) * (_MORE + 1))
            more = b"" if want > _MOST else os.pread(descriptor, want - len(buffer), len(buffer))
            if not more:
                return Seen(asks="guard")
            buffer += more
            continue
        end = pixel[1] + pixel[2]
        if pixel[1] > 0 and pixel[2] != UNDEFINED and end + 8 <= size:
            return Seen(values, pixel, asks=_behind(descriptor, buffer, end))
        return Seen(values, pixel)


def _behind(descriptor: int, buffer: bytes, end: int) -> str:
    """Bytes follow the pixel data: padding and signatures may, anything else is worth a word."""
    follows = buffer[end : end + 4] if end + 4 <= len(buffer) else os.pread(descriptor, 4, end)
    return "" if follows in (b"\xfc\xff\xfc\xff", b"\xfa\xff\xfa\xff") else "trailing"


def _glance(descriptor: int, found: Found, head: bytes) -> images.Glance:
    """What the other formats want to see, read while the file is open."""
    if not images.named_like_image(found.path):
        return images.Glance(head, b"", None)
    tail = os.pread(descriptor, 8, found.size - 8) if head.startswith(b"\x1f\x8b") else b""
    return images.Glance(head, tail, edges(descriptor, found.size))


def glanced(found: Found) -> Seen:
    """A file that pydicom did not take for DICOM, looked at again."""
    try:
        with opened(found.path) as descriptor:
            head = os.pread(descriptor, PREFIX, 0)
            return Seen(glance=_glance(descriptor, found, head), asks="other")
    except OSError as wrong:
        return Seen(problem=f"it cannot be read: {wrong.strerror}")
