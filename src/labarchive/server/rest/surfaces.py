"""Pages of the service that need no kernel: the rating queue, the lightbox, the outliers, the viewer. Each is a frame for a module that is built from extension/."""

import hashlib
import html
import json
import secrets
from functools import cache, partial
from importlib.resources import files
from string import Template
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from labarchive.errors import LabarchiveError, NotFound
from labarchive.server.rest.callers import COOKIE, Hub
from labarchive.server.rest.problems import of_error
from labarchive.server.rest.proof import proof
from labarchive.server.rest.refusals import Unknown

_BUILT = files("labarchive.server").joinpath("static")
SURFACES = ("queue", "lightbox", "outliers", "completeness", "drift", "raters", "forms", "viewer")
"""Pages of a project: a module and a stylesheet each."""
MEDIA = {".js": "text/javascript", ".css": "text/css"}
FOREVER = "public, max-age=31536000, immutable"
"""Of code: its address changes with its bytes. Nothing of patients is ever sent so."""


def routes(hub: Hub, prefix: str) -> list[BaseRoute]:
    """The pages, and what they are made of. ``prefix``: where the service answers, without a slash at its end."""
    surfaces = Surfaces(hub, prefix)
    return [
        Route("/static/{digest}/{name}", surfaces.code),
        *(Route(f"/projects/{{project}}/{name}", partial(surfaces.page, name)) for name in SURFACES),
    ]


class Surfaces:
    """The pages as the visitors of one hub get them."""

    def __init__(self, hub: Hub, prefix: str) -> None:
        self._hub, self._prefix = hub, prefix

    async def page(self, surface: str, request: Request) -> Response:
        """A surface of a project. Who is nobody signs in first, and comes back."""
        try:
            caller = await self._hub(request)
            project = request.path_params["project"]
            request.app.state.service.gate.require(caller, project, "read")
            return self._page(surface, project, caller.name)
        except Unknown as unknown:
            if COOKIE in request.cookies and "sec-fetch-mode" not in request.headers:
                return of_error(
                    Unknown(
                        unknown.what,
                        hint="open the archive over https: over http a browser does not say who comes",
                    )
                )
            here = f"{self._prefix}/projects/{quote(request.path_params['project'], safe='')}/{surface}"
            return RedirectResponse(f"{self._prefix}/login?next={quote(here)}", 302)
        except LabarchiveError as error:
            return of_error(error)

    def _page(self, surface: str, project: str, who: str) -> Response:
        nonce = secrets.token_urlsafe(16)
        told = {
            "api": f"{self._prefix}/api",
            "home": f"{self._prefix}/",
            "project": project,
            "who": who,
            "proof": proof(self._hub.api_token, who),
            "engine": self._address("engine.js"),
        }
        words = {
            "title": html.escape(f"Quality control: {project} · labarchive"),
            "script": self._address(f"{surface}.js"),
            "style": self._address(f"{surface}.css"),
            "nonce": nonce,
            "told": json.dumps(told).replace("<", "\\u003c"),
        }
        page = Template(files("labarchive.server.rest").joinpath("surface.html").read_text("utf-8"))
        return HTMLResponse(page.substitute(words), headers=_sealed(nonce))

    def _address(self, name: str) -> str:
        return f"{self._prefix}/static/{_digest(name)}/{name}"

    async def code(self, request: Request) -> Response:
        """A script or a stylesheet, kept by browsers for as long as they like."""
        digest, name = request.path_params["digest"], request.path_params["name"]
        try:
            if digest != _digest(name):
                raise NotFound("no such file of this version", hint="load the page again")
        except LabarchiveError as error:
            return of_error(error)
        media = MEDIA[name[name.rindex(".") :]]
        return Response(_content(name), media_type=media, headers={"Cache-Control": FOREVER})


def _sealed(nonce: str) -> dict[str, str]:
    """The page runs its own script, speaks to its own service, and shows what it was given; nobody frames it."""
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; "
        "img-src blob: data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    return {"Content-Security-Policy": policy, "Cache-Control": "no-store"}


@cache
def _content(name: str) -> bytes:
    """Raises NotFound for what is no file of a page, or was not built."""
    try:
        suffix = name[name.rindex(".") :]
        if suffix in MEDIA and name == name.rpartition("/")[2]:
            return _BUILT.joinpath(name).read_bytes()
    except (ValueError, OSError):
        pass
    raise NotFound("the pages were not built here", hint="make install, or install a wheel")


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()[:16]
