"""GET /api/audit: who looked at whom and who said what, when and from where, for who manages the project."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from labarchive.selection.levels import LEVELS
from labarchive.server.rest import models
from labarchive.server.rest.asking import Asking
from labarchive.server.rest.given import Asker, Served
from labarchive.server.rest.nouns import json_answer

router = APIRouter()
MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$"


@router.get("/audit", response_model=models.Audit)
def audit(
    service: Served,
    caller: Asker,
    project: Annotated[str, Query(min_length=1, max_length=64, description="The project's name.")],
    subject: Annotated[
        str, Query(max_length=200, description="A subject's id or label; empty for all.")
    ] = "",
    before: Annotated[str, Query(pattern=MOMENT, description="A moment; `next` of the page before.")]
    | None = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Entries at most.")] = 100,
) -> Response:
    """A subject's story, or a project's, newest first."""
    standing = service.gate.require(caller, project, "manage", "project")
    key = ""
    if subject:
        key = Asking(service.reading, project, LEVELS["subject"], standing, ()).one(subject)["subject_id"]
    found = service.catalogue.do("audit", project=project, subject=key, before=before or "", limit=limit)
    return json_answer(found)
