"""Where the archive's REST app answers: at the service beside a hub, or at the owner's socket without one."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Protocol

import httpx

from labarchive.errors import NotFound
from labarchive.settings import Home, home
from labarchive.wire import connect
from labarchive.wire.place import socket_of

PATIENCE = httpx.Timeout(600, connect=5, pool=30)
"""Seconds: a table that is asked for by SQL may take long to begin; an event stream says something every 15."""
LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=8)


class Door(Protocol):
    """One way to the REST app."""

    base: str
    """What stands before ``/api/...``."""

    def client(self) -> httpx.AsyncClient:
        """Connections to it, with what says who asks."""
        ...

    async def wake(self) -> None:
        """Nobody answers: have somebody answer, or raise what keeps them from it."""
        ...


def door(environment: Mapping[str, str] = os.environ) -> Door:
    """The service that the spawner named, else the owner of this person's archive."""
    address = environment.get("LABARCHIVE_SERVICE_URL")
    if address:
        return Service(address.rstrip("/"), environment.get("JUPYTERHUB_API_TOKEN", ""))
    return Owner(home(environment.get("LABARCHIVE_HOME")))


@dataclass(slots=True)
class Service:
    """The service over TCP; this server's own token says who the person is."""

    base: str
    token: str = field(repr=False)
    _client: httpx.AsyncClient | None = field(default=None, repr=False)

    def client(self) -> httpx.AsyncClient:
        if self._client is None:
            says = {"X-Labarchive-Door": "lab"}
            if self.token:
                says["Authorization"] = f"Bearer {self.token}"
            self._client = _client(httpx.AsyncHTTPTransport(limits=LIMITS), says)
        return self._client

    async def wake(self) -> None:
        """Its unit starts it again; a second is what a restart takes."""
        await asyncio.sleep(1)


@dataclass(slots=True)
class Owner:
    """The owner over its Unix socket, who sees by the socket that the archive's own user asks."""

    home: Home
    base: str = "http://labarchive"
    _place: str = ""
    _client: httpx.AsyncClient | None = field(default=None, repr=False)

    def client(self) -> httpx.AsyncClient:
        place = socket_of(self.home)  # another owner may listen elsewhere
        if self._client is None or place != self._place:
            self._place = place
            self._client = _client(httpx.AsyncHTTPTransport(uds=place, limits=LIMITS), {})
        return self._client

    async def wake(self) -> None:
        """Start the owner; looking into an archive that nobody made must not make it."""
        if not self.home.journal.exists():
            raise NotFound(
                "there is no archive yet", hint="labarchive index FOLDER --project NAME, or labarchive demo"
            )
        await asyncio.to_thread(connect, self.home, door="lab")


def _client(transport: httpx.AsyncHTTPTransport, headers: Mapping[str, str]) -> httpx.AsyncClient:
    """Remembers no cookie: what one answer sets must not go out with another's request."""
    nothing = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(transport=transport, headers=headers, cookies=nothing, timeout=PATIENCE)
