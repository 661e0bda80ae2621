"""POST: what people say, once for each idempotency key, and undo."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.responses import Response

from labarchive.access import verb_of
from labarchive.errors import NotFound
from labarchive.records import Receipt, Saying
from labarchive.server.once import say_once
from labarchive.server.rest import looking, models
from labarchive.server.rest.callers import Caller
from labarchive.server.rest.given import Asker, ProjectName, Served
from labarchive.server.rest.nouns import json_answer

router = APIRouter()
Key = Annotated[str, Header(alias="Idempotency-Key", max_length=100, pattern=r"^[A-Za-z0-9_.:-]*$")]


@router.post("/projects/{project}/sayings", response_model=models.Receipt)
def say(
    service: Served, caller: Asker, project: ProjectName, body: models.Sayings, key: Key = ""
) -> Response:
    """Say something of things by their stable ids: rating, label, kind, tag, untag, note, merge, split.

    Durable when it is answered. The same Idempotency-Key says it once, however often it is sent.
    """
    service.gate.require(caller, project, "read")
    for each in body.sayings:
        service.gate.require(caller, project, verb_of(each.verb))
    said = [Saying(each.verb, project, each.about, each.payload) for each in body.sayings]
    receipt = _said(service, caller, said, key)
    _judged(service, caller, project, [each.about for each in said if each.verb == "rating"])
    project_id = service.catalogue.memberships()[project].project_id
    for entry in said:
        if entry.verb == "entry":
            service.drafts.drop(project_id, caller.name, entry.about, str(entry.payload["form"]))
    return _receipt(receipt)


def _judged(service: Any, caller: Caller, project: str, scans: list[str]) -> None:
    """What was begun to be said of these is said, and somebody else may take them."""
    if scans:
        project_id = service.catalogue.memberships()[project].project_id
        service.claims.judged(project, caller.name, scans)
        for scan in scans:
            service.drafts.drop(project_id, caller.name, scan, "rating")


@router.post("/projects/{project}/undo", response_model=models.Receipt)
def undo(service: Served, caller: Asker, project: ProjectName, body: models.Undo, key: Key = "") -> Response:
    """Take back what was said under a number, or under each of several; the undoing of an undo brings it back."""
    service.gate.require(caller, project, "read")
    numbers = body.seq if isinstance(body.seq, list) else [body.seq]
    query = "select seq, verb, about, who from saying where seq in (select unnest($1))"
    found = {row["seq"]: row for row in service.reading.rows(query, (numbers,), project)}
    missing = next((number for number in numbers if number not in found), None)
    if missing is not None:
        raise NotFound(f"nothing was said under number {missing}", hint="history names the numbers")
    for root in {_root(service, project, row) for row in found.values()}:
        service.gate.require(caller, project, verb_of(root))
    said = [Saying("undo", project, found[number]["about"], {"seq": number}) for number in numbers]
    receipt = _said(service, caller, said, key)
    ratings = [row for row in found.values() if row["verb"] == "rating"]
    for row in ratings:
        service.claims.judged(project, row["who"], [row["about"]], back=True)
    return _receipt(receipt)


def _root(service: Any, project: str, row: Mapping[str, Any]) -> str:
    """The verb of a saying; of an undo, that of what a chain of undos began with."""
    if row["verb"] != "undo":
        return str(row["verb"])
    query = """with recursive up as (
        select seq, verb, (payload->>'seq')::bigint as undoes from saying where seq = ?
        union all select s.seq, s.verb, (s.payload->>'seq')::bigint from saying s join up on s.seq = up.undoes
        where up.verb = 'undo'
    ) select verb from up where verb <> 'undo'"""
    found = service.reading.relation(query, (row["seq"],), project).fetchall()
    return str(found[0][0]) if found else ""


def say_as(service: Any, caller: Caller, verb: str, project: str, payload: dict[str, Any]) -> Receipt:
    """One saying about the project itself."""
    about = service.catalogue.memberships()[project].project_id
    return _said(service, caller, [Saying(verb, project, about, payload)], "")


def _said(service: Any, caller: Caller, said: list[Saying], key: str) -> Receipt:
    """As who the caller is and from where, whatever the request says."""
    signed = [
        replace(each, payload={**each.payload, "where": caller.where}, door=caller.door, who=caller.name)
        for each in said
    ]
    return say_once(service.catalogue, signed, f"{caller.name}:{key}" if key else "", again=bool(key))


def _receipt(receipt: Receipt) -> Response:
    return json_answer({"first": receipt.first, "last": receipt.last})


@router.get("/projects/{project}/selections", response_model=models.SavedList)
def selections(service: Served, caller: Asker, project: ProjectName) -> Response:
    """Searches that somebody saved under a name."""
    service.gate.require(caller, project, "read")
    return json_answer({"items": service.reading.rows(looking.sql("selections"), (), project)})


@router.put("/projects/{project}/selections/{name}", response_model=models.Receipt)
def save(
    service: Served, caller: Asker, project: ProjectName, name: ProjectName, body: models.Search
) -> Response:
    """Save a search under a name; an empty one forgets the name."""
    service.gate.require(caller, project, "label")
    return _receipt(say_as(service, caller, "selection", project, {"name": name, "q": body.q}))


@router.delete("/projects/{project}/selections/{name}", response_model=models.Receipt)
def forget(service: Served, caller: Asker, project: ProjectName, name: ProjectName) -> Response:
    """Forget a saved search; that there was one stays in the journal."""
    service.gate.require(caller, project, "label")
    there = [row["name"] for row in service.reading.rows(looking.sql("selections"), (), project)]
    if name not in there:
        raise NotFound(
            f"no selection {name!r}", hint=f"there is {', '.join(there)}" if there else "none is saved"
        )
    return _receipt(say_as(service, caller, "selection", project, {"name": name, "q": ""}))
