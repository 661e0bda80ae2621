"""Answers that tell who somebody is go into the audit before they are sent."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labarchive.access.table import identifying
from labarchive.catalogue.audit import Look
from labarchive.selection.queries import Query
from labarchive.server.rest.asking import Asking
from labarchive.server.rest.callers import Caller

if TYPE_CHECKING:
    from labarchive.server.rest.app import Service


def tells(asking: Asking) -> bool:
    """Whether rows of this question hold what tells who somebody is."""
    return asking.standing.may("identify") and not identifying(asking.level.name).isdisjoint(asking.types)


def rows_told(service: "Service", caller: Caller, asking: Asking, rows: Sequence[Mapping[str, Any]]) -> None:
    """These rows of a list, or the one row of an item."""
    if rows and tells(asking):
        note(service, caller, asking.project, asking.level.plural, _subjects_of(asking, rows), len(rows))


def all_told(service: "Service", caller: Caller, asking: Asking) -> None:
    """Every row that fits."""
    if tells(asking):
        subjects = _subjects_fitting(asking) if asking.terms else []
        note(service, caller, asking.project, asking.level.plural, subjects, asking.total())


def note(
    service: "Service", caller: Caller, project: str, what: str, subjects: Iterable[str] = (), n: int = 1
) -> None:
    """``what`` of these subjects, or of the whole project, goes to the caller. Raises NoRoom: then it must not."""
    project_id = service.catalogue.memberships()[project].project_id
    look = Look(caller.name, caller.door, caller.where, project, project_id, what, tuple(subjects), n)
    service.catalogue.audit.note(look)


def _subjects_of(asking: Asking, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if "subject_id" in rows[0]:
        return list({str(row["subject_id"]) for row in rows})
    scans = list({str(row["scan_id"]) for row in rows if row.get("scan_id")})
    if not scans:
        return []
    marks = ", ".join("?" * len(scans))
    return _first(
        asking, Query(f"select distinct subject_id from scan where scan_id in ({marks})", tuple(scans))
    )


def _subjects_fitting(asking: Asking) -> list[str]:
    if "subject_id" in asking.types:
        return _first(
            asking, Query(f"select distinct subject_id from {asking.level.name} where ") + asking.condition
        )
    if "scan_id" not in asking.types:
        return []
    inside = Query(f"select scan_id from {asking.level.name} where ") + asking.condition
    return _first(
        asking, Query("select distinct subject_id from scan where scan_id in (") + inside + Query(")")
    )


def _first(asking: Asking, query: Query) -> list[str]:
    found = asking.reading.relation(query.text, query.params, asking.project).fetchall()
    return [str(value) for (value,) in found if value is not None]
