""".../index: look again at the project's own folders, in a process of its own that outlives the request."""

import os
import secrets
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from labarchive.archive.apart import Apart
from labarchive.errors import BadInput, Busy, LabarchiveError, NotAllowed, NotFound
from labarchive.server.indexers import busy, is_index, told
from labarchive.server.rest import models
from labarchive.server.rest.given import Asker, ProjectName, Served
from labarchive.server.rest.nouns import json_answer
from labarchive.server.rest.refusals import UnderWay
from labarchive.server.rest.sayings import Key

router = APIRouter()


@router.post("/projects/{project}/index", status_code=202, response_model=models.Indexing)
def index(
    service: Served, caller: Asker, project: ProjectName, body: models.Index, key: Key = ""
) -> Response:
    """Index the folders that the project was made of, or some of them; ``quick`` looks only into those that changed.

    Answers at once: ``work`` of hello says how far it is, GET how it ended. The same Idempotency-Key begins it once.
    """
    service.gate.require(caller, project, "import")
    roots = _roots(service.catalogue.roots(project), project, body.roots)

    def start() -> Apart:
        if _work(service, project):
            raise busy(project)
        try:
            return Apart(service.home, roots, project, quick=body.quick, door=caller.door)
        except (NotFound, NotAllowed) as error:
            raise told(error, project) from error

    try:
        begun = service.indexers.begin(project, key or secrets.token_hex(8), quick=body.quick, start=start)
    except Busy as error:
        raise UnderWay(error.what, hint=error.hint) from error
    words = {"project": project, "roots": len(roots), "quick": begun.quick, "key": begun.key}
    answer = json_answer(words)
    answer.status_code = 202
    return answer


@router.get("/projects/{project}/index", response_model=models.IndexState)
def state(service: Served, caller: Asker, project: ProjectName) -> Response:
    """How far the project's index is, and how the last one that was begun here ended."""
    service.gate.require(caller, project, "import")
    last = service.indexers.last(project)
    return json_answer(
        {
            "project": project,
            "work": _work(service, project),
            "key": last.key if last else "",
            "summary": last.summary if last else None,
            "problem": _words(last.problem) if last and last.problem else None,
        }
    )


def _work(service: Any, project: str) -> dict[str, Any] | None:
    under_way = service.indexers.with_begun(service.catalogue.work())
    return next((each for each in under_way if each["project"] == project and is_index(each)), None)


def _roots(known: Sequence[str], project: str, wanted: Sequence[str]) -> Sequence[str]:
    """The wanted ones of the known. Raises NotFound, and BadInput for a folder that is none of the project's."""
    if not known:
        raise NotFound(
            f"{project} has no folder yet", hint="labarchive index FOLDER on the archive's machine"
        )
    asked = [os.path.normpath(each) for each in wanted]
    if not set(asked) <= set(known):
        raise BadInput(
            f"that is not one of the folders that {project} was made of",
            hint="name none, and they are all indexed; an administrator adds one where the archive lives",
        )
    return asked or known


def _words(error: LabarchiveError) -> dict[str, str]:
    return {"error": type(error).__name__, "detail": error.what, "hint": error.hint}
