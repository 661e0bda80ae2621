"""HTTP on a Unix socket that knows who speaks: the kernel tells the uid of the process at the other end."""

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


class PeerProtocol(H11Protocol):
    """Puts ``("uid", 1000)`` where HTTP over TCP has the client's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        sock: Any = transport.get_extra_info("socket")
        if sock is not None and sock.family == socket.AF_UNIX:
            self.client = ("uid", peer_uid(sock))


def peer_uid(sock: Any) -> int:
    """The uid of whoever connected, as SO_PEERCRED says."""
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])
