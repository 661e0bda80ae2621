"""Sequences as far as the lane goes: past them, and whether they are nested too deep to go on."""

import struct

from labarchive.index.fields import NESTING, UNDEFINED
from labarchive.index.runs import VRS, code, raw

_pair = struct.Struct("<II").unpack_from
_word = struct.Struct("<I").unpack_from
_ITEM, _ITEM_END, _SEQUENCE_END = raw(0xFFFEE000), raw(0xFFFEE00D), raw(0xFFFEE0DD)
ITEM_BYTES = b"\xfe\xff\x00\xe0"
_SQ = code("SQ")


class Decline(Exception):
    """Not for the fast lane: pydicom reads it."""


def skip(buffer: bytes, pos: int, implicit: bool) -> int:
    """Past a sequence of undefined length; ``pos`` stands behind its header."""
    depth = 1
    while depth:
        if depth > NESTING:
            raise Decline("deep nesting")
        tag, length = _pair(buffer, pos)
        if tag == _ITEM:
            pos += 8 if length == UNDEFINED else 8 + length
        elif tag == _ITEM_END:
            pos += 8
        elif tag == _SEQUENCE_END:
            pos += 8
            depth -= 1
        elif implicit:
            pos += 8
            if length == UNDEFINED:
                depth += 1
            else:
                pos += length
        else:
            pos, deeper = _skip_explicit(buffer, pos, length)
            depth += deeper
    return pos


def _skip_explicit(buffer: bytes, pos: int, second: int) -> tuple[int, int]:
    """Past one explicit element inside a sequence; 1 when it opens another of undefined length."""
    vr = second & 0xFFFF
    long = VRS.get(vr)
    if long is None:
        raise Decline("an unknown VR in a sequence")
    if not long:
        return pos + 8 + (second >> 16), 0
    (length,) = _word(buffer, pos + 8)
    if length != UNDEFINED:
        return pos + 12 + length, 0
    if vr != _SQ:
        raise Decline("a value of undefined length in a sequence")
    return pos + 12, 1


def nested_closely(buffer: bytes, start: int = 0, end: int | None = None) -> bool:
    """Whether a sequence may be nested too deep: a run of items that begin where theirs does. Costs one search."""
    end = len(buffer) if end is None else min(end, len(buffer))
    if buffer.count(ITEM_BYTES, start, end) <= NESTING:
        return False
    closely, before = 0, start
    pos = buffer.find(ITEM_BYTES, start + 8, end)
    while pos >= 0:
        closely += pos - before <= 24
        before = pos
        pos = buffer.find(ITEM_BYTES, pos + 8, end)
    return closely > NESTING // 2
