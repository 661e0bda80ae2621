"""The two doors of the owner: its Unix socket for the archive's own user, and TCP for everybody the hub knows."""

import asyncio
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from labarchive.catalogue import Catalogue
from labarchive.errors import BadInput
from labarchive.server.app import make_app
from labarchive.server.use import Use
from labarchive.settings import Home

if TYPE_CHECKING:
    from labarchive.server.rest.app import Service
    from labarchive.server.rest.callers import Identify


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen on TCP."""

    host: str
    port: int


def address(text: str) -> Address:
    """``127.0.0.1:8010``. Raises BadInput."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or not 0 <= int(port) < 65536:
        raise BadInput(f"{text!r} is no address to listen at", hint="HOST:PORT, as 127.0.0.1:8010")
    return Address(host.strip("[]") or "127.0.0.1", int(port))


@dataclass(slots=True)
class Rest:
    """REST over one catalogue, made when somebody first asks for it: FastAPI takes a second to import, and who
    only indexes has no use for it."""

    owner: Catalogue
    home: Home
    use: Use
    _service: "Service | None" = None
    _making: threading.Lock = field(default_factory=threading.Lock)

    def app(self, identify: "Identify", prefix: str = "", more: Sequence[BaseRoute] = ()) -> ASGIApp:
        """The app at one door. Raises BadInput in the plain install, which has no FastAPI."""
        try:
            from labarchive.server.rest import make_rest, service_for
        except ModuleNotFoundError as missing:
            raise BadInput("REST is not installed here", hint="pip install 'labarchive[rest]'") from missing
        with self._making:
            if self._service is None:
                self._service = service_for(self.owner, self.home, self.use)
            return make_rest(self._service, identify, prefix=prefix, more=more)

    def draw(self) -> None:
        """Draw and measure what nobody asked for yet, from now on; for a service that many use."""
        from labarchive.server.drawing import Drawing

        assert self._service is not None
        Drawing(self._service, self._service.pictures, self.use.ending).start()
        self._service.measuring.start()


def at_socket(owner: Catalogue, use: Use, rest: Rest) -> Starlette:
    """The owner's protocol, and REST for the archive's own user."""

    def made() -> ASGIApp:
        from labarchive.server.rest.callers import by_socket

        return rest.app(by_socket)

    app = make_app(owner, use)
    app.router.routes.append(Mount("/", Later(made)))
    return app


def at_tcp(rest: Rest, environment: Mapping[str, str] = os.environ) -> ASGIApp:
    """REST for whom the hub knows, below the prefix that the hub gives its services. Raises BadInput."""
    prefix = environment.get("JUPYTERHUB_SERVICE_PREFIX", "/").rstrip("/")
    people = frozenset(filter(None, environment.get("LABARCHIVE_ADMINISTRATORS", "").split(",")))
    try:
        from labarchive.server.rest import browser
        from labarchive.server.rest.callers import hub_of
    except ModuleNotFoundError as missing:
        raise BadInput("REST is not installed here", hint="pip install 'labarchive[rest]'") from missing
    hub = hub_of(environment, people)
    app = rest.app(hub, prefix, browser.routes(hub, environment))
    rest.draw()
    return Below(prefix, app)


class Later:
    """An app that is made for its first request."""

    def __init__(self, made: Callable[[], ASGIApp]) -> None:
        self._made = made
        self._app: ASGIApp | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._making:
            if self._app is None:
                self._app = await run_in_threadpool(self._made)
        await self._app(scope, receive, send)


class Below:
    """An app below a prefix. (Starlette's Mount finds no path with a line feed in it, and says so in plain text.)"""

    def __init__(self, prefix: str, app: ASGIApp) -> None:
        self._prefix, self._app = prefix, app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not str(scope.get("path", "")).startswith(f"{self._prefix}/"):
            elsewhere = PlainTextResponse(f"the archive answers below {self._prefix}/", 404)
            await elsewhere(scope, receive, send)
            return
        root = str(scope.get("root_path", "")) + self._prefix
        await self._app({**scope, "root_path": root}, receive, send)
