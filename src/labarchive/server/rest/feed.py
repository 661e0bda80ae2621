"""What was said and indexed, as it happens: a long poll, or server-sent events that can be resumed."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from labarchive.catalogue.sayings import HIDDEN
from labarchive.errors import Unreachable
from labarchive.server.rest import models
from labarchive.server.rest.callers import REMEMBERED, Caller
from labarchive.server.rest.given import Listener, Served
from labarchive.server.rest.nouns import OPTIONS, json_answer, spoken
from labarchive.server.rest.refusals import TooMany, Unknown

router = APIRouter()
LOOK = 0.1
"""Seconds between looks at the journal's last number, which costs nothing."""
BEAT = 15.0
"""Seconds of silence after which a stream says that it is still there."""
MOST = 1000
"""Events of one answer."""


@router.get("/changes", response_model=models.Changes)
async def changes(
    request: Request,
    service: Served,
    caller: Listener,
    since: Annotated[int, Query(ge=0, le=2**62, description="A journal number: what came after it.")] = 0,
    wait: Annotated[int, Query(ge=0, le=60, description="Seconds to wait for the first event.")] = 0,
    last: Annotated[str, Header(alias="Last-Event-ID", max_length=30)] = "",
    accept: Annotated[str, Header(max_length=400)] = "*/*",
) -> Response:
    """Events of your projects after a journal number; a stream for who accepts ``text/event-stream``."""
    if last.isdecimal():
        since = max(since, int(last))
    if "text/event-stream" in accept:
        stream = _stream(request, service, since)
        return StreamingResponse(
            stream,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )
    until = time.monotonic() + wait
    while True:
        events, since = await run_in_threadpool(_events, service, caller, since)
        if events or time.monotonic() >= until or service.use.ending.is_set():
            return json_answer({"events": events, "next": since})
        await _moved(service, since, until, service.catalogue.memberships_said)


async def _moved(service: Any, seq: int, until: float, members: int) -> None:
    """Return when the journal has more than ``seq``, when memberships have changed, or when it is time."""
    catalogue, ending = service.catalogue, service.use.ending
    while catalogue.journal.last_seq <= seq and catalogue.memberships_said == members:
        if time.monotonic() >= until or ending.is_set():
            return
        await asyncio.sleep(LOOK)


async def _stream(request: Request, service: Any, since: int) -> AsyncIterator[bytes]:
    """Ends when its caller is no longer known, and when a project is closed to them: who comes again is told what is
    left. What one may see is asked anew for every event."""
    yield b": here\n\n"
    were_open: set[str] = set()
    told = time.monotonic()
    while (caller := await _known(request)) is not None and not service.use.ending.is_set():
        members = service.catalogue.memberships_said
        now_open = await run_in_threadpool(_open_to, service, caller)
        if were_open - now_open:
            return
        were_open = now_open
        events, since = await run_in_threadpool(_events, service, caller, since)
        for event in events:
            yield b"id: %d\ndata: %s\n\n" % (event["seq"], orjson.dumps(event, option=OPTIONS))
        if events:
            told = time.monotonic()
        elif time.monotonic() - told > BEAT:
            told = time.monotonic()
            yield b": still here\n\n"
        else:
            await _moved(service, since, time.monotonic() + REMEMBERED, members)


async def _known(request: Request) -> Caller | None:
    """Who listens, asked anew; None when they have gone or nobody knows them any more."""
    if await request.is_disconnected():
        return None
    try:
        caller: Caller = await request.app.state.identify(request)
    except (Unknown, Unreachable, TooMany):
        return None
    return caller


def _open_to(service: Any, caller: Caller) -> set[str]:
    """The projects whose events they hear."""
    return {project for project, _, standing in service.gate.readable(caller) if standing.may("read")}


def _events(service: Any, caller: Caller, since: int) -> tuple[list[dict[str, Any]], int]:
    """The caller's events after ``since``, and the number to go on from. Numbers left out are other people's."""
    seen = _open_to(service, caller)
    found: list[dict[str, Any]] = []
    last = since
    if service.catalogue.journal.last_seq <= since:
        return [], since
    for event in service.catalogue.journal.events(after=since):
        last = event.seq
        if event.project in seen:
            found.append(_told(event))
            if len(found) >= MOST:
                break
    return found, last


def _told(event: Any) -> dict[str, Any]:
    payload = None if event.payload is None or event.verb in HIDDEN else spoken(event.payload)
    return {
        "seq": event.seq, "at": event.at, "who": event.who, "door": event.door, "project": event.project,
        "verb": event.verb, "about": event.about, "payload": payload, "undone": False,
    }  # fmt: skip
