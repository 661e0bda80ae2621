"""Forms that are filled in: of what, by whom, and what one has begun to say of it."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from labarchive.errors import BadInput, NotFound
from labarchive.forms import Form
from labarchive.server.rest import looking, models
from labarchive.server.rest.given import Asker, ProjectName, Served
from labarchive.server.rest.nouns import Id, json_answer

router = APIRouter()
FormName = Annotated[
    str, Path(max_length=64, description="A form, as `nihss`.", pattern=r"^[a-z][a-z0-9_]*$")
]
MOST = 20_000
"""Things of one form."""


@router.get("/projects/{project}/forms/{form}", response_model=models.Course)
def things(service: Served, caller: Asker, project: ProjectName, form: FormName) -> Response:
    """Of what a form is filled in, as columns: whether you did, how many others did, and whether you have begun to."""
    service.gate.require(caller, project, "enter")
    found = service.catalogue.forms.library.form(form)
    query = looking.sql(f"form_of_{found.said_of}s")
    columns, total = looking.as_columns(
        service.reading.relation(query, (form, caller.name, form, caller.name), project).limit(MOST)
    )
    begun = service.drafts.of(_project_id(service, project), caller.name, columns["about"], form)
    columns["begun"] = [about in begun for about in columns["about"]]
    return json_answer({"columns": columns, "total": total})


@router.get("/projects/{project}/forms/{form}/{name}", response_model=models.Filled)
def filled(service: Served, caller: Asker, project: ProjectName, form: FormName, name: Id) -> Response:
    """Everything that was said of a thing with a form, newest first, and what you began to say."""
    service.gate.require(caller, project, "enter")
    about = _about(service, project, service.catalogue.forms.library.form(form), name)
    entries = [
        {**row, **{name: json.loads(row[name] or "{}") for name in ("answers", "missing", "scores")}}
        for row in service.reading.rows(looking.sql("entries_of"), (about, form), project)
    ]
    draft = service.drafts.read(_project_id(service, project), caller.name, about, form) or {}
    return json_answer({"entries": entries, "draft": draft})


@router.put("/projects/{project}/forms/{form}/{name}/draft", response_model=models.EntryDraft)
def save(
    service: Served, caller: Asker, project: ProjectName, form: FormName, name: Id, body: models.EntryDraft
) -> Response:
    """Keep what you began to say, for you alone; an entry takes its place, and so does an empty draft."""
    service.gate.require(caller, project, "enter")
    found = service.catalogue.forms.library.form(form)
    known = [item.name for item in found.items]
    if strange := next((word for word in (*body.answers, *body.missing) if word not in known), None):
        raise BadInput(f"{strange} is no item of the form", hint=f"there are {', '.join(known)}")
    about = _about(service, project, found, name)
    kept = body.model_dump() if body.answers or body.missing else {}
    service.drafts.write(_project_id(service, project), caller.name, about, form, kept)
    return json_answer(body.model_dump())


def _about(service: Any, project: str, form: Form, name: str) -> str:
    """The id of a thing of the form's level. Raises NotFound."""
    level = form.said_of
    rows = service.reading.rows(f"select {level}_id from {level} where {level}_id = ?", (name,), project)
    if not rows:
        raise NotFound(f"no {level} {name} in this project", hint=f"see GET /api/projects/{project}/{level}s")
    return name


def _project_id(service: Any, project: str) -> str:
    return str(service.catalogue.memberships()[project].project_id)
