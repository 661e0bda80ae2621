"""What routes ask for by their parameters: the service, and the caller."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Path, Query
from starlette.requests import Request

from labarchive.server.rest.callers import Caller

if TYPE_CHECKING:
    from labarchive.server.rest.app import Service


def _service(request: Request) -> Any:
    return request.app.state.service


async def _known(request: Request) -> Caller:
    caller: Caller = await request.app.state.identify(request)
    return caller


Known = Annotated[Caller, Depends(_known)]


async def _asker(request: Request, caller: Known) -> AsyncIterator[Caller]:
    async with request.app.state.service.shares.of(caller.name):
        yield caller


async def _listener(request: Request, caller: Known) -> AsyncIterator[Caller]:
    async with request.app.state.service.listening.of(caller.name):
        yield caller


if TYPE_CHECKING:
    Served = Service
else:
    Served = Annotated[Any, Depends(_service)]
Asker = Annotated[Caller, Depends(_asker)]
"""Who asks, with a place among their requests until the answer is sent."""
Listener = Annotated[Caller, Depends(_listener)]
"""Who waits for what comes: not counted among their requests."""
ProjectName = Annotated[
    str, Path(max_length=64, description="The project's name.", pattern=r"^[^/\x00-\x1f]+$")
]
Searched = Annotated[
    str, Query(max_length=2000, description='The search language: kind:T1w -quality:unusable "free words".')
]
