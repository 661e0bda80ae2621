"""A subject's story, or a project's: who looked, who said what, when and from where, newest first."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from labarchive.catalogue.journal import Event, Journal
from labarchive.catalogue.sql import named, query
from labarchive.errors import BadInput

if TYPE_CHECKING:
    from labarchive.catalogue.owner import Catalogue

MOST = 1000


def story(
    catalogue: "Catalogue", project: str, subject: str = "", before: str = "", limit: int = 100
) -> dict[str, Any]:
    """``items`` before a moment, and the moment to ask with ``next``; ``subject`` is a stable id."""
    n = max(1, min(int(limit), MOST))
    until = _moment(before)
    catalogue.scribe.catch_up()
    found = [
        *_said(catalogue, project, subject, until, n + 1),
        *(_look(event) for event in islice(catalogue.audit.newest(project, subject, until), n + 1)),
    ]
    found.sort(key=lambda item: item["at"], reverse=True)
    items = found[:n]
    return {"items": items, "next": items[-1]["at"] if len(found) > n else None}


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text) if text else datetime.max
        return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    except (ValueError, OverflowError):
        raise BadInput(f"{text!r} is no moment", hint="take `next` of the answer before") from None


def _said(
    catalogue: "Catalogue", project: str, subject: str, until: datetime, n: int
) -> list[dict[str, Any]]:
    statement = named("audit.sql", "about_subject" if subject else "about_project")
    words = {"project_id": catalogue.project_id(project), "subject": subject, "before": until, "n": n}
    with catalogue.store.reading() as cursor:
        rows = query(cursor, statement, **words)
    wheres = origins(catalogue.journal, [row[0] for row in rows])
    return [
        {
            "at": _text(at), "who": who, "door": door, "where": wheres.get(seq, ""), "project": project, "verb": verb,
            "about": about, "subjects": [], "n": 1, "seq": seq, "payload": json.loads(payload) if payload else None,
        }
        for seq, at, who, door, verb, about, payload in rows
    ]  # fmt: skip


def _look(event: Event) -> dict[str, Any]:
    words = event.payload or {}
    return {
        "at": _text(event.at), "who": event.who, "door": event.door, "where": words.get("where", ""),
        "project": event.project, "verb": event.verb, "about": words.get("what", ""),
        "subjects": words.get("subjects", []), "n": words.get("n", 0), "seq": None, "payload": None,
    }  # fmt: skip


def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds") + "Z"


def origins(journal: Journal, seqs: Sequence[int]) -> dict[int, str]:
    """The addresses that sayings came from, by number. Only the journal has them: tables and snapshots do not."""
    wanted = set(seqs)
    events = journal.newest(min(wanted) - 1, [b'"where"']) if wanted else ()
    return {event.seq: str((event.payload or {}).get("where", "")) for event in events if event.seq in wanted}
