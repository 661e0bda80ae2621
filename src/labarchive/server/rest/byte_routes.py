"""Bytes beside the nouns: snapshots, files, volumes, packs and SQL, each for whom the gate lets through."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from labarchive.access.table import Verb
from labarchive.server import archives, files, picture_routes, snapshots
from labarchive.server.allowed import Bytes
from labarchive.server.rest import questions
from labarchive.server.rest.callers import Caller, Identify
from labarchive.server.rest.noting import note

if TYPE_CHECKING:
    from labarchive.server.rest.app import Service


def routes(service: "Service", identify: Identify) -> list[BaseRoute]:
    """They go before the nouns, whose paths are wider."""

    async def may(request: Request, project: str, verb: Verb) -> Caller:
        caller = await identify(request)
        await run_in_threadpool(service.gate.require, caller, project, verb)
        return caller

    def noted(caller: Caller, project: str, what: str, subjects: Sequence[str], n: int) -> None:
        note(service, caller, project, what, subjects, n)

    given = Bytes(service.catalogue, service.reading, may, noted)
    plain = [route for part in (snapshots, archives, questions) for route in part.routes(given)]
    plain += files.routes(given, service.volumes)
    plain += picture_routes.routes(given, service.pictures, service.volumes.expect)
    return [_shared(route, service, identify) for route in plain]


def _shared(route: Route, service: "Service", identify: Identify) -> Route:
    """The same, with a place among its caller's requests until the answer is ready to be sent."""

    async def endpoint(request: Request) -> Response:
        caller = await identify(request)
        async with service.shares.of(caller.name):
            answer: Response = await route.endpoint(request)
            return answer

    return Route(route.path, endpoint, methods=list(route.methods or ()), name=route.name)
