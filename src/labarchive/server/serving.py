"""Listening at the archive's socket, and when to stop."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Iterator, Sequence
from typing import Any

import uvicorn

from labarchive.catalogue import Catalogue
from labarchive.errors import Busy
from labarchive.server.doors import Address, Rest, at_socket, at_tcp
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


def bind_tcp(where: Address) -> socket.socket:
    """The TCP socket. Raises Busy for a port that somebody has."""
    try:
        listening = socket.create_server((where.host, where.port), backlog=512)
        # Who is accepted here inherits it. Without it the body waits 40 ms behind the head of each answer, for the
        # other side's delayed acknowledgement: asyncio sees to it only for sockets that say they are TCP's.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        raise Busy(
            f"{where.host}:{where.port} cannot be had ({error.strerror})", hint="give another --listen"
        ) from error


GRACE = 60
"""Seconds for requests under way when the service is told to end."""


class _Server(uvicorn.Server):
    """Ends quietly when told to: uvicorn's own would raise the signal again, before the catalogue is closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self.handle_exit, each, None)
        yield


async def serve(
    use: Use, owner: Catalogue, place: Home, listening: socket.socket, *, idle: float, tell: int = -1,
    tcp: socket.socket | None = None,
) -> None:  # fmt: skip
    """Answer at the socket, and on TCP where that is given, until SIGTERM, ``idle`` seconds without use, or a fatal
    error of the catalogue. Who listens on TCP is waited for by others and never leaves for being unused."""
    rest = Rest(owner, place, use)
    servers = [_server(at_socket(owner, use, rest), 86400)]
    if tcp is not None:
        servers.append(_server(at_tcp(rest), 60))
    watching = asyncio.create_task(_watch(servers, use, place, float("inf") if tcp else idle, tell))
    await asyncio.gather(
        *(
            server.serve(sockets=[each])
            for server, each in zip(servers, (listening, tcp), strict=False)
            if each
        )
    )
    watching.cancel()


def _server(app: Any, keep_alive: int) -> uvicorn.Server:
    return _Server(
        uvicorn.Config(
            app, http=PeerProtocol, ws="none", lifespan="off", log_config=None, access_log=False, loop="asyncio",
            server_header=False, timeout_keep_alive=keep_alive, timeout_graceful_shutdown=GRACE,
            h11_max_incomplete_event_size=1 << 18,
        )
    )  # fmt: skip


async def _watch(servers: Sequence[uvicorn.Server], use: Use, place: Home, idle: float, tell: int) -> None:
    while not all(server.started for server in servers):
        await asyncio.sleep(0.002)
    tell_starter(tell, write({"ready": True}))
    while not any(server.should_exit for server in servers):
        await asyncio.sleep(min(0.2, idle / 4))
        if use.fatal or use.idle() > idle or not place.path.exists():
            break
    use.ending.set()
    for server in servers:
        server.should_exit = True


def tell_starter(descriptor: int, words: bytes) -> None:
    if descriptor >= 0:
        with contextlib.suppress(BrokenPipeError):
            os.write(descriptor, words)
        os.close(descriptor)
