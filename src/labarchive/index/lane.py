"""The fast lane: typed columns of a classic little-endian DICOM file from its first bytes, in plain Python.

What is unusual it declines, and pydicom reads it (guarded.py). It raises, and never guesses.
"""

import struct

from labarchive.index.fields import MISSING, NESTING, READ, UNDEFINED
from labarchive.index.runs import LAST, RUNS, SLOT_VRS, SLOTS, VRS, code, learn, shorten
from labarchive.index.sequences import ITEM_BYTES, Decline, nested_closely, skip

Values = list[bytes | None]
Pixel = tuple[int, int, int]


class NotDicom(Exception):
    """No DICM stands behind a preamble."""


class Short(Exception):
    """The bytes end before the header does; ``end`` is where the next element would stand."""

    def __init__(self, end: int) -> None:
        self.end = end


_BLANK: Values = [None] * len(READ)
_TRANSFER_SYNTAX = next(slot for slot, field in enumerate(READ) if field.column == "transfer_syntax")
_SOP_CLASS = next(slot for slot, field in enumerate(READ) if field.column == "sop_class")

_ROWS, _COLUMNS, _BITS, _FRAMES = (
    next(slot for slot, field in enumerate(READ) if field.column == name)
    for name in ("rows", "columns", "bits", "frames")
)

_IMPLICIT = b"1.2.840.10008.1.2"
_EXPLICIT = b"1.2.840.10008.1.2.1"
_OTHER_ORDERS = (
    b"1.2.840.10008.1.2.2",
    b"1.2.840.10008.1.2.1.99",
    b"1.2.840.113619.5.2",
    b"1.2.840.10008.1.2.4.95",
)
ENHANCED = frozenset(
    b"1.2.840.10008.5.1.4.1.1." + tail
    for tail in (b"2.1", b"2.2", b"4.1", b"4.3", b"4.4", b"6.2", b"128.1", b"130")
)
"""Images whose geometry stands in functional groups."""

_header = struct.Struct("<IHH").unpack_from
_pair = struct.Struct("<II").unpack_from
_word = struct.Struct("<I").unpack_from
_SQ = code("SQ")
_BEGINNINGS = frozenset(
    group + element
    for e in range(0x20)
    for groups, element in (((b"\2\0", b"\x08\0"), bytes((e, 0))), ((b"\0\2", b"\0\x08"), bytes((0, e))))
    for group in groups
)
_DEEP = 16 * NESTING
"""Nested sequences of fewer bytes than this cannot be too deep."""


def looks_bare(head: bytes) -> bool:
    """Whether bytes without a preamble begin like file meta information or a data set (groups 2 and 8)."""
    return len(head) >= 8 and head[:4] in _BEGINNINGS


def parse(buffer: bytes, size: int) -> tuple[Values, Pixel]:
    """The raw values of fields.READ (None: absent) and where the pixel data are, of a file of ``size`` bytes.

    Raises NotDicom, Decline, or Short when the header goes on behind ``buffer``.
    """
    if buffer[128:132] != b"DICM":
        raise NotDicom
    values = _BLANK[:]
    pos = 132
    try:
        pos = _meta(buffer, pos, values)
        syntax = values[_TRANSFER_SYNTAX]
        if syntax is None:
            raise Decline("the transfer syntax is missing")
        syntax = syntax.rstrip(b"\0 ")
        if syntax in _OTHER_ORDERS:
            raise Decline("the byte order or compression of the data set")
        implicit = syntax == _IMPLICIT
        pos = (_implicit if implicit else _explicit)(buffer, pos, values, size)
        native = implicit or syntax == _EXPLICIT
        if native and len(buffer) < size and _roomy(values, size - pos):
            return values, (pos, -1, UNDEFINED)
        return values, (pos, *_pixels(buffer, pos, size, implicit))
    except (struct.error, IndexError):
        raise Short(len(buffer)) from None


def _meta(buffer: bytes, pos: int, values: Values) -> int:
    """Group 0002, explicit little endian in every file; where the data set begins."""
    while buffer[pos] == 2 and buffer[pos + 1] == 0:
        tag, vr, length = _header(buffer, pos)
        long = VRS.get(vr)
        if long is None:
            raise Decline("an unknown VR in the file meta")
        pos += 8
        if long:
            (length,) = _word(buffer, pos)
            pos += 4
        slot = SLOTS.get(tag)
        if slot is not None:
            values[slot] = buffer[pos : pos + length]
        pos += length
    return pos


def _explicit(buffer: bytes, pos: int, values: Values, size: int) -> int:
    """Reads groups up to 0028 into ``values``; where the next element stands."""
    known, end = RUNS.get, len(buffer)
    while pos < end:
        run = known(buffer[pos : pos + 8]) or learn(buffer, pos)
        if run is not None and pos + run.size <= end:
            seen = run.unpack(buffer, pos)
            if seen == run.expect:
                for slot, begin, stop in run.takes:
                    values[slot] = buffer[pos + begin : pos + stop]
                pos += run.size
                continue
            if shorten(buffer, pos, run, seen) is not None:
                continue
        after = _one(buffer, pos, values)
        if not after:
            break
        pos = after
    else:
        return _ended(pos, end, size)
    if (values[_SOP_CLASS] or b"").rstrip(b"\0 ") in ENHANCED:
        raise Decline("functional groups")
    return pos


def _one(buffer: bytes, pos: int, values: Values) -> int:
    """Reads one element; where the next one stands, or 0 when it is none of ours."""
    tag, vr, length = _header(buffer, pos)
    long = VRS.get(vr)
    start = pos + 8
    if long:
        (length,) = _word(buffer, start)
        start += 4
        if length == UNDEFINED:
            if tag & 0xFFFF > LAST:
                return 0
            if vr != _SQ:
                raise Decline("a value of undefined length")
            return skip(buffer, start, False)
        if vr == _SQ and length > _DEEP:
            _check_depth(buffer, start, length)
    slot = SLOTS.get(tag)
    if slot is not None:
        if vr != SLOT_VRS[slot]:
            raise Decline("a column with another VR")
        values[slot] = buffer[start : start + length]
    elif tag & 0xFFFF > LAST:
        return 0
    elif long is None:
        raise Decline("an unknown VR")
    after: int = start + length
    return after


def _implicit(buffer: bytes, pos: int, values: Values, size: int) -> int:
    """As _explicit, for implicit VR."""
    if 0x40 < buffer[pos + 4] < 0x5B and 0x40 < buffer[pos + 5] < 0x5B:
        raise Decline("explicit VR under an implicit transfer syntax")
    pair, slots = _pair, SLOTS.get
    end = len(buffer)
    while True:
        if pos >= end:
            return _ended(pos, end, size)
        tag, length = pair(buffer, pos)
        if tag & 0xFFFF > LAST:
            break
        pos += 8
        if length == UNDEFINED:
            pos = skip(buffer, pos, True)
            continue
        slot = slots(tag)
        if slot is not None:
            values[slot] = buffer[pos : pos + length]
        elif length > _DEEP and buffer[pos : pos + 4] == ITEM_BYTES:
            _check_depth(buffer, pos, length)
        pos += length
    if (values[_SOP_CLASS] or b"").rstrip(b"\0 ") in ENHANCED:
        raise Decline("functional groups")
    return pos


def _ended(pos: int, end: int, size: int) -> int:
    """At the buffer's end: fine only when it is the file's too."""
    if pos == end == size:
        return pos
    raise Short(pos)


def _check_depth(buffer: bytes, start: int, length: int) -> None:
    if nested_closely(buffer, start, start + length):
        raise Decline("deep nesting")


def _roomy(values: Values, left: int) -> bool:
    """Whether a file of one native frame holds it behind group 0028: then nobody need look for where it begins,
    which in most vendors' files is far behind the first bytes."""
    rows, columns, bits = values[_ROWS], values[_COLUMNS], values[_BITS]
    if rows is None or columns is None or bits is None or values[_FRAMES] is not None:
        return False
    pixels = int.from_bytes(rows[:2], "little") * int.from_bytes(columns[:2], "little")
    return 0 < pixels * int.from_bytes(bits[:2], "little") <= 8 * (left - 12)


def _pixels(buffer: bytes, pos: int, size: int, implicit: bool) -> tuple[int, int]:
    """Walks on to the pixel data as far as the buffer goes: where they begin and how long they are."""
    end = len(buffer)
    group = 0
    while pos + 12 <= end:
        tag, vr, length = _header(buffer, pos)
        if tag & 0xFFFF < group:
            raise Decline("elements out of order")
        group = tag & 0xFFFF
        if implicit:
            (length,) = _word(buffer, pos + 4)
            start = pos + 8
        else:
            long = VRS.get(vr)
            start = pos + 8
            if long is None:
                raise Decline("an unknown VR")
            if long:
                (length,) = _word(buffer, start)
                start += 4
        if group == 0x7FE0 and tag >> 16 in (0x08, 0x09, 0x10):
            return start, length
        pos = _behind(buffer, start, size, implicit) if length == UNDEFINED else start + length
        if pos < 0:
            return -1, UNDEFINED
    if pos > size:
        raise Short(pos)
    return -1, MISSING if end == size and pos + 8 > size else UNDEFINED


def _behind(buffer: bytes, start: int, size: int, implicit: bool) -> int:
    """Behind a sequence of undefined length; -1 when the buffer ends inside it."""
    try:
        return skip(buffer, start, implicit)
    except (struct.error, IndexError):
        if len(buffer) == size:
            raise Short(size) from None
        return -1
