"""Long answers: fast, broken off when their reader may no longer have them, and over when nobody listens."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from labarchive.errors import NotFound
from labarchive.server import ranged
from labarchive.server.ranged import OpenFile, Ranged

SIZE = 4 << 30


class Serving:
    """One large file behind a real server."""

    def __init__(self, path: Path) -> None:
        self.revoked = False
        self.closed = threading.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}/file"
        self._path = path
        app = Starlette(routes=[Route("/file", self.file)])
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self.listening]))

    async def file(self, _: Request) -> Response:
        source = OpenFile.at(self._path)
        return Ranged(_Watched(source, self.closed), etag="x", media_type="a/b", still=self.still)

    async def still(self) -> None:
        if self.revoked:
            raise NotFound("no project 'tau'", hint="ask an owner")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)


class _Watched:
    def __init__(self, source: OpenFile, closed: threading.Event) -> None:
        self._source, self._closed = source, closed
        self.size, self.pieces = source.size, source.pieces

    def close(self) -> None:
        self._source.close()
        self._closed.set()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(SIZE)
    made = Serving(path)
    yield made
    made.stop()


def test_a_stream_is_broken_off_within_a_second_of_its_reader_s_revocation(serving: Serving) -> None:
    with httpx.stream("GET", serving.url, trust_env=False, timeout=30) as answer:
        pieces = answer.iter_raw(1 << 20)
        next(pieces)
        serving.revoked = True
        began = time.monotonic()
        with pytest.raises(httpx.RemoteProtocolError):
            for _ in pieces:
                assert time.monotonic() - began < 5
    assert time.monotonic() - began < 2


def test_a_reader_who_goes_ends_the_reading(serving: Serving) -> None:
    with httpx.stream("GET", serving.url, trust_env=False, timeout=30) as answer:
        next(answer.iter_raw(1 << 20))
    assert serving.closed.wait(5)


def test_a_file_that_shrinks_breaks_the_stream_and_not_the_server(serving: Serving, tmp_path: Path) -> None:
    with httpx.stream("GET", serving.url, trust_env=False, timeout=30) as answer:
        pieces = answer.iter_raw(1 << 20)
        next(pieces)
        with (tmp_path / "large").open("r+b") as file:
            file.truncate(0)
        with pytest.raises(httpx.RemoteProtocolError):
            for _ in pieces:
                pass
    assert httpx.get(serving.url, trust_env=False).status_code == 200


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [
        ("bytes=0-", 5, (0, 5)), ("bytes=1-2", 5, (1, 3)), ("bytes=1-99", 5, (1, 5)), ("bytes=-2", 5, (3, 5)),
        ("bytes=-99", 5, (0, 5)), ("bytes=5-", 5, (0, 0)), ("bytes=-0", 5, (0, 0)), ("bytes=3-2", 5, None),
        ("bytes=0-1,3-4", 5, None), ("lines=0-1", 5, None), ("bytes=-", 5, None), ("bytes=a-b", 5, None), ("", 5, None),
        ("bytes=0-", 0, (0, 0)),
    ],
)  # fmt: skip
def test_a_range_is_read_as_the_rfc_says(text: str, size: int, expected: object) -> None:
    assert ranged.wanted(text, size) == expected
