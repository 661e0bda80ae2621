"""The REST app: FastAPI for the nouns, with what every request shares put together once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from labarchive.catalogue import Catalogue
from labarchive.catalogue.audit import Look
from labarchive.server.claims import Claims
from labarchive.server.drafts import Drafts
from labarchive.server.indexers import Indexers
from labarchive.server.measuring import Measuring
from labarchive.server.pictures import Pictures
from labarchive.server.raw_folders import RawFolders, raw_folders
from labarchive.server.rest import (
    audit,
    byte_document,
    byte_routes,
    checking,
    dictionary,
    feed,
    filling,
    indexing,
    nouns,
    people,
    planning,
    problems,
    queue,
    sayings,
)
from labarchive.server.rest.callers import Caller, Identify
from labarchive.server.rest.departing import Departing
from labarchive.server.rest.gate import Gate
from labarchive.server.rest.limits import LISTENING, Bounded, Shares
from labarchive.server.rest.models import Problem
from labarchive.server.rest.reading import Reading
from labarchive.server.rest.refusals import Unknown
from labarchive.server.rest.sealed import Sealed
from labarchive.server.use import Use
from labarchive.server.volumes import Volumes
from labarchive.settings import Home

PARTS = (feed, audit, people, sayings, indexing, dictionary, queue, checking, planning, filling, nouns)
"""Modules of routes; the widest paths come last."""
PROBLEMS = {
    status: {"model": Problem, "description": title, "content": {problems.MEDIA: {}}}
    for status, title in problems.TITLES.items()
    if status in (401, 403, 404, 405, 409, 413, 422, 429, 500, 503)
}


@dataclass(frozen=True, slots=True)
class Service:
    """What every route needs."""

    catalogue: Catalogue
    home: Home
    gate: Gate
    reading: Reading
    use: Use
    raw: RawFolders | None = None
    """Who opens and closes raw folders; None without a hub that does."""
    indexers: Indexers = field(default_factory=Indexers)
    pictures: Pictures = field(init=False)
    volumes: Volumes = field(init=False)
    measuring: Measuring = field(init=False)
    departing: Departing = field(init=False)
    drafts: Drafts = field(init=False)
    claims: Claims = field(default_factory=Claims)
    shares: Shares = field(default_factory=Shares)
    listening: Shares = field(default_factory=lambda: Shares(LISTENING, LISTENING))

    def __post_init__(self) -> None:
        object.__setattr__(self, "pictures", Pictures(self.home.path / "pictures"))
        object.__setattr__(self, "volumes", Volumes(self.home.path / "volumes"))
        object.__setattr__(self, "measuring", Measuring(self, self.use.ending))
        object.__setattr__(self, "departing", Departing(self.reading))
        object.__setattr__(self, "drafts", Drafts(self.home.path / "drafts"))


def service_for(catalogue: Catalogue, home: Home, use: Use) -> Service:
    """One for all doors, so that the tables are in memory once."""

    def proved(project: str, user: str, closed: bool) -> None:
        what = f"raw folders {'closed' if closed else 'still open'} to {user}"
        catalogue.audit.note(Look("labarchive", "hub", "", project, catalogue.project_id(project), what))

    raw = raw_folders(home.path, proved)
    return Service(catalogue, home, Gate(catalogue), Reading(catalogue, home), use, raw)


def make_rest(
    service: Service, identify: Identify, *, prefix: str = "", more: Sequence[BaseRoute] = ()
) -> FastAPI:
    """The app at one door. ``identify`` says who asks; ``more`` are that door's own routes."""
    app = FastAPI(
        title="labarchive",
        summary="A research archive for clinical imaging labs",
        version=_version(),
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        servers=[{"url": prefix or "/"}],
        responses=PROBLEMS,  # type: ignore[arg-type]
    )
    app.state.service = service
    app.state.identify = identify
    problems.teach(app)
    app.add_middleware(Bounded)
    app.add_middleware(Counted, service=service)
    app.add_middleware(Sealed)
    for part in PARTS:
        app.include_router(part.router, prefix="/api")
    if service is not None:
        app.router.routes[:0] = [*more, *byte_routes.routes(service, identify)]
    app.openapi = Described(app.openapi)  # type: ignore[method-assign]
    return app


class Described:
    """The document of the nouns, and of the bytes beside them."""

    def __init__(self, nouns: Callable[[], dict[str, Any]]) -> None:
        self._nouns = nouns

    def __call__(self) -> dict[str, Any]:
        document = self._nouns()
        problems = document["paths"]["/api/hello"]["get"]["responses"]
        return byte_document.taught(
            document, {status: words for status, words in problems.items() if status >= "400"}
        )


def document() -> dict[str, Any]:
    """The OpenAPI document, of an app that serves nobody."""

    async def nobody(_: Request) -> Caller:
        raise Unknown("nobody is served here")

    return make_rest(None, nobody).openapi()  # type: ignore[arg-type]


class Counted:
    """Requests are use: an owner that somebody looks at does not leave."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._service.use.counted():
            await self._app(scope, receive, send)


def _version() -> str:
    from labarchive import __version__

    return __version__
