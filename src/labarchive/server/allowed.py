"""What routes of bytes are told by whoever mounts them: who asks, what they may, and where it is written down."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.requests import Request

from labarchive.access.table import Verb
from labarchive.catalogue import Catalogue
from labarchive.errors import NotAllowed
from labarchive.records import Manifest

BELOW = "/api/projects/{project}"
"""Where routes of bytes lie."""


class Caller(Protocol):
    """A person at the door."""

    @property
    def name(self) -> str: ...


class May(Protocol):
    """Who asks, when they may do ``verb`` with the data of ``project`` now; nothing is remembered.

    Raises NotFound for a project that they may not see, NotAllowed for a verb they lack on what they see.
    """

    def __call__(self, request: Request, project: str, verb: Verb) -> Awaitable[Caller]: ...


class Noted(Protocol):
    """``what`` of these subjects (none named: of the whole project) goes to the caller: into the audit.

    Raises NoRoom: then it must not go.
    """

    def __call__(self, caller: Any, project: str, what: str, subjects: Sequence[str], n: int) -> None: ...


class Rows(Protocol):
    """The published tables, one project at a time."""

    def rows(self, query: str, params: Sequence[Any], project: str) -> list[dict[str, Any]]: ...

    def facts(self, query: str, params: Sequence[Any], project: str) -> list[dict[str, Any]]: ...

    def manifest(self, project: str) -> Manifest | None: ...


class Holds(Protocol):
    """Whoever has a catalogue, and its published tables."""

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def reading(self) -> Rows: ...


@dataclass(frozen=True, slots=True)
class Bytes:
    """What every route of bytes needs."""

    catalogue: Catalogue
    reading: Rows
    may: May
    noted: Noted

    async def may_identify(self, request: Request, project: str) -> bool:
        """Whether the caller, who may read the project, may also see who it is about."""
        try:
            await self.may(request, project, "identify")
        except NotAllowed:
            return False
        return True

    def still(self, request: Request, project: str, verb: Verb) -> Callable[[], Awaitable[None]]:
        """To be asked while bytes go out: raises once the caller may no longer have them."""

        async def ask() -> None:
            await self.may(request, project, verb)

        return ask
