"""Members of a project and its visibility: who manages it grants and revokes, from the next request on."""

from dataclasses import dataclass
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Query
from starlette.responses import Response

from labarchive.access import Standing
from labarchive.errors import LabarchiveError, NotAllowed, NotFound
from labarchive.server.rest import models
from labarchive.server.rest.given import Asker, ProjectName, Served
from labarchive.server.rest.nouns import json_answer, utc
from labarchive.server.rest.sayings import say_as

router = APIRouter()
Now = Annotated[bool, Query(description="End the person's server at once.")]


@router.get("/projects/{project}/members", response_model=models.Members)
def members(service: Served, caller: Asker, project: ProjectName) -> Response:
    """Who has which role."""
    service.gate.require(caller, project, "read")
    roles = service.catalogue.memberships()[project].roles
    return json_answer({"items": [{"user": user, "role": role} for user, role in sorted(roles.items())]})


@router.put("/projects/{project}/members/{user}", response_model=models.GrantReceipt)
def grant(
    service: Served, caller: Asker, project: ProjectName, user: ProjectName, body: models.Granted
) -> Response:
    """Give somebody a role; their own server sees the raw folders after a restart."""
    service.gate.require(caller, project, "manage", "project")
    if body.role != "owner":
        _keeps_an_owner(service.catalogue.memberships()[project].roles, user)
    receipt = say_as(service, caller, "grant", project, {"user": user, "role": body.role})
    raw = _followed(service, project, user, now=False)
    return json_answer(
        {"first": receipt.first, "last": receipt.last, "restart": raw.restart, "note": raw.note}
    )


@router.delete("/projects/{project}/members/{user}", response_model=models.RevokeReceipt)
def revoke(
    service: Served, caller: Asker, project: ProjectName, user: ProjectName, now: Now = False
) -> Response:
    """Take somebody's role: their next request finds no such project. Their server is ended after a minute in which
    Lab warns them, or at once; then the raw folder is tried as that person."""
    service.gate.require(caller, project, "manage", "project")
    roles = service.catalogue.memberships()[project].roles
    if user not in roles:
        raise NotFound(f"{user} has no role in {project}", hint="see its members")
    _keeps_an_owner(roles, user)
    receipt = say_as(service, caller, "revoke", project, {"user": user})
    raw = _followed(service, project, user, now=now)
    return json_answer(
        {
            "first": receipt.first, "last": receipt.last, "ends": utc(raw.ends), "closed": raw.closed,
            "note": raw.note,
        }
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Raw:
    """What came of the raw folders."""

    restart: bool = False
    ends: float = 0.0
    closed: bool = False
    note: str = ""


def _followed(service: Any, project: str, user: str, *, now: bool) -> _Raw:
    """Raw folders are as the role of now says. What was said stands whatever comes of it here."""
    if service.raw is None:
        return _Raw()
    given = service.catalogue.memberships()[project]
    standing = Standing(given.roles.get(user, ""))
    try:
        if standing.may("identify"):
            return _Raw(restart=service.raw.open_to(project, user))
        ends, closed = service.raw.close_to(project, user, now=now)
        return _Raw(ends=0.0 if closed else ends, closed=closed)
    except (LabarchiveError, httpx.HTTPError) as error:
        what = error.what if isinstance(error, LabarchiveError) else "the hub does not answer"
        return _Raw(note=f"raw folders are as they were: {what}")


@router.put("/projects/{project}/visibility", response_model=models.Receipt)
def visibility(service: Served, caller: Asker, project: ProjectName, body: models.Seen) -> Response:
    """Open the project to everybody who is signed in, its name only, or to its members alone."""
    service.gate.require(caller, project, "manage", "project")
    receipt = say_as(service, caller, "visibility", project, {"visibility": body.visibility})
    return json_answer({"first": receipt.first, "last": receipt.last})


@router.put("/projects/{project}/deidentified", response_model=models.Receipt)
def deidentified(service: Served, caller: Asker, project: ProjectName, body: models.Deidentified) -> Response:
    """Say that nothing in the project tells who anybody is: then all of it is for everybody who may read it."""
    service.gate.require(caller, project, "manage", "project")
    receipt = say_as(service, caller, "deidentified", project, {"deidentified": body.deidentified})
    return json_answer({"first": receipt.first, "last": receipt.last})


def _keeps_an_owner(roles: dict[str, str], user: str) -> None:
    owners = [name for name, role in roles.items() if role == "owner"]
    if owners == [user]:
        raise NotAllowed("nobody would own the project", hint="make somebody else an owner first")
