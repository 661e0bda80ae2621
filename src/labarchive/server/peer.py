"""HTTP on a Unix socket that knows who speaks: the kernel tells the uid of the process at the other end."""

import asyncio
import pwd
import socket
import struct
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


class PeerProtocol(H11Protocol):
    """Puts ``("alice", 4711)``, account and process, where HTTP over TCP has the client's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        sock: Any = transport.get_extra_info("socket")
        if sock is not None and sock.family == socket.AF_UNIX:
            self.client = peer(sock)


def peer(sock: Any) -> tuple[str, int]:
    """Account and process id of whoever connected, as SO_PEERCRED says."""
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _ = struct.unpack("3i", credentials)
    return name_of(uid), pid


def name_of(uid: int) -> str:
    """The person's account on this machine."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid{uid}"
