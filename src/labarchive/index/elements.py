"""From a little-endian data set in memory to the DICOM JSON model, explicit and implicit VR; opens no file.

Where writers break the rules (implicit VR inside explicit sequences, UN with a known VR, unknown VRs) it reads
what pydicom reads; the tests hold the two equal.
"""

import struct
from typing import Any

from labarchive.errors import Damaged
from labarchive.index import charsets
from labarchive.index.charsets import Charset
from labarchive.index.dictionary import UNRESOLVED, private_vr, public_vr
from labarchive.index.model import CONVERT, LONG, Element, binary

NESTING = 64
"""Sequences nested deeper than this are damage or an attack, not a header."""

_UNDEFINED = 0xFFFFFFFF
_ENDLESS = 1 << 62
_ITEM, _ITEM_END, _SEQUENCE_END = 0xE000FFFE, 0xE00DFFFE, 0xE0DDFFFE
_CHARSET = 0x00050008
_PIXEL_DATA = frozenset((0x00107FE0, 0x00097FE0, 0x00087FE0))
_LUT_DESCRIPTORS = frozenset(("00281101", "00281102", "00281103", "00283002"))
_explicit = struct.Struct("<IHH").unpack_from
_implicit = struct.Struct("<II").unpack_from
_length = struct.Struct("<I").unpack_from

# VR bytes as a little-endian number -> VR, has a 32-bit length, converter or None where more must be known.
_CODES = {
    vr.encode()[0] | vr.encode()[1] << 8: (vr, vr in LONG, None if vr in ("UN", "SS") else CONVERT.get(vr))
    for vr in (*CONVERT, "SQ")
}


class Short(Exception):
    """The buffer ends before byte ``end``."""

    def __init__(self, end: int) -> None:
        self.end = end


class _Names(dict[int, str]):
    """A raw little-endian tag -> its eight hexadecimal digits."""

    def __missing__(self, raw: int) -> str:
        name = self[raw] = f"{raw & 0xFFFF:04X}{raw >> 16:04X}"
        return name


_NAMES = _Names()


class Level:
    """One data set being read: the whole file's, or an item's. ``pos`` moves, so that reading can be resumed."""

    __slots__ = ("charset", "depth", "end", "implicit", "later", "out", "pixel", "pos")

    def __init__(self, pos: int, end: int, implicit: bool, charset: Charset, depth: int, pixel: Any) -> None:
        self.pos, self.end, self.implicit = pos, end, implicit
        self.charset, self.depth, self.pixel = charset, depth, pixel
        self.out: dict[str, Element] = {}
        self.later: list[tuple[str, str, bytes]] = []


def top(pos: int, implicit: bool) -> Level:
    """The data set of a file, from its first byte."""
    return Level(pos, _ENDLESS, implicit, charsets.DEFAULT, 0, None)


def looks_implicit(buffer: bytes, pos: int) -> bool:
    """No two capital letters stand where an explicit VR would."""
    vr = buffer[pos + 4 : pos + 6]
    return len(vr) == 2 and not (0x40 < vr[0] < 0x5B and 0x40 < vr[1] < 0x5B)


def read(buffer: bytes, level: Level) -> None:
    """Elements into ``level.out`` until its end, a delimiter or the pixel data.

    Raises Short with ``level.pos`` at the first element not read; call again with a longer buffer.
    """
    try:
        _elements(buffer, level)
    except struct.error:
        raise Short(len(buffer) + 1) from None
    settle(level)


def settle(level: Level) -> None:
    """Give their VR to elements whose VR depends on others; called when the data set has ended."""
    for name, vr, raw in level.later:
        level.out[name] = _settled(level, name, vr, raw)


def _elements(buffer: bytes, level: Level) -> None:
    names, codes, out, size = _NAMES, _CODES, level.out, len(buffer)
    pos, end, implicit, charset = level.pos, level.end, level.implicit, level.charset
    while pos < end:
        level.pos = pos
        convert = vr = None
        if implicit:
            tag, length = _implicit(buffer, pos)
            start = pos + 8
        else:
            tag, code, length = _explicit(buffer, pos)
            start = pos + 8
            known = codes.get(code)
            if known is None:
                vr, length = _unknown(code, buffer, pos, length)
            else:
                vr, long, convert = known
                if long and tag != _ITEM_END:
                    length = _length(buffer, start)[0]
                    start += 4
        if tag == _ITEM_END:
            pos = start
            break
        if tag & 0xFFFF == 0x7FE0 and not level.depth and tag in _PIXEL_DATA:
            break
        stop = start + length
        if convert is not None and length != _UNDEFINED:
            if stop > size:
                raise Short(stop)
            if tag > 0xFFFF:  # element 0000 is the group length
                out[names[tag]] = convert(buffer[start:stop], charset)
                if tag == _CHARSET:
                    charset = level.charset = _charset(out["00080005"])
            pos = stop
        else:
            pos = _harder(buffer, level, tag, vr, start, length)
    level.pos = pos


def _unknown(code: int, buffer: bytes, pos: int, length: int) -> tuple[str | None, int]:
    """An explicit element with no VR of ours: implicit in between (None), or two letters nobody knows."""
    first, second = code & 0xFF, code >> 8
    if b"AA" <= bytes((first, second)) <= b"ZZ":
        return "??", length
    return None, _length(buffer, pos + 4)[0]


def _charset(element: Element) -> Charset:
    return charsets.charset(tuple(term if isinstance(term, str) else "" for term in element.get("Value", ())))


def _harder(buffer: bytes, level: Level, tag: int, vr: str | None, start: int, length: int) -> int:
    """One element that is a sequence, has no VR, may have a better one, or does not say its length."""
    name = _NAMES[tag]
    if length == _UNDEFINED:
        vr = _endless_vr(buffer, tag, vr, start)
        if vr == "SQ":
            return _put_sequence(buffer, level, name, start, _ENDLESS)
        stop = buffer.find(b"\xfe\xff\xdd\xe0", start)
        if stop < 0 or stop + 8 > len(buffer):
            raise Short(len(buffer) + 1)
        _put(level, name, tag, vr, buffer[start:stop])
        return stop + 8
    stop = start + length
    if stop > len(buffer):
        raise Short(stop)
    if tag <= 0xFFFF or (tag & 0xFFFF == 0x7FE0 and not level.depth):
        return stop
    if _resolved(level, tag, vr, length) == "SQ":
        return _put_sequence(buffer, level, name, start, stop)
    _put(level, name, tag, vr, buffer[start:stop])
    return stop


def _endless_vr(buffer: bytes, tag: int, vr: str | None, start: int) -> str | None:
    if vr == "UN":  # PS3.5 6.2.2: an implicit sequence in disguise
        return "SQ"
    if vr is None:
        vr = public_vr(_number(tag))
        if vr is None and _length(buffer, start)[0] == _ITEM:
            return "SQ"
    return vr


def _number(tag: int) -> int:
    return (tag & 0xFFFF) << 16 | tag >> 16


def _resolved(level: Level, tag: int, vr: str | None, length: int) -> str:
    """The VR: the file's own, else by the public or the private dictionary, else UN."""
    if vr is not None and vr != "UN":
        return "UN" if vr == "??" else vr
    if tag & 1:
        return _private(level, tag)
    if vr == "UN" and length >= 0xFFFF:
        return "UN"
    return public_vr(_number(tag)) or "UN"


def _private(level: Level, tag: int) -> str:
    element = tag >> 16
    if 0x10 <= element < 0x100:
        return "LO"
    creator = level.out.get(f"{tag & 0xFFFF:04X}{element >> 8:04X}", {}).get("Value", ())
    if element < 0x100 or len(creator) != 1 or not isinstance(creator[0], str):
        return "UN"
    return private_vr(_number(tag), creator[0]) or "UN"


def _put(level: Level, name: str, tag: int, vr: str | None, raw: bytes) -> None:
    vr = _resolved(level, tag, vr, len(raw))
    if vr in UNRESOLVED:
        level.later.append((name, vr, raw))
        return
    element = CONVERT[vr](raw, level.charset) if vr in CONVERT else binary("UN", raw)
    if vr == "SS" and name in _LUT_DESCRIPTORS:
        _wrap(element)
    level.out[name] = element
    if tag == _CHARSET:
        level.charset = _charset(element)


def _put_sequence(buffer: bytes, level: Level, name: str, start: int, stop: int) -> int:
    items, pos = _sequence(buffer, level, start, stop)
    level.out[name] = {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
    return pos


def _sequence(buffer: bytes, level: Level, pos: int, stop: int) -> tuple[list[dict[str, Element]], int]:
    if level.depth >= NESTING:
        raise Damaged(
            f"sequences are nested deeper than {NESTING} levels", hint="the file is not a usable image"
        )
    pixel = level.out.get("00280103", {}).get("Value", (level.pixel,))[0]
    items: list[dict[str, Element]] = []
    while pos < stop:
        tag, length = _implicit(buffer, pos)
        pos += 8
        if tag == _SEQUENCE_END:
            break
        if tag != _ITEM:
            raise Damaged(f"no sequence item stands at byte {pos - 8}", hint="the header is garbled")
        end = _ENDLESS if length == _UNDEFINED else pos + length
        implicit = level.implicit or looks_implicit(buffer, pos)
        item = Level(pos, end, implicit, level.charset, level.depth + 1, pixel)
        read(buffer, item)
        items.append(item.out)
        pos = item.pos
    return items, pos


def _settled(level: Level, name: str, vr: str, raw: bytes) -> Element:
    """An element whose VR depends on the data set around it (PS3.5 A.1)."""
    if vr == "US or SS":
        pixel = level.out.get("00280103", {}).get("Value", (level.pixel,))[0]
        element = CONVERT["SS" if pixel else "US"](raw, level.charset)
        return _wrap(element) if name in _LUT_DESCRIPTORS else element
    if vr == "US or OW" and level.out.get("00283002", {}).get("Value", (0,))[0] == 1:
        return CONVERT["US"](raw, level.charset)
    return binary("OW", raw)


def _wrap(element: Element) -> Element:
    """The number of LUT entries is unsigned whatever the VR says (PS3.3 C.11.1.1.1)."""
    values = element.get("Value")
    if values and len(values) > 1 and values[0] < 0:
        values[0] += 65536
    return element
