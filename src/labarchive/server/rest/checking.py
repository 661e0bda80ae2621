"""Measures of image quality: have scans measured, read what was found."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from labarchive.metrics.table import TOOL
from labarchive.server.rest import looking, models
from labarchive.server.rest.asking import Asking
from labarchive.server.rest.given import Asker, ProjectName, Served
from labarchive.server.rest.nouns import Id, json_answer

router = APIRouter()
MOST = 20_000
"""Scans of one course."""
MetricName = Annotated[str, Path(max_length=64, description="A measure, as `efc`.")]
OUTLIERS = """select project, scan_id, scan, kind, scanner, metric, value, unit, middle, z, n, tool from outlier
order by abs(z) desc, scan_id, metric"""


@router.post("/projects/{project}/check", response_model=models.Checking)
def check(service: Served, caller: Asker, project: ProjectName, body: models.Check) -> Response:
    """Have these scans measured before others; what is measured already is not measured again, unless ``again``.

    Answers at once. ``metric`` and ``outlier`` in SQL hold what was found; a scan that was tried has a measure ``measured``.
    """
    service.gate.require(caller, project, "read")
    known = {row["scan_id"] for row in service.reading.rows("select scan_id from scan", (), project)}
    scans = [scan for scan in body.scans if scan in known]
    return json_answer({"waiting": service.measuring.ask(project, scans, again=body.again)})


@router.get("/projects/{project}/scans/{name}/metrics", response_model=models.Measures)
def metrics(service: Served, caller: Asker, project: ProjectName, name: Id) -> Response:
    """What was measured of a scan, beside the median of its kind and scanner; the farthest first.

    ``z``: by how many robust deviations it departs; nothing where fewer than five were measured.
    """
    standing = service.gate.require(caller, project, "read")
    row = Asking(service.reading, project, looking.SCAN, standing, ()).one(name)
    items = service.reading.rows(looking.sql("measures_of"), (row["scan_id"],), project)
    return json_answer({"items": items})


@router.get("/projects/{project}/outliers", response_model=models.Outliers)
def outliers(service: Served, caller: Asker, project: ProjectName) -> Response:
    """Scans that depart from the others of their kind and scanner, the farthest first."""
    service.gate.require(caller, project, "read")
    return json_answer({"items": service.reading.rows(OUTLIERS, (), project)})


@router.get("/projects/{project}/measures", response_model=models.MeasuredKinds)
def measures(service: Served, caller: Asker, project: ProjectName) -> Response:
    """Which measures there are of which kinds of scans, and in how many of them a scan departs."""
    service.gate.require(caller, project, "read")
    return json_answer({"items": service.reading.rows(looking.sql("measured_kinds"), (), project)})


@router.get("/projects/{project}/measures/{name}", response_model=models.Course)
def course(
    service: Served,
    caller: Asker,
    project: ProjectName,
    name: MetricName,
    kind: Annotated[str, Query(max_length=64)] = "",
    tool: Annotated[str, Query(max_length=64)] = TOOL,
) -> Response:
    """One measure of all scans of a kind as columns, as they were acquired, each against those of its scanner."""
    service.gate.require(caller, project, "read")
    relation = service.reading.relation(looking.sql("course"), (name, tool, kind), project)
    columns, total = looking.as_columns(relation.limit(MOST))
    return json_answer({"columns": columns, "total": total})
