"""The rating queue and the lightbox: which scans wait to be judged, who is judging which, and what one has begun to say."""

from collections.abc import Mapping, Set
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from labarchive.catalogue.sealing import Held
from labarchive.errors import BadInput
from labarchive.forms import Form
from labarchive.forms.rating import rating_form
from labarchive.selection.queries import where
from labarchive.server.rest import looking, models
from labarchive.server.rest.asking import Asking
from labarchive.server.rest.given import Asker, ProjectName, Searched, Served
from labarchive.server.rest.nouns import Id, json_answer

router = APIRouter()
MOST = 20_000
"""Scans of one queue."""
FORM = "rating"


@router.get("/forms", response_model=models.Forms)
def forms(service: Served, caller: Asker) -> Response:  # noqa: ARG001  who is signed in may see them
    """The forms that can be filled in here."""
    library = service.catalogue.forms.library
    listed = [
        {"name": form.name, "version": form.version, "title": form.title, "level": form.level}
        for form in library
    ]
    return json_answer({"items": listed})


@router.get("/forms/{name}", response_model=models.Form)
def form(service: Served, caller: Asker, name: ProjectName) -> Response:  # noqa: ARG001  who is signed in may see it
    """A form as it is filled in now: items, choices, keys, and its expressions as trees."""
    library = service.catalogue.forms.library
    form = rating_form(library) if name == FORM else library.form(name)
    return json_answer({**_form(form), "text": library.text(name)})


def _form(form: Form) -> dict[str, Any]:
    return {
        "name": form.name, "version": form.version, "title": form.title, "level": form.level, "missing": dict(form.missing),
        "items": [
            {
                "name": item.name, "label": item.label, "type": item.type, "missing": list(item.missing),
                "choices": [
                    {"code": code, "label": label, "key": item.keys.get(code)} for code, label in item.choices.items()
                ],
                "required": item.required, "show": item.show, "range": item.range, "unit": item.unit, "help": item.help,
                "longest": item.longest,
            }
            for item in form.items
        ],
        "scores": [{"name": score.name, "value": score.value, "range": score.range} for score in form.scores],
    }  # fmt: skip


@router.get("/projects/{project}/queue", response_model=models.Queue)
def queue(
    service: Served,
    caller: Asker,
    project: ProjectName,
    q: Searched = "",
    again: Annotated[bool, Query(description="With scans that somebody else has rated already.")] = False,
) -> Response:
    """The scans that fit and that you rated or nobody did, as columns, in the order in which they are judged.

    ``others``: how many others have rated it; how, is told when you have. ``held``: what others are judging now.
    """
    standing = service.gate.require(caller, project, "rate")
    fits = where(looking.SCAN, looking.fitting(q, standing))
    sealed = service.catalogue.sealed_by(project, caller.name)
    params = (*fits.params, caller.name, caller.name, again, sorted(sealed[2]))
    relation = service.reading.relation(looking.sql("queue", fits.text), params, project)
    columns, total = looking.as_columns(relation.limit(MOST))
    _with_sealed(columns, *sealed)
    held = _until(service.claims.of_others(project, caller.name))
    project_id = service.catalogue.memberships()[project].project_id
    drafts = service.drafts.of(project_id, caller.name, columns["scan_id"], FORM)
    words = {"columns": columns, "total": total, "held": held, "drafts": drafts}
    return json_answer({**words, "wrong": looking.wrong(q)})


def _with_sealed(
    columns: dict[str, list[Any]], mine: Mapping[str, Held], waiting: Mapping[str, int], blind: Set[str]
) -> None:
    """Scans that are rated blind: one is told what one has said of them in this campaign, and by how many others they are rated."""
    own = [name for name in ("mine", "reason", "confidence", "note", "seq") if name in columns]
    if "seq" not in columns:  # the lightbox tells the reason of a scan's quality, not of one's own rating
        own = ["mine"]
    for n, scan in enumerate(columns["scan_id"] if blind else ()):
        if scan not in blind:
            continue
        said = mine[scan].payload if scan in mine else {}
        reason = ", ".join(said.get("reason", ())) or None
        told = {
            **said,
            "mine": said.get("quality"),
            "reason": reason,
            "seq": mine[scan].seq if said else None,
        }
        for name in own:
            columns[name][n] = told.get(name)
        if "others" in columns:
            columns["others"][n] = waiting.get(scan, 0) - (scan in mine)


@router.get("/projects/{project}/lightbox", response_model=models.Lightbox)
def lightbox(service: Served, caller: Asker, project: ProjectName, q: Searched = "") -> Response:
    """Every scan that fits, as columns: what is said of it, and what you say."""
    standing = service.gate.require(caller, project, "read")
    fits = where(looking.SCAN, looking.fitting(q, standing))
    relation = service.reading.relation(
        looking.sql("lightbox", fits.text), (*fits.params, caller.name), project
    )
    columns, total = looking.as_columns(relation.limit(MOST))
    _with_sealed(columns, *service.catalogue.sealed_by(project, caller.name))
    departs = service.departing.of(project)
    columns["z"] = [departs.get(scan, (None, ""))[0] for scan in columns["scan_id"]]
    columns["departs"] = [departs.get(scan, (None, ""))[1] for scan in columns["scan_id"]]
    may = standing.may("rate")
    return json_answer({"columns": columns, "total": total, "may_rate": may, "wrong": looking.wrong(q)})


@router.post("/projects/{project}/queue/claims", response_model=models.Claimed)
def claim(service: Served, caller: Asker, project: ProjectName, body: models.Claim) -> Response:
    """Keep these scans for yourself for ten minutes; those that somebody else has stay theirs.

    ``rated``: by how many others each has been rated since the service was started.
    ``release`` lets go of all others that you have.
    """
    service.gate.require(caller, project, "rate")
    if body.release:
        service.claims.release(project, caller.name)
    mine = service.claims.take(project, caller.name, body.scans)
    held = service.claims.of_others(project, caller.name)
    rated = service.claims.judged_by_others(project, caller.name, body.scans)
    return json_answer({"yours": _until(mine), "held": _until(held), "rated": rated})


def _until(claims: dict[str, float]) -> dict[str, str]:
    return {
        scan: datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds")
        for scan, until in claims.items()
    }


@router.get("/projects/{project}/scans/{name}/draft", response_model=models.Draft)
def draft(service: Served, caller: Asker, project: ProjectName, name: Id) -> Response:
    """What you began to say of this scan's quality and have not said yet."""
    project_id, scan = _scan(service, caller, project, name)
    return json_answer({"answers": service.drafts.read(project_id, caller.name, scan, FORM) or {}})


@router.put("/projects/{project}/scans/{name}/draft", response_model=models.Draft)
def save_draft(
    service: Served, caller: Asker, project: ProjectName, name: Id, body: models.Draft
) -> Response:
    """Keep what you began to say, for you alone; a rating takes its place, and so does an empty draft."""
    project_id, scan = _scan(service, caller, project, name)
    known = [item.name for item in service.catalogue.forms.library.form(FORM).items]
    if strange := next((word for word in body.answers if word not in known), None):
        raise BadInput(f"{strange} is no item of the form", hint=f"there are {', '.join(known)}")
    service.drafts.write(project_id, caller.name, scan, FORM, body.answers)
    return json_answer({"answers": body.answers})


def _scan(service: Any, caller: Any, project: str, name: str) -> tuple[str, str]:
    """The ids of the project and of the scan. Raises NotFound, NotAllowed."""
    standing = service.gate.require(caller, project, "rate")
    row = Asking(service.reading, project, looking.SCAN, standing, ()).one(name)
    return service.catalogue.memberships()[project].project_id, str(row["scan_id"])
