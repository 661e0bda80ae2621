"""Listening at the archive's socket, and when to stop."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Iterator

import uvicorn

from labarchive.server.app import make_app
from labarchive.server.peer import PeerProtocol
from labarchive.server.use import Use
from labarchive.settings import Home
from labarchive.wire.place import announce
from labarchive.wire.protocol import write


def bind(place: Home) -> socket.socket:
    """The archive's socket, for this user only. Called by whoever holds the home's lock: an old one is stale."""
    with contextlib.suppress(FileNotFoundError):
        place.socket.unlink()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(str(place.socket))
    finally:
        os.umask(before)
    listening.listen(512)
    announce(place)
    return listening


class _Server(uvicorn.Server):
    """Ends quietly when told to: uvicorn's own would raise the signal again, before the catalogue is closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self.handle_exit, each, None)
        yield


async def serve(use: Use, place: Home, listening: socket.socket, *, idle: float, tell: int = -1) -> None:
    """Answer at the socket until SIGTERM, ``idle`` seconds without use, or a fatal error of the catalogue."""
    settings = uvicorn.Config(
        make_app(use.owner, use), http=PeerProtocol, ws="none", lifespan="off", log_config=None, access_log=False,
        server_header=False, timeout_keep_alive=86400, timeout_graceful_shutdown=60, loop="asyncio",
    )  # fmt: skip
    server = _Server(settings)
    watching = asyncio.create_task(_watch(server, use, place, idle, tell))
    await server.serve(sockets=[listening])
    watching.cancel()


async def _watch(server: uvicorn.Server, use: Use, place: Home, idle: float, tell: int) -> None:
    while not server.started:
        await asyncio.sleep(0.002)
    tell_starter(tell, write({"ready": True}))
    while not server.should_exit:
        await asyncio.sleep(min(1.0, idle / 4))
        if use.fatal or use.idle() > idle or not place.path.exists():
            server.should_exit = True


def tell_starter(descriptor: int, words: bytes) -> None:
    if descriptor >= 0:
        with contextlib.suppress(BrokenPipeError):
            os.write(descriptor, words)
        os.close(descriptor)
