"""GET: what a study plans, what of that came, and how its raters agree."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from labarchive.checks.agreement import pairs
from labarchive.checks.raters import raters
from labarchive.selection.planning import drafted
from labarchive.selection.queries import where
from labarchive.server.rest import looking, models
from labarchive.server.rest.given import Asker, ProjectName, Searched, Served
from labarchive.server.rest.nouns import json_answer

router = APIRouter()
MOST = 200_000
"""Rows of one table of visits."""
Kind = Annotated[str, Query(max_length=64, description="A kind of scan, as `T1w`; all without it.")]


@router.get("/projects/{project}/protocol", response_model=models.Protocol)
def protocol(service: Served, caller: Asker, project: ProjectName) -> Response:
    """What the study plans, as it was given last; an empty text where it plans nothing. POST it to `sayings` with the verb `protocol`."""
    service.gate.require(caller, project, "read")
    found = service.reading.rows(looking.sql("protocol"), (), project)
    visits = service.reading.rows(looking.sql("planned_visits"), (), project)
    told = found[0] if found else {"text": "", "who": "", "at": None, "anchor": ""}
    return json_answer({**told, "visits": visits})


@router.get("/projects/{project}/protocol/draft", response_model=models.ProtocolDraft)
def draft(service: Served, caller: Asker, project: ProjectName) -> Response:
    """A first protocol made of what is there: visits as they came, usual kinds and settings."""
    service.gate.require(caller, project, "read")
    return json_answer({"text": drafted(service.reading.tables, project)})


@router.get("/projects/{project}/visits", response_model=models.Course)
def visits(service: Served, caller: Asker, project: ProjectName) -> Response:
    """What each visit of each subject should have, and what became of it, as columns: one row a kind of scan or a form."""
    service.gate.require(caller, project, "read")
    return json_answer(_table(service, looking.sql("visits"), (), project))


@router.get("/projects/{project}/compliance", response_model=models.Compliance)
def compliance(service: Served, caller: Asker, project: ProjectName, kind: Kind = "") -> Response:
    """Each limit of the protocol: how many scans are as planned, what the others have instead, and since when."""
    service.gate.require(caller, project, "read")
    return json_answer({"items": service.reading.rows(looking.sql("compliance"), (kind, kind), project)})


@router.get("/projects/{project}/deviations", response_model=models.Course)
def deviations(service: Served, caller: Asker, project: ProjectName, kind: Kind = "") -> Response:
    """Scans whose settings are not as planned, as columns."""
    service.gate.require(caller, project, "read")
    return json_answer(_table(service, looking.sql("deviations"), (kind, kind), project))


@router.get("/projects/{project}/agreement", response_model=models.Agreement)
def agreement(service: Served, caller: Asker, project: ProjectName, q: Searched = "") -> Response:
    """How far those who rated these scans agree, what each of them says, and the scans in dispute, without names."""
    standing = service.gate.require(caller, project, "read")
    fits = where(looking.SCAN, looking.fitting(q, standing))
    found = service.reading.rows(looking.sql("ratings", fits.text), fits.params, project)
    said: dict[str, dict[str, str]] = {}
    for row in found:
        said.setdefault(row["who"], {})[row["scan_id"]] = row["quality"]
    disputed = service.reading.rows(looking.sql("disputes", fits.text), (*fits.params, caller.name), project)
    return json_answer(
        {
            "pairs": [asdict(each) for each in pairs(said)],
            "raters": [asdict(each) for each in raters(found)],
            "disputes": disputed,
        }
    )


def _table(service: Any, query: str, params: tuple[Any, ...], project: str) -> dict[str, Any]:
    columns, total = looking.as_columns(service.reading.relation(query, params, project).limit(MOST))
    return {"columns": columns, "total": total}
