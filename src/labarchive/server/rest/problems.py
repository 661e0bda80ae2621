"""Every error as ``application/problem+json`` (RFC 9457): what, where and what next, in the library's own words."""

import logging
import re
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from labarchive.errors import LabarchiveError
from labarchive.server.rest.refusals import Unknown

MEDIA = "application/problem+json"
STATUS = {
    "BadInput": 422, "NotFound": 404, "Ambiguous": 409, "NotAllowed": 403, "Unknown": 401, "Damaged": 500, "Busy": 503,
    "Unreachable": 503, "TooNew": 501, "NoRoom": 507, "TooLarge": 413, "TooMany": 429, "Outdated": 412,
    "UnderWay": 409,
}  # fmt: skip
TITLES = {
    401: "Not signed in", 403: "Not allowed", 404: "Not found", 405: "Not this verb", 409: "Conflict",
    412: "Somebody else changed it", 413: "Too large", 422: "Not understood", 429: "Too many", 500: "Broken",
    501: "Too new", 503: "Not now", 507: "No room",
}  # fmt: skip
log = logging.getLogger("labarchive.server.rest")


def problem(status: int, detail: str, hint: str = "", headers: dict[str, str] | None = None) -> Response:
    """One problem."""
    title = TITLES.get(status, "Not possible")
    words: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "hint": hint,
    }
    return Response(orjson.dumps(words), status, media_type=MEDIA, headers=headers)


def of_error(error: LabarchiveError) -> Response:
    """An error of the library."""
    status = STATUS.get(type(error).__name__, 500)
    headers = {"Retry-After": "2"} if status in (429, 503) else {}
    if isinstance(error, Unknown):
        headers["WWW-Authenticate"] = 'Bearer realm="labarchive"'
    return problem(status, error.what, error.hint, headers)


def _verbs(app: FastAPI, request: Request) -> list[str]:
    """The verbs that the document names for this path: routes know only their own."""
    path = str(request.scope["path"]).removeprefix(str(request.scope.get("root_path", "")))
    fitting = [
        (template.count("{"), sorted(verb.upper() for verb in verbs))
        for template, verbs in app.openapi()["paths"].items()
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path, re.DOTALL)
    ]
    return min(fitting)[1] if fitting else []


def teach(app: FastAPI) -> None:
    """Have every error of the app told like this: the library's, the framework's two, and what nobody expected."""

    @app.exception_handler(LabarchiveError)
    async def known(_: Request, error: LabarchiveError) -> Response:
        return of_error(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0] if error.errors() else {}
        place = ".".join(str(part) for part in first.get("loc", ())[1:]) or "the request"
        return problem(
            422, f"{place}: {first.get('msg', 'not understood')}", "see the document at openapi.json"
        )

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        hints = {404: "see the document at openapi.json", 405: "see which verbs the document names"}
        headers = dict(error.headers or {})
        if error.status_code == 400:  # a body that is no JSON
            return problem(422, str(error.detail), "send JSON as the document says")
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_verbs(app, request)) or headers.get("Allow", "")
        return problem(error.status_code, str(error.detail), hints.get(error.status_code, ""), headers)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        log.error("%s in a request", type(error).__name__)
        return problem(500, "something broke here", "it is in the service's log; try again")
