"""One look at a file: opened once, its beginning read and parsed, closed."""

import os
from typing import NamedTuple

from labarchive.files.read import PREFIX, edges, opened
from labarchive.index import images, lane
from labarchive.index.fields import UNDEFINED
from labarchive.index.sequences import Decline
from labarchive.records import Found

_MOST = 1 << 18
"""Bytes of a header the lane reads at most; longer ones are pydicom's."""
_MORE = 7
_CLOSED = -1


class Seen(NamedTuple):
    """One file as it was read: ``values`` from the lane, or what else is to be done with it."""

    values: lane.Values | None = None
    pixel: lane.Pixel = (0, -1, UNDEFINED)
    glance: images.Glance = images.NOTHING
    asks: str = ""
    """"guard" for pydicom, "other" for no DICOM, "trailing" for bytes behind the pixel data."""
    problem: str = ""


class Begun(NamedTuple):
    """A file that was opened and whose beginning was read; no descriptor where that failed or was of no use."""

    descriptor: int = _CLOSED
    head: bytes = b""
    problem: str = ""


def read(found: Found) -> Seen:
    """Opens, reads the beginning, parses and closes one file. Never raises for what the file is."""
    begun = begin(found)
    try:
        return look(found, begun)
    finally:
        end(begun)


def begin(found: Found) -> Begun:
    """Opens a file and reads its beginning; to be ended. Never raises for what the file is."""
    if found.problem or not found.size:
        return Begun(problem=found.problem or "")
    try:
        descriptor = os.open(found.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as wrong:
        return Begun(problem=f"it cannot be opened: {wrong.strerror}")
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)
        return Begun(descriptor, os.pread(descriptor, PREFIX, 0))
    except OSError as wrong:
        return Begun(descriptor, problem=_unread(wrong))


def end(begun: Begun) -> None:
    """Closes the file, if it was opened."""
    if begun.descriptor != _CLOSED:
        os.close(begun.descriptor)


def look(found: Found, begun: Begun) -> Seen:
    """What is to be known of a begun file, reading on where its beginning does not say it."""
    return _look(found, begun, begun.descriptor)


def at_once(found: Found, begun: Begun) -> Seen | None:
    """The same from the beginning alone; None where it must be read on."""
    try:
        return _look(found, begun, _CLOSED)
    except _ReadOnError:
        return None


class _ReadOnError(Exception):
    """The beginning does not say it."""


def _look(found: Found, begun: Begun, descriptor: int) -> Seen:
    if begun.problem or begun.descriptor == _CLOSED:
        return Seen(problem=begun.problem)
    try:
        return _parse(descriptor, found, begun.head)
    except OSError as wrong:
        return Seen(problem=_unread(wrong))


def _unread(wrong: OSError) -> str:
    return f"it cannot be read: {wrong.strerror}"


def _open(descriptor: int) -> int:
    if descriptor == _CLOSED:
        raise _ReadOnError
    return descriptor


def _at(descriptor: int, size: int, offset: int) -> bytes:
    return os.pread(_open(descriptor), size, offset)


def _parse(descriptor: int, found: Found, head: bytes) -> Seen:
    size, buffer = found.size, head
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
            more = b"" if want > _MOST else _at(descriptor, want - len(buffer), len(buffer))
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
    follows = buffer[end : end + 4] if end + 4 <= len(buffer) else _at(descriptor, 4, end)
    return "" if follows in (b"\xfc\xff\xfc\xff", b"\xfa\xff\xfa\xff") else "trailing"


def _glance(descriptor: int, found: Found, head: bytes) -> images.Glance:
    """What the other formats want to see, read while the file is open."""
    if not images.named_like_image(found.path):
        return images.Glance(head, b"", None)
    tail = _at(descriptor, 8, found.size - 8) if head.startswith(b"\x1f\x8b") else b""
    return images.Glance(head, tail, edges(_open(descriptor), found.size))


def glanced(found: Found) -> Seen:
    """A file that pydicom did not take for DICOM, looked at again."""
    try:
        with opened(found.path) as descriptor:
            head = os.pread(descriptor, PREFIX, 0)
            return Seen(glance=_glance(descriptor, found, head), asks="other")
    except OSError as wrong:
        return Seen(problem=f"it cannot be read: {wrong.strerror}")
