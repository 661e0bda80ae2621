"""How a browser signs in: the hub's OAuth with PKCE, and a cookie that opens the service's own paths and only reads."""

import base64
import hashlib
import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from string import Template
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from labarchive.errors import BadInput, Unreachable
from labarchive.server.rest import surfaces
from labarchive.server.rest.callers import COOKIE, Caller, Hub, visits
from labarchive.server.rest.problems import of_error
from labarchive.server.rest.proof import DOOR
from labarchive.server.rest.refusals import Unknown

STATE = "labarchive-signing-in"
"""The cookie of a sign-in under way: its state, its secret, and where it wants to go."""
MINUTES = 10
PAGE = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}
_PATH = re.compile(r"^[A-Za-z0-9_.~/?=&%:,+-]*$")


def routes(hub: Hub, environment: Mapping[str, str]) -> list[BaseRoute]:
    """The first page, signing in and out. ``environment``: what JupyterHub tells its services."""
    door = Door.of(hub, environment)
    return [
        Route("/", door.first_page),
        Route("/login", door.login),
        Route("/oauth_callback", door.callback),
        Route("/logout", door.logout),
        *surfaces.routes(hub, door.prefix),
    ]


@dataclass(frozen=True, slots=True)
class Door:
    """The hub's OAuth as this service uses it."""

    hub: Hub
    prefix: str
    base: str
    """Where the browser finds the hub."""
    client_id: str
    came_back: str
    """Where the hub sends the browser back to."""

    @classmethod
    def of(cls, hub: Hub, environment: Mapping[str, str]) -> "Door":
        prefix = environment.get("JUPYTERHUB_SERVICE_PREFIX", "/").rstrip("/")
        base = environment.get("JUPYTERHUB_HOST", "") + environment.get("JUPYTERHUB_BASE_URL", "/")
        name = environment.get("JUPYTERHUB_SERVICE_NAME", "archive")
        return cls(
            hub, prefix, base, environment.get("JUPYTERHUB_CLIENT_ID", f"service-{name}"),
            environment.get("JUPYTERHUB_OAUTH_CALLBACK_URL", f"{prefix}/oauth_callback"),
        )  # fmt: skip

    async def first_page(self, request: Request) -> Response:
        """Who one is here; who is nobody signs in first."""
        try:
            caller = await self.hub(request, only_who=True)
        except Unknown:
            return RedirectResponse(f"{self.prefix}/login", 302)
        except Unreachable as away:
            return of_error(away)
        words = {
            "who": html.escape(caller.name),
            "hub": html.escape(f"{self.base}hub/home"),
            "prefix": self.prefix,
            "projects": await run_in_threadpool(self._projects, request, caller),
        }
        page = Template(files("labarchive.server.rest").joinpath("first.html").read_text("utf-8"))
        return HTMLResponse(page.substitute(words), headers={**PAGE, "Cache-Control": "no-store"})

    def _projects(self, request: Request, caller: Caller) -> str:
        """The queues of the projects that they may judge in: names go to who came themselves, and to no script."""
        if not visits(request):
            return ""
        gate = request.app.state.service.gate
        names = [
            name
            for name, _, _ in gate.readable(caller)
            if gate.standing(replace(caller, door=DOOR), name).may("rate")
        ]
        links = (
            f'<li><a href="{self.prefix}/projects/{quote(name, safe="")}/queue">{html.escape(name)}</a></li>'
            for name in names
        )
        listed = "".join(links)
        return f"<h2>Quality control</h2>\n  <ul>{listed}</ul>" if listed else ""

    async def login(self, request: Request) -> Response:
        """On to the hub, which asks for a password if it must."""
        state, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(48)
        words = {
            "client_id": self.client_id, "redirect_uri": self.came_back, "response_type": "code", "state": state,
            "code_challenge": _challenge(secret), "code_challenge_method": "S256",
        }  # fmt: skip
        answer = RedirectResponse(f"{self.base}hub/api/oauth2/authorize?{urlencode(words)}", 302)
        going = f"{state}|{secret}|{self._inside(request.query_params.get('next', ''))}"
        self._set(request, answer, STATE, going, MINUTES * 60)
        return answer

    async def callback(self, request: Request) -> Response:
        """Back from the hub, with a code that is worth a token to who began this sign-in."""
        state, _, rest = request.cookies.get(STATE, "").partition("|")
        secret, _, going = rest.partition("|")
        if not state or not secrets.compare_digest(state, request.query_params.get("state", "")):
            return of_error(BadInput("this sign-in was not begun here", hint=f"begin at {self.prefix}/login"))
        try:
            token = await self._token(request.query_params.get("code", ""), secret)
        except (Unknown, Unreachable) as error:
            return of_error(error)
        answer = RedirectResponse(self._inside(going), 302)
        self._set(request, answer, COOKIE, token, None)
        answer.delete_cookie(STATE, path=f"{self.prefix}/")
        return answer

    async def logout(self, _: Request) -> Response:
        """Forget the cookie here, then sign out at the hub, which ends the token itself."""
        answer = RedirectResponse(f"{self.base}hub/logout", 302)
        answer.delete_cookie(COOKIE, path=f"{self.prefix}/")
        return answer

    async def _token(self, code: str, secret: str) -> str:
        """Raises Unknown for a code that the hub did not give, Unreachable."""
        words = {
            "client_id": self.client_id, "client_secret": self.hub.api_token, "grant_type": "authorization_code",
            "code": code, "redirect_uri": self.came_back, "code_verifier": secret,
        }  # fmt: skip
        try:
            answer = await self.hub.client.post(f"{self.hub.api_url}/oauth2/token", data=words)
            given: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        except (httpx.HTTPError, ValueError) as error:
            raise Unreachable("the hub does not answer", hint="try again in a minute") from error
        if "access_token" not in given:
            raise Unknown("the hub does not know this sign-in", hint=f"begin again at {self.prefix}/login")
        return str(given["access_token"])

    def _inside(self, path: str) -> str:
        """A path of this service; anything else becomes the first page."""
        fits = path.startswith(f"{self.prefix}/") and "//" not in path and ".." not in path
        return path if fits and _PATH.match(path) else f"{self.prefix}/"

    def _set(self, request: Request, answer: Response, name: str, value: str, seconds: int | None) -> None:
        secure = request.headers.get("x-forwarded-proto", request.url.scheme).partition(",")[0] == "https"
        answer.set_cookie(
            name, value, max_age=seconds, path=f"{self.prefix}/", secure=secure, httponly=True, samesite="lax"
        )


def _challenge(secret: str) -> str:
    """RFC 7636: the secret's digest goes to the hub now, the secret itself when the code is turned in."""
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).rstrip(b"=").decode()
