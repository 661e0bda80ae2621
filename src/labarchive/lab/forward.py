"""One request from the browser to the REST app and its answer back, piece by piece, both ways."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

import httpx
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import ensure_async
from tornado import web
from tornado.iostream import StreamClosedError

from labarchive.errors import LabarchiveError, Unreachable
from labarchive.lab.doors import Door
from labarchive.lab.problems import tell

ASKED = (
    "Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "Content-Length", "Idempotency-Key",
    "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "Last-Event-ID", "Prefer", "Range",
)  # fmt: skip
"""What of the browser's headers concerns the archive. Cookies, tokens and addresses stay here."""
ANSWERED = (
    "Accept-Ranges", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Length", "Content-Range",
    "Content-Type", "ETag", "Last-Modified", "Link", "Retry-After", "Vary", "X-Accel-Buffering",
)  # fmt: skip
PIECES = 16
"""Pieces of a body under way; a sender that is quicker than the archive waits."""


@web.stream_request_body
class Forward(APIHandler):
    """``{base_url}labarchive/api/...``: as the person of this server, and with nothing kept in memory."""

    auth_resource = "contents"

    def initialize(self, door: Door) -> None:
        self.door = door
        self.body: asyncio.Queue[bytes | None] = asyncio.Queue(PIECES)
        self.asking: asyncio.Future[httpx.Response] | None = None
        self.came = False
        self.relaying: asyncio.Future[None] | None = None
        if "text/event-stream" in self.request.headers.get("Accept", ""):
            self._track_activity = False  # a page that only listens keeps no server from being culled

    @property
    def content_security_policy(self) -> str:
        return f"{super().content_security_policy}; sandbox"  # a file that is HTML must not run as Lab

    async def prepare(self) -> None:  # type: ignore[override]
        """Who asks is checked before a byte of the body is taken."""
        await super().prepare()
        if self._finished or self.request.method == "OPTIONS":
            return
        if self.current_user is None or not await self._may():
            raise web.HTTPError(403)
        self.asking = asyncio.ensure_future(self._ask())

    async def _may(self) -> bool:
        action = "read" if self.request.method in ("GET", "HEAD") else "write"
        said = self.authorizer.is_authorized(self, self.current_user, action, self.auth_resource)
        return bool(await ensure_async(said))

    async def data_received(self, chunk: bytes) -> None:
        if self.asking is not None:
            await self._given(chunk)

    async def _given(self, piece: bytes | None) -> None:
        """Wait until the piece has a place, or until the archive has answered without wanting it."""
        assert self.asking is not None
        put = asyncio.ensure_future(self.body.put(piece))
        either: set[asyncio.Future[Any]] = {put, self.asking}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        put.cancel()

    async def _pieces(self) -> AsyncIterator[bytes]:
        while (piece := await self.body.get()) is not None:
            yield piece

    # asking ---------------------------------------------------------------------------------------------
    async def _ask(self) -> httpx.Response:
        try:
            return await self._sent()
        except httpx.ConnectError:  # nothing of the request is gone yet
            await self.door.wake()
            return await self._sent()

    async def _sent(self) -> httpx.Response:
        client, headers = self.door.client(), self.request.headers
        request = client.build_request(
            self.request.method or "GET",
            f"{self.door.base}/{self._rest()}",
            headers={name: headers[name] for name in ASKED if name in headers},
            content=self._pieces() if self._has_body() else None,
        )
        return await client.send(request, stream=True)

    def _has_body(self) -> bool:
        headers = self.request.headers
        return "Transfer-Encoding" in headers or int(headers.get("Content-Length") or 0) > 0

    def _rest(self) -> str:
        """Path and query as they came; a path that climbs would leave the archive's prefix."""
        prefix = f"{self.base_url}labarchive/"
        path = str(self.request.path).removeprefix(prefix)
        if any(part in (".", "..") for part in unquote(path).replace("\\", "/").split("/")):
            raise web.HTTPError(404)
        return f"{path}?{self.request.query}" if self.request.query else path

    # answering ------------------------------------------------------------------------------------------
    @web.authenticated
    @authorized
    async def get(self, _: str) -> None:
        """Answer with what the archive answers."""
        assert self.asking is not None
        self.came = True
        await self._given(None)
        self.relaying = asyncio.ensure_future(self._answer())
        try:
            await self.relaying
        except asyncio.CancelledError:  # the browser has gone
            self.detach().close()

    head = post = put = patch = delete = get

    def finish(self, *args: Any, **kwargs: Any) -> "asyncio.Future[None]":
        """A refusal before the request has come in whole: Tornado ends the connection after it, and the answer says
        so, else a proxy asks its next request of a connection that is being ended."""
        if not self.came:
            self.set_header("Connection", "close")
        return super().finish(*args, **kwargs)

    def on_connection_close(self) -> None:
        for each in (self.asking, self.relaying):
            if each is not None:
                each.cancel()

    async def _answer(self) -> None:
        assert self.asking is not None
        try:
            answer = await self.asking
        except httpx.HTTPError as error:
            tell(self, _silent(error))
            return
        except LabarchiveError as error:
            tell(self, error)
            return
        try:
            await self._relay(answer)
        except (httpx.HTTPError, StreamClosedError):
            self.detach().close()  # an answer that is cut must look cut
        finally:
            await answer.aclose()

    async def _relay(self, answer: httpx.Response) -> None:
        self.set_status(answer.status_code)
        self.clear_header("Content-Type")
        for name in ANSWERED:
            if name in answer.headers:
                self.set_header(name, answer.headers[name])
        await self.flush()
        if self.request.method != "HEAD":
            async for piece in answer.aiter_raw():
                self.write(piece)
                await self.flush()

    def compute_etag(self) -> Any:
        """The archive's own stands; none is made from what passes by."""
        return None


def _silent(error: httpx.HTTPError) -> LabarchiveError:
    slow = isinstance(error, httpx.TimeoutException)
    return Unreachable(
        "the archive says nothing" if slow else "the archive does not answer",
        hint="try again; if it lasts: labarchive doctor, or tell whoever keeps this archive",
    )
