"""Who asks: by the socket's own word for the archive's user, else by a token that the hub knows."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
from starlette.requests import Request

from labarchive.errors import LabarchiveError, Unreachable
from labarchive.server.rest.limits import BEHIND, NEWCOMERS, Shares
from labarchive.server.rest.proof import DOOR, SCHEME, holds
from labarchive.server.rest.refusals import Unknown

T = TypeVar("T")
REMEMBERED = 5.0
"""Seconds for which a token's person is remembered; what the person may do is never remembered."""
STILL_KNOWN = 3600.0
"""Seconds for which a token that was known goes on while the hub is gone."""
MOST = 10_000
AWAY = 2.0
"""Seconds for which a hub that did not answer is left alone: who is known does not wait for it."""
COOKIE = "labarchive-token"
"""The browser's: a token that the hub gave for the service alone, below the service's prefix alone."""
COOKIE_DOOR = "cookie"


@dataclass(frozen=True, slots=True)
class Caller:
    """A person at the door."""

    name: str
    door: str
    admin: bool = False
    """Owner of every project: the archive's own user, or an administrator of lab.toml."""
    groups: tuple[str, ...] = ()
    where: str = ""
    """The address the request came from."""


Identify = Callable[[Request], Awaitable[Caller]]


async def by_socket(request: Request) -> Caller:
    """The account at the other end of the owner's Unix socket, which is the archive's own user's alone."""
    name, _ = request.client or ("unknown", 0)
    return Caller(name, _door(request, "lab"), admin=True, where="socket")


def _door(request: Request, otherwise: str) -> str:
    door = request.headers.get("x-labarchive-door", "")
    return door if door in ("lab", "python", "cli") else otherwise


@dataclass(slots=True)
class Hub:
    """JupyterHub's API as the service sees it: tokens are people's, and the hub says whose. A browser has its token in
    a cookie, which opens less (access.toml)."""

    api_url: str
    api_token: str = field(repr=False)
    scope: str
    """What a token must be allowed: ``access:services!service=archive``."""
    administrators: frozenset[str] = frozenset()
    _seen: dict[str, tuple[float, Mapping[str, Any]]] = field(default_factory=dict, repr=False)
    _strange: dict[str, float] = field(default_factory=dict, repr=False)
    """Tokens that nobody knew, and when that was."""
    _newcomers: Shares = field(default_factory=lambda: Shares(NEWCOMERS, NEWCOMERS + BEHIND), repr=False)
    _away: float = 0.0
    _client: httpx.AsyncClient | None = field(default=None, repr=False)

    async def __call__(self, request: Request, *, only_who: bool = False) -> Caller:
        """``only_who``: nothing but the name is told, so a cookie will do. Raises Unknown without a token that may reach
        the service, TooMany for a crowd of new ones, Unreachable when the hub cannot be asked."""
        token, door = _token(request), _door(request, "rest")
        page = _given(request, SCHEME)
        if page:
            token, door = request.cookies.get(COOKIE, ""), DOOR
        if not token and "authorization" not in request.headers and (only_who or visits(request)):
            token, door = request.cookies.get(COOKIE, ""), COOKIE_DOOR
        if not token:
            raise Unknown(
                "this asks for a token", hint="Authorization: Bearer TOKEN; the hub gives one at /hub/token"
            )
        person = await self._person(token, origin(request))
        name = str(person["name"])
        if page and not holds(self.api_token, name, page):
            raise Unknown("this page was loaded too long ago, or by somebody else", hint="load it again")
        groups = tuple(person.get("groups") or ())
        return Caller(name, door, name in self.administrators, groups, origin(request))

    async def _person(self, token: str, where: str) -> Mapping[str, Any]:
        now = time.monotonic()
        if now - self._strange.get(token, -REMEMBERED) < REMEMBERED:
            raise _unknown()
        seen = self._seen.get(token)
        if seen is None:
            async with self._newcomers.of(where):
                return await self._asked(token)
        return seen[1] if now - seen[0] < REMEMBERED else await self._asked(token)

    async def _asked(self, token: str) -> Mapping[str, Any]:
        """What the hub says now; while it is gone, what it said before."""
        now, seen = time.monotonic(), self._seen.get(token)
        if seen and now < self._away:
            return seen[1]
        try:
            person = await self._ask(token)
        except Unknown:
            self._seen.pop(token, None)
            _remember(self._strange, token, now)
            raise
        except (httpx.HTTPError, Unreachable) as error:
            self._away = time.monotonic() + AWAY
            if seen and now - seen[0] < STILL_KNOWN:
                return seen[1]
            raise Unreachable(
                "the hub does not answer, and this token is new", hint="try again in a minute"
            ) from error
        _remember(self._seen, token, (now, person))
        return person

    @property
    def client(self) -> httpx.AsyncClient:
        """Speaks to the hub, and keeps its connections."""
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=5, trust_env=False)
        return self._client

    async def _ask(self, token: str) -> Mapping[str, Any]:
        answer = await self.client.get(f"{self.api_url}/user", headers={"Authorization": f"token {token}"})
        if answer.status_code in (401, 403, 404):
            raise _unknown()
        if answer.status_code != 200:
            raise Unreachable(f"the hub answered {answer.status_code}", hint="labarchive hub check")
        person: Mapping[str, Any] = answer.json()
        if person.get("kind") != "user" or not _allows(person.get("scopes") or (), self.scope):
            raise Unknown(
                "this token is for something else", hint="ask the hub for one that may reach the archive"
            )
        return person


def _unknown() -> Unknown:
    return Unknown(
        "nobody knows this token", hint="it may have expired: the hub gives a new one at /hub/token"
    )


def _remember(of: dict[str, T], token: str, what: T) -> None:
    if len(of) >= MOST:
        of.clear()
    of[token] = what


def _allows(scopes: Any, wanted: str) -> bool:
    """``access:services`` for all of them, or for this one."""
    return wanted in scopes or wanted.partition("!")[0] in scopes


def _token(request: Request) -> str:
    return _given(request, "bearer", "token")


def _given(request: Request, *schemes: str) -> str:
    kind, _, words = request.headers.get("authorization", "").partition(" ")
    return words.strip() if kind.lower() in schemes else ""


def visits(request: Request) -> bool:
    """A person goes to the address themselves. A script, a frame or a picture has the cookie too, but it cannot say
    that it is a visit: browsers write these headers, and no page can. (They write them over https, and to 127.0.0.1.)"""
    headers = request.headers
    return (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")


def origin(request: Request) -> str:
    """The address that asked. A proxy on this machine is believed (uvicorn's X-Forwarded-For), and so is whoever
    else on this machine says to be one."""
    return request.client[0] if request.client else ""


def hub_of(environment: Mapping[str, str], administrators: frozenset[str] = frozenset()) -> Hub:
    """The hub that JupyterHub's own variables name. Raises LabarchiveError where they are not set."""
    try:
        url, token = environment["JUPYTERHUB_API_URL"], environment["JUPYTERHUB_API_TOKEN"]
    except KeyError as missing:
        raise LabarchiveError(
            f"{missing.args[0]} is not set", hint="the hub's unit sets it; or serve the Unix socket only"
        ) from None
    name = environment.get("JUPYTERHUB_SERVICE_NAME", "archive")
    return Hub(url.rstrip("/"), token, f"access:services!service={name}", administrators)
