"""Bytes of known length over HTTP: whole or from anywhere (RFC 9110, Range), with an ETag and no date.

Starlette's own FileResponse reads 64 KB at a time, answers 200 to ``If-None-Match``, and says when a file was last
written, which for an image is when somebody was scanned.
"""

import os
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import anyio
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from labarchive.errors import LabarchiveError
from labarchive.server.lanes import DISKS

CHUNK = 1 << 20
"""Bytes read at a time: a quarter of the time of 64 KB."""
LOOK = 0.5
"""Seconds after which a caller who is still being answered is asked for again."""
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
_END = object()


class Source(Protocol):
    """Bytes that can be read from anywhere."""

    @property
    def size(self) -> int: ...

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        """Those from ``start`` up to ``stop``, about a megabyte at a time."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that is open, whatever happens to its name."""

    descriptor: int
    size: int

    @classmethod
    def at(cls, path: str | bytes | os.PathLike[str]) -> "OpenFile":
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        return cls(descriptor, os.fstat(descriptor).st_size)

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        while start < stop:
            piece = os.pread(self.descriptor, min(CHUNK, stop - start), start)
            if not piece:
                raise LabarchiveError(
                    "a file became shorter while it was read", hint="index its folder again"
                )
            start += len(piece)
            yield piece

    def close(self) -> None:
        os.close(self.descriptor)


class Ranged(Response):
    """A source as an answer. ``still`` is asked while bytes go out: when it raises, the connection is broken."""

    def __init__(
        self,
        source: Source,
        *,
        etag: str,
        media_type: str,
        still: Callable[[], Awaitable[None]],
        name: str = "",
    ) -> None:
        self._source, self._still = source, still
        self._etag = f'"{etag}"'
        self.background = None
        self._kept = {"ETag": self._etag, "Cache-Control": "private, no-cache", "Accept-Ranges": "bytes"}
        self._typed = {"Content-Type": media_type, "X-Content-Type-Options": "nosniff"}
        if name:
            self._typed["Content-Disposition"] = f'attachment; filename="{name}"'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._answer(scope, receive, send)
        finally:
            self._source.close()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope)
        size = self._source.size
        if self._etag in [
            each.strip().removeprefix("W/") for each in asked.get("if-none-match", "").split(",")
        ]:
            await Response(status_code=304, headers=self._kept)(scope, receive, send)
            return
        part = wanted(asked.get("range", ""), size) if self._same(asked.get("if-range", "")) else None
        if part == (0, 0) and size:
            headers = {**self._kept, "Content-Range": f"bytes */{size}"}
            await Response(status_code=416, headers=headers)(scope, receive, send)
            return
        start, stop = part or (0, size)
        headers = {**self._kept, **self._typed, "Content-Length": str(stop - start)}
        if part:
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        head = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 206 if part else 200, "headers": head})
        if scope["method"] == "HEAD" or start == stop:
            await send({"type": "http.response.body", "body": b""})
            return
        async with anyio.create_task_group() as group:
            group.start_soon(_until_gone, receive, group.cancel_scope)
            await self._send(start, stop, send)
            group.cancel_scope.cancel()

    def _same(self, if_range: str) -> bool:
        return not if_range or if_range == self._etag

    async def _send(self, start: int, stop: int, send: Send) -> None:
        """What cannot be sent to its end is broken off: the length was promised, so the other side notices."""
        pieces, asked, sent = self._source.pieces(start, stop), time.monotonic(), start
        while sent < stop:
            try:
                piece = await DISKS.run(next, pieces, b"")
                if time.monotonic() - asked > LOOK:
                    await self._still()
                    asked = time.monotonic()
            except (LabarchiveError, OSError):
                return
            if not piece:
                return
            sent += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": sent < stop})


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    """Nobody listens any more: stop reading."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def wanted(text: str, size: int) -> tuple[int, int] | None:
    """Start and stop of one range; None for the whole; (0, 0) for one that lies outside.

    >>> wanted("bytes=0-0", 10), wanted("bytes=-3", 10), wanted("bytes=4-", 10), wanted("bytes=10-", 10)
    ((0, 1), (7, 10), (4, 10), (0, 0))
    """
    found = _RANGE.match(text.replace(" ", ""))
    if not found or found[0] == "bytes=-":
        return None  # several ranges, or another unit: RFC 9110 lets a server answer with the whole
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) and size else (0, 0)
    start = int(first)
    stop = min(size, int(last) + 1) if last else size
    if last and int(last) < start:
        return None
    return (start, stop) if start < size else (0, 0)
