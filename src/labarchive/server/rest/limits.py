"""What one person, one request and one address may take: so that nobody's loop is everybody's wait."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from anyio import Semaphore
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labarchive.server.rest.problems import of_error
from labarchive.server.rest.refusals import TooLarge, TooMany

AT_ONCE = 8
"""Requests of one person that are worked on at a time, of the 40 that the process works on."""
WAITING = 100
"""Requests of one person that may wait behind those; one more is 429."""
LISTENING = 20
"""Event streams and long polls of one person."""
BODY = 4 << 20
"""Bytes of a request's JSON: a thousand sayings are 300 kB."""
NEWCOMERS, BEHIND = 4, 50
"""Tokens not seen before that are asked about at a time for one address, and how many may wait: the hub has other work."""


@dataclass(slots=True)
class _Share:
    running: Semaphore
    there: int = 0


@dataclass(slots=True)
class Shares:
    """Requests under way, by whose they are."""

    at_once: int = AT_ONCE
    most: int = AT_ONCE + WAITING
    _shares: dict[str, _Share] = field(default_factory=dict)

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        """A place among this person's requests, waited for. Raises TooMany."""
        share = self._shares.setdefault(name, _Share(Semaphore(self.at_once)))
        if share.there >= self.most:
            raise TooMany(f"{self.most} requests from you are under way", hint="wait until some are answered")
        share.there += 1
        try:
            async with share.running:
                yield
        finally:
            share.there -= 1
            if not share.there:
                self._shares.pop(name, None)


class Bounded:
    """Bodies are read whole before anybody is called, up to a limit."""

    def __init__(self, app: ASGIApp, most: int = BODY) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        body = await self._read(scope, receive)
        if body is None:
            too_large = TooLarge(f"a request may have {self._most >> 20} MB", hint="send it in parts")
            await of_error(too_large)(scope, receive, send)
            return
        given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def whole() -> Message:
            return given.pop() if given else await receive()

        await self._app(scope, whole, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """None for too much of it."""
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if not said.isdigit() or int(said) > self._most:
            return None
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._most:
                return None
            more = message["type"] == "http.request" and message.get("more_body", False)
        return b"".join(parts)
