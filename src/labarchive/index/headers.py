"""The whole header of one DICOM file as the DICOM JSON model (PS3.18 Annex F), without its pixel data.

The file meta elements (group 0002) stand under their own tags beside the data set's; group lengths and group 7FE0
are left out. Binary values over 1 KB are ``{"vr": "OB", "length": N, "sha256": "..."}``.
"""

import json
import os
import struct
import zlib
from typing import Any

from labarchive.errors import Damaged
from labarchive.index import by_pydicom, elements
from labarchive.index.model import LONG
from labarchive.index.patch import apply, difference

__all__ = ["apply", "difference", "dumps", "read_header", "sop_uid"]

FIRST = 65536
"""Bytes of the first read: nearly every header ends before."""
MOST = 256 << 20
"""A header longer than this is refused: it would not fit beside others in memory."""
_IMPLICIT = "1.2.840.10008.1.2"
_DEFLATED = "1.2.840.10008.1.2.1.99"
_BIG_ENDIAN = "1.2.840.10008.1.2.2"


class _Content:
    """The bytes of an open file, read as far as somebody wanted them."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size
        self.buffer = os.pread(descriptor, FIRST, 0)

    def reach(self, end: int) -> None:
        """Hold at least ``end`` bytes. Raises Damaged when the file is not that long."""
        if end > self.size:
            raise Damaged(
                f"the header is cut short at byte {self.size}", hint="copy the file again from its source"
            )
        if end > MOST:
            raise Damaged(f"a header of more than {MOST >> 20} MB", hint="the file is not a usable image")
        want = min(self.size, max(end, 2 * len(self.buffer)))
        while len(self.buffer) < want:
            more = os.pread(self._descriptor, want - len(self.buffer), len(self.buffer))
            if not more:
                raise Damaged(f"the file became shorter than {self.size} bytes while it was read")
            self.buffer += more


class _Inflated(_Content):
    """A deflated data set, inflated as far as somebody wanted it, so that a bomb costs what the header costs."""

    def __init__(self, content: _Content, start: int) -> None:
        content.reach(content.size)
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._rest = content.buffer[start:]
        self.size = MOST
        self.buffer = b""

    def reach(self, end: int) -> None:
        if end > MOST:
            raise Damaged(
                f"a header that inflates past {MOST >> 20} MB", hint="the file is not a usable image"
            )
        try:
            while len(self.buffer) < end:
                more = self._inflate.decompress(
                    self._rest, max(FIRST, end - len(self.buffer), len(self.buffer))
                )
                self._rest = self._inflate.unconsumed_tail
                if not more:
                    self.size = len(self.buffer)
                    raise Damaged(
                        "the deflated header is cut short", hint="copy the file again from its source"
                    )
                self.buffer += more
        except zlib.error:
            raise Damaged(
                "the deflated header cannot be inflated", hint="copy it again from its source"
            ) from None


def read_header(path: bytes | str) -> dict[str, Any]:
    """The header of the DICOM file at ``path``.

    Raises Damaged for what is not a whole header, and OSError for what cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)
        return _header(_Content(descriptor))
    finally:
        os.close(descriptor)


def _header(content: _Content) -> dict[str, Any]:
    start = 132 if content.buffer[128:132] == b"DICM" else 0
    if not start and content.buffer[:4] not in (
        b"\x02\0\0\0",
        b"\x02\0\x01\0",
        b"\x08\0\0\0",
        b"\x08\0\x01\0",
    ):
        return _strange(content)
    meta = elements.top(start, False)
    _read_meta(content, meta)
    syntax = meta.out.get("00020010", {}).get("Value", ("",))[0]
    if syntax == _BIG_ENDIAN:
        return _whole(content)
    if syntax == _DEFLATED:
        content = _Inflated(content, meta.pos)
        meta.pos = 0
        content.reach(8)
    _ends(content, meta.pos)  # the first element is there, if there is one
    level = elements.top(meta.pos, elements.looks_implicit(content.buffer, meta.pos))
    _read_all(content, level)
    return meta.out | level.out


def _strange(content: _Content) -> dict[str, Any]:
    """No preamble and no usual first element: only what begins as a data set goes to pydicom."""
    group = int.from_bytes(content.buffer[:2], "little")
    if len(content.buffer) < 8 or group not in (0, 2, 4, 8, 0x0800):
        raise Damaged("this is not DICOM", hint="neither a preamble nor a first element is there")
    return _whole(content)


def _whole(content: _Content) -> dict[str, Any]:
    content.reach(content.size)
    return by_pydicom.header(content.buffer)


def _read_meta(content: _Content, meta: elements.Level) -> None:
    """Group 0002, always explicit little endian; ``meta.pos`` ends behind it."""
    while True:
        end = meta.pos
        while content.buffer[end : end + 2] == b"\x02\0":
            length, long = _explicit_length(content.buffer, end)
            end += (12 if long else 8) + length
            if end + 2 > len(content.buffer):
                break
        if end + 2 <= len(content.buffer) or end == content.size:
            break
        content.reach(end + 2)
    meta.end = end
    try:
        elements.read(content.buffer, meta)
    except elements.Short:
        raise Damaged("the file meta information is garbled", hint="copy the file again") from None


def _explicit_length(buffer: bytes, pos: int) -> tuple[int, bool]:
    vr = buffer[pos + 4 : pos + 6].decode("latin_1")
    try:
        if not (b"AA" <= buffer[pos + 4 : pos + 6] <= b"ZZ"):  # implicit VR, which file meta must not have
            return int(struct.unpack_from("<I", buffer, pos + 4)[0]), False
        if vr in LONG:
            return int(struct.unpack_from("<I", buffer, pos + 8)[0]), True
        return int(struct.unpack_from("<H", buffer, pos + 6)[0]), False
    except struct.error:
        raise Damaged("the file meta information is cut short", hint="copy the file again") from None


def _read_all(content: _Content, level: elements.Level) -> None:
    """The data set, with more of the file read whenever an element reaches past what is there."""
    while True:
        try:
            elements.read(content.buffer, level)
            return
        except elements.Short as short:
            if _ends(content, level.pos):
                elements.settle(level)
                return
            content.reach(max(short.end, level.pos + 8))


def _ends(content: _Content, pos: int) -> bool:
    """Fewer than the eight bytes of an element are left."""
    try:
        content.reach(pos + 8)
    except Damaged:
        return pos + 8 > content.size >= pos
    return False


def dumps(header: dict[str, Any]) -> str:
    """Compact JSON with sorted names: equal headers give equal text."""
    return json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sop_uid(header: dict[str, Any]) -> str:
    """SOPInstanceUID (0008,0018), else the file meta's, else nothing."""
    for tag in ("00080018", "00020003"):
        value = header.get(tag, {}).get("Value")
        if value and value[0]:
            return str(value[0])
    return ""
