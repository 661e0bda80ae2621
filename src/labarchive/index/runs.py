"""Runs: stretches of explicit elements that were met before, recognised by one comparison each; what makes the lane fast.

Files of a series differ in few lengths. A run is a stretch whose tags, VRs and lengths were once read one by one; where
the same headers stand again, one unpack checks them all and the wanted values lie where they lay. A run that meets
another header is cut there, so runs end before what varies.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

from labarchive.index.fields import READ, UNDEFINED

LONG_VRS = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")
BRIEF_VRS = (
    "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI",
    "UL", "US",
)  # fmt: skip
LAST = 0x0028
"""The last group with columns."""
_LONGEST = 64
"""Elements of a run when it is learned."""
_MOST = 8192
"""Runs that are remembered; then all is forgotten, so that strange files cost no memory."""


def raw(tag: int) -> int:
    """A tag as its four little-endian bytes read as one number."""
    return tag >> 16 | (tag & 0xFFFF) << 16


def code(vr: str) -> int:
    """A VR as its two bytes read as one little-endian number."""
    return ord(vr[0]) | ord(vr[1]) << 8


VRS = {code(vr): True for vr in LONG_VRS} | {code(vr): False for vr in BRIEF_VRS}
"""Whether a VR has a 32-bit length."""
SLOTS = {raw(field.tag): slot for slot, field in enumerate(READ)}
SLOT_VRS = [code(field.vr) for field in READ]
_SQ = code("SQ")
_header = struct.Struct("<IHH").unpack_from
_word = struct.Struct("<I").unpack_from


class Element(NamedTuple):
    """One element's header as a run keeps it: its format, its numbers, and where its value lies."""

    format: str
    numbers: tuple[int, ...]
    slot: int | None
    start: int
    length: int


class Run(NamedTuple):
    """``unpack`` at a position gives ``expect`` when the same headers stand there again."""

    unpack: Callable[[bytes, int], tuple[int, ...]]
    expect: tuple[int, ...]
    takes: tuple[tuple[int, int, int], ...]
    """Slot, begin and end of each wanted value, from the run's first byte."""
    size: int
    elements: tuple[Element, ...]


RUNS: dict[bytes, Run] = {}
"""By the eight bytes they begin with."""


def learn(buffer: bytes, pos: int) -> Run | None:
    """The run that begins at ``pos``; None when the first element is none that a run may hold."""
    elements: list[Element] = []
    begin, end = pos, len(buffer)
    while len(elements) < _LONGEST and pos + 12 <= end:
        found = _element(buffer, pos, pos - begin)
        if found is None or (len(found.numbers) > 1 and not elements):
            break
        elements.append(found)
        pos = begin + found.start + found.length
    return _remember(buffer[begin : begin + 8], tuple(elements)) if elements else None


def shorten(buffer: bytes, pos: int, run: Run, seen: tuple[int, ...]) -> Run | None:
    """The part of a run that stands at ``pos``; remembered in its place."""
    count = place = 0
    for element in run.elements:
        if seen[place : place + len(element.numbers)] != element.numbers:
            break
        place += len(element.numbers)
        count += 1
    return _remember(buffer[pos : pos + 8], run.elements[:count]) if count else None


def _remember(key: bytes, elements: tuple[Element, ...]) -> Run:
    if len(RUNS) >= _MOST:
        RUNS.clear()
    layout = struct.Struct("<" + "".join(element.format for element in elements))
    run = Run(
        unpack=layout.unpack_from,
        expect=tuple(number for element in elements for number in element.numbers),
        takes=tuple(
            (element.slot, element.start, element.start + element.length)
            for element in elements
            if element.slot is not None
        ),
        size=elements[-1].start + elements[-1].length,
        elements=elements,
    )
    RUNS[key] = run
    return run


def _element(buffer: bytes, pos: int, offset: int) -> Element | None:
    """None for what has to be looked at each time, or belongs to later groups."""
    tag, vr, length = _header(buffer, pos)
    slot = SLOTS.get(tag)
    long = VRS.get(vr)
    if long is None or tag & 0xFFFF > LAST or vr == _SQ or (slot is not None and SLOT_VRS[slot] != vr):
        return None
    numbers = struct.unpack_from("<Q", buffer, pos)
    if not long:
        return Element(f"Q{length}x", numbers, slot, offset + 8, length)
    (length,) = _word(buffer, pos + 8)
    if length == UNDEFINED or pos + length > len(buffer):
        return None
    return Element(f"QI{length}x", (*numbers, length), slot, offset + 12, length)
