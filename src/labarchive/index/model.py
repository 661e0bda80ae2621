"""From the bytes of one value to its member of the DICOM JSON model (PS3.18 Annex F); knows VRs, no files."""

import hashlib
import math
import struct
from binascii import b2a_base64
from collections.abc import Callable
from typing import Any

from labarchive.index.charsets import Charset

Element = dict[str, Any]
Convert = Callable[[bytes, Charset], Element]

INLINE = 1024
"""Binary values longer than this are kept as length and SHA-256."""


def filled(vr: str, values: list[Any]) -> Element:
    """An element with these values; null stands for an empty one, and no Value when there is none at all."""
    if not values or (len(values) == 1 and values[0] is None):
        return {"vr": vr}
    return {"vr": vr, "Value": values}


def binary(vr: str, raw: bytes) -> Element:
    """Base64 up to 1 KB, else the length and the digest."""
    if not raw:
        return {"vr": vr}
    if len(raw) > INLINE:
        return {"vr": vr, "length": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    return {"vr": vr, "InlineBinary": b2a_base64(raw, newline=False).decode("ascii")}


def person_name(text: str) -> dict[str, str] | None:
    """PN: the groups Alphabetic, Ideographic and Phonetic that are there; None for an empty name."""
    groups = zip(("Alphabetic", "Ideographic", "Phonetic"), text.split("=", 2), strict=False)
    return {group: name for group, name in groups if name} or None


def decimals(texts: list[str]) -> list[Any]:
    """DS as numbers (whole ones exactly), or all as they stand when one of them is none: NaN, 1e400, '1,5'."""
    try:
        numbers = [_decimal(text) for text in texts]
        whole = all(number is None or math.isfinite(number) for number in numbers)
    except (ValueError, OverflowError):
        return [text or None for text in texts]
    if whole:
        return numbers
    return [text.strip() or None for text in texts]


def _decimal(text: str) -> float | int | None:
    text = text.strip()
    if text.isdigit():
        return int(text)
    return float(text) if text else None


def integers(texts: list[str]) -> list[Any]:
    """IS as numbers, or all as they stand when one of them is none."""
    try:
        return [_integer(text.strip()) for text in texts]
    except (ValueError, OverflowError):
        return [text or None for text in texts]


def _integer(text: str) -> int | None:
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        number = float(text)  # some writers say "1.0"
        if number != int(number):
            raise
        return int(number)


def finite(numbers: tuple[float, ...] | list[float]) -> list[Any]:
    """FL and FD: JSON knows no NaN and no infinity, so these become the strings NaN, inf and -inf."""
    if all(map(math.isfinite, numbers)):
        return list(numbers)
    return [n if math.isfinite(n) else "NaN" if math.isnan(n) else str(n) for n in numbers]


def _ascii(vr: str, strip: bool = False) -> Convert:
    def convert(raw: bytes, _: Charset) -> Element:
        text = raw.decode("latin_1").rstrip(" \0")
        if "\\" in text:
            parts = text.split("\\")
            return {"vr": vr, "Value": [(p.strip() if strip else p) or None for p in parts]}
        if strip:
            text = text.strip()
        return {"vr": vr, "Value": [text]} if text else {"vr": vr}

    return convert


def _words(vr: str) -> Convert:
    def convert(raw: bytes, charset: Charset) -> Element:
        return filled(vr, [part.rstrip("\0 ") or None for part in charset.words(raw).split("\\")])

    return convert


def _prose(vr: str) -> Convert:
    def convert(raw: bytes, charset: Charset) -> Element:
        return filled(vr, [charset.words(raw).rstrip("\0 ") or None])

    return convert


def _uri(raw: bytes, _: Charset) -> Element:
    return filled("UR", [raw.decode("latin_1").rstrip("\0 ") or None])


def _names(raw: bytes, charset: Charset) -> Element:
    return filled("PN", [person_name(part) for part in charset.words(raw.rstrip(b"\0 ")).split("\\")])


def _digits(vr: str, number: Callable[[list[str]], list[Any]]) -> Convert:
    def convert(raw: bytes, charset: Charset) -> Element:
        text = charset.words(raw) if not raw.isascii() else raw.decode("ascii")
        text = text.strip(" \0\t\r\n")
        return filled(vr, number(text.split("\\"))) if text else {"vr": vr}

    return convert


def _packed(vr: str, code: str, special: Callable[..., list[Any]] = list) -> Convert:
    one = struct.Struct("<" + code)
    size = one.size

    def convert(raw: bytes, _: Charset) -> Element:
        count, left = divmod(len(raw), size)
        if left:
            return binary("UN", raw)
        if count == 1:
            return {"vr": vr, "Value": special(one.unpack(raw))}
        return filled(vr, special(struct.unpack(f"<{count}{code}", raw)))

    return convert


def _tags(raw: bytes, _: Charset) -> Element:
    count = len(raw) // 4
    words = struct.unpack_from(f"<{count * 2}H", raw)
    return filled("AT", [f"{words[i]:04X}{words[i + 1]:04X}" for i in range(0, count * 2, 2)])


def _bytes(vr: str) -> Convert:
    def convert(raw: bytes, _: Charset) -> Element:
        return binary(vr, raw)

    return convert


CONVERT: dict[str, Convert] = {
    **{vr: _ascii(vr) for vr in ("AS", "CS", "DA", "DT", "TM", "UI")},
    "AE": _ascii("AE", strip=True),
    **{vr: _words(vr) for vr in ("LO", "SH", "UC")},
    **{vr: _prose(vr) for vr in ("LT", "ST", "UT")},
    "UR": _uri,
    "PN": _names,
    "DS": _digits("DS", decimals),
    "IS": _digits("IS", integers),
    "AT": _tags,
    **{
        vr: _packed(vr, code) for vr, code in zip(("SS", "US", "SL", "UL", "SV", "UV"), "hHlLqQ", strict=True)
    },
    "FL": _packed("FL", "f", finite),
    "FD": _packed("FD", "d", finite),
    **{vr: _bytes(vr) for vr in ("OB", "OD", "OF", "OL", "OV", "OW", "UN")},
}
"""What makes the element of each VR but SQ."""

LONG = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"))
"""VRs with a 32-bit length in explicit encodings (PS3.5 7.1.2)."""
