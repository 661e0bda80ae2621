"""Many files as one stream of known length that can be begun anywhere: tar and zip, stored; knows no HTTP."""

import struct
import tarfile
import time
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Protocol

from labarchive.errors import LabarchiveError
from labarchive.server.ranged import CHUNK, OpenFile

BLOCK = 512
LARGE = 0xFFFFFFFF
"""From here on zip's 32-bit fields say: look in the 64-bit ones."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a pack: what it is called there, and what the catalogue knows of it."""

    name: str
    size: int
    mtime: int
    path: bytes


Opener = Callable[[Entry], OpenFile]


class Part(Protocol):
    """A stretch of the stream; its length is known before it is made."""

    def read(self, start: int, stop: int) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Made:
    """Bytes that are cheap to make again."""

    make: Callable[[], bytes]

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        yield self.make()[start:stop]


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes. Raises LabarchiveError when it has another size than the catalogue says."""

    entry: Entry
    opener: Opener

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        source = self.opener(self.entry)
        try:
            if source.size != self.entry.size:
                raise LabarchiveError("a file changed since it was indexed", hint="index its folder again")
            yield from source.pieces(start, stop)
        finally:
            source.close()


class Pack:
    """Parts one after another; a ``ranged.Source``."""

    def __init__(self, parts: Iterable[tuple[int, Part]]) -> None:
        listed = [(length, part) for length, part in parts if length]
        self._parts: Sequence[Part] = [part for _, part in listed]
        self._starts = [0, *accumulate(length for length, _ in listed)]

    @property
    def size(self) -> int:
        return self._starts[-1]

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        """Joined to about a megabyte: a thousand small files are not a thousand hops between threads."""
        held: list[bytes] = []
        size = 0
        for piece in self._read(start, stop):
            held.append(piece)
            size += len(piece)
            if size >= CHUNK:
                yield b"".join(held)
                held, size = [], 0
        if held:
            yield b"".join(held)

    def _read(self, start: int, stop: int) -> Iterator[bytes]:
        first = bisect_right(self._starts, start) - 1
        spans = list(pairwise(self._starts[first:]))
        for part, (begin, end) in zip(self._parts[first:], spans, strict=True):
            if begin >= stop:
                return
            yield from part.read(max(0, start - begin), min(end, stop) - begin)

    def close(self) -> None:
        """Files are open only while they are read."""


def tar(entries: Sequence[Entry], opener: Opener) -> Pack:
    """As ``tar`` writes it (ustar; GNU's long names and sizes where they are needed)."""
    return Pack(_tar_parts(entries, opener))


def _tar_parts(entries: Sequence[Entry], opener: Opener) -> Iterator[tuple[int, Part]]:
    for entry in entries:
        plain = len(entry.name.encode()) <= 100 and entry.size < 8 << 30
        yield BLOCK if plain else len(_tar_head(entry)), Made(_Head(entry))
        yield entry.size, Content(entry, opener)
        yield -entry.size % BLOCK, Made(_zeros)
    yield 2 * BLOCK, Made(_zeros)


@dataclass(frozen=True, slots=True)
class _Head:
    entry: Entry

    def __call__(self) -> bytes:
        return _tar_head(self.entry)


def _tar_head(entry: Entry) -> bytes:
    info = tarfile.TarInfo(entry.name)
    info.size, info.mtime, info.mode = entry.size, entry.mtime, 0o640
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


def _zeros() -> bytes:
    return bytes(2 * BLOCK)


def zipped(entries: Sequence[Entry], opener: Opener) -> Pack:
    """As Windows opens it: stored, with 64-bit fields where they are needed (PKWARE APPNOTE 6.3)."""
    return Pack(_Zip(entries, opener).parts())


@dataclass(slots=True)
class _Zip:
    """A file's checksum stands before it, so each is read twice, the second time out of the page cache."""

    entries: Sequence[Entry]
    opener: Opener
    sums: dict[int, int] = field(default_factory=dict)

    def parts(self) -> Iterator[tuple[int, Part]]:
        offset, offsets = 0, []
        for number, entry in enumerate(self.entries):
            offsets.append(offset)
            length = 30 + len(entry.name.encode()) + len(_sizes(entry))
            yield length, Made(lambda number=number: self._local(number))  # type: ignore[misc]
            yield entry.size, Content(entry, self.opener)
            offset += length + entry.size
        lengths = []
        for number, entry in enumerate(self.entries):
            lengths.append(46 + len(entry.name.encode()) + len(_directory_extra(entry, offsets[number])))
            yield lengths[-1], Made(lambda number=number: self._central(number, offsets[number]))  # type: ignore[misc]
        end = _end(len(self.entries), sum(lengths), offset)
        yield len(end), Made(lambda: end)

    def _sum(self, number: int) -> int:
        if number not in self.sums:
            entry, crc = self.entries[number], 0
            for piece in Content(entry, self.opener).read(0, entry.size):
                crc = zlib.crc32(piece, crc)
            self.sums[number] = crc
        return self.sums[number]

    def _local(self, number: int) -> bytes:
        entry = self.entries[number]
        name, extra = entry.name.encode(), _sizes(entry)
        return struct.pack(
            "<4s5H3L2H", b"PK\3\4", _version(extra), 0x800, 0, *_dos(entry.mtime), self._sum(number),
            *_short(entry.size, entry.size, wide=bool(extra)), len(name), len(extra),
        ) + name + extra  # fmt: skip

    def _central(self, number: int, offset: int) -> bytes:
        entry = self.entries[number]
        name, extra = entry.name.encode(), _directory_extra(entry, offset)
        return struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 3 << 8 | _version(extra), _version(extra), 0x800, 0, *_dos(entry.mtime),
            self._sum(number), *_short(entry.size, entry.size, wide=entry.size >= LARGE), len(name), len(extra),
            0, 0, 0, 0o640 << 16, min(offset, LARGE),
        ) + name + extra  # fmt: skip


def _version(extra: bytes) -> int:
    return 45 if extra else 20


def _sizes(entry: Entry) -> bytes:
    return struct.pack("<2H2Q", 1, 16, entry.size, entry.size) if entry.size >= LARGE else b""


def _directory_extra(entry: Entry, offset: int) -> bytes:
    wide = [entry.size] * 2 if entry.size >= LARGE else []
    wide += [offset] if offset >= LARGE else []
    return struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""


def _short(*sizes: int, wide: bool) -> tuple[int, ...]:
    return tuple(LARGE if wide else size for size in sizes)


def _end(n: int, length: int, offset: int) -> bytes:
    wide = b""
    if n >= 0xFFFF or length >= LARGE or offset >= LARGE:
        wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, n, n, length, offset)
        wide += struct.pack("<4sLQL", b"PK\6\7", 0, offset + length, 1)
    counts = (min(n, 0xFFFF),) * 2
    return wide + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, *counts, min(length, LARGE), min(offset, LARGE), 0)


def _dos(mtime: int) -> tuple[int, int]:
    """Time and date as DOS counts them, from 1980 on, in UTC."""
    year, month, day, hour, minute, second = time.gmtime(max(mtime, 315532800))[:6]
    return hour << 11 | minute << 5 | second // 2, min(year - 1980, 127) << 9 | month << 5 | day
