"""The ASGI app of the owner: each route calls one method of the catalogue, in a thread."""

import inspect
import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route as HttpRoute

from labarchive.errors import BadInput, LabarchiveError
from labarchive.records import Owner, Receipt
from labarchive.server.once import say_once
from labarchive.server.use import Use
from labarchive.wire.protocol import (
    ARROW,
    ENDING,
    JSON,
    PROBLEM,
    ROUTES,
    Route,
    problem,
    read_sayings,
    read_table,
    table_chunks,
    write,
)

log = logging.getLogger("labarchive.server")


def make_app(owner: Owner, use: Use | None = None) -> Starlette:
    """The routes of the protocol in front of ``owner``; ``use`` learns when it was last spoken to."""
    use = use or Use(owner)
    routes = [
        HttpRoute(route.path, _endpoint(owner, route, use), methods=[route.method])
        for route in ROUTES.values()
    ]
    return Starlette(routes=routes)


def _endpoint(owner: Owner, route: Route, use: Use) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        if use.fatal:  # the next owner is the one to ask
            return Response(status_code=ENDING, headers={"Connection": "close"})
        with use.counted():
            try:
                return await run_in_threadpool(_answer, owner, route, request, body)
            except LabarchiveError as error:
                use.met(error)
                return _problem(error)
            except Exception as error:  # one request must not end the owner; it is recorded and said
                use.met(error)
                return _problem(_unexpected(error, route))

    return endpoint


def _answer(owner: Owner, route: Route, request: Request, body: bytes) -> Response:
    words = _words(route, request, body)
    who, pid = request.client or ("unknown", 0)
    if route.verb == "say":
        return Response(write(_said(owner, words, who)), media_type=JSON)
    method = getattr(owner, route.verb)
    takes = inspect.signature(method)
    if route.verb == "begin" and "pid" in takes.parameters:
        words["pid"] = pid  # so that the project is free again when the indexer was killed
    try:
        takes.bind(**words)
    except TypeError as error:
        raise BadInput(
            f"{route.verb} takes other words ({error})", hint="see labarchive.records.Owner"
        ) from error
    given = method(**words)
    if route.verb == "hello":
        given = {**given, "who": who}
    if route.gives == "table":
        return StreamingResponse(table_chunks(given), media_type=ARROW)
    return Response(write(given), media_type=JSON)


def _said(owner: Owner, words: dict[str, Any], who: str) -> Receipt:
    """Say it as ``who`` the kernel says, not as who the request says."""
    key, again = str(words.get("key", "")), bool(words.get("again"))
    sayings = [replace(each, who=who) for each in read_sayings(words.get("sayings"))]
    return say_once(owner, sayings, key, again=again)


def _words(route: Route, request: Request, body: bytes) -> dict[str, Any]:
    """The method's arguments, from path, query string and body."""
    texts = {**request.query_params, **request.path_params}
    try:
        words = {name: read(texts[name]) for name, read in route.takes.items() if name in texts}
        if route.table:
            return {**words, route.table: read_table(body)}
        more = json.loads(body) if body else {}
    except (ValueError, KeyError) as error:
        raise BadInput(f"the request to {route.verb} cannot be read", hint="send JSON words") from error
    if not isinstance(more, dict):
        raise BadInput(f"the request to {route.verb} is not an object", hint="send JSON words")
    return {**more, **words}


def _problem(error: LabarchiveError) -> Response:
    status, body = problem(error)
    return Response(body, status, media_type=PROBLEM)


def _unexpected(error: Exception, route: Route) -> LabarchiveError:
    # The text of a strange exception may hold a path or a name: the log gets its kind and its places only.
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s met %s\n%s", route.verb, type(error).__name__, places)
    return LabarchiveError(
        f"the owner met {type(error).__name__} at {route.verb!r}", hint="log/owner.log says where"
    )
