"""Journal and observations become tables, one event after the other: live, at the owner's start, and in rebuild."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from labarchive.catalogue.bindings import bind
from labarchive.catalogue.derive import Derivation, rules_digest
from labarchive.catalogue.given import KEYS, insert_given, seal_given
from labarchive.catalogue.journal import Draft, Event, Journal
from labarchive.catalogue.observations import Part
from labarchive.catalogue.sayings import REGROUPING, insert_sayings
from labarchive.catalogue.sql import execute, insert_rows, named, query
from labarchive.catalogue.versions import supersede


@dataclass(slots=True)
class Pending:
    """Parts on disk that no derivation has taken in yet, by project."""

    parts: dict[str, list[Part]] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        self.parts.setdefault(part.project_id, []).append(part)

    def all(self, project_id: str) -> list[Part]:
        """In the order in which they were taken."""
        return sorted(self.parts.get(project_id, ()), key=lambda part: part.taken)

    def until(self, project_id: str, frontier: datetime) -> list[Part]:
        """Those taken until then, in order."""
        return [part for part in self.all(project_id) if part.taken <= frontier]

    def rows(self, project_id: str) -> int:
        return sum(part.rows for part in tuple(self.parts.get(project_id, ())))

    def forget(self, parts: Iterable[Part]) -> None:
        for part in parts:
            self.parts[part.project_id].remove(part)


def apply(cursor: duckdb.DuckDBPyConnection, event: Event, pending: Pending) -> None:
    """The effect of one event, as far as nobody has to decide anything for it."""
    project_id = project_id_of(cursor, event)
    match event.verb:
        case "project":
            _project(cursor, event)
        case "rules":
            _rules(cursor, event)
        case "run":
            _run(cursor, event, project_id, pending)
        case "redact":
            execute(
                cursor,
                "update saying_fact set payload = null where seq = $seq",
                seq=(event.payload or {})["seq"],
            )
    insert_sayings(cursor, [event], [project_id])
    if event.verb in ("merge", "split", "undo"):
        regroup(cursor, event, project_id)


def project_id_of(cursor: duckdb.DuckDBPyConnection, event: Event) -> str:
    if event.verb == "project":
        return event.about
    found = query(
        cursor, "select project_id from project_fact where project = $project", project=event.project
    )
    return str(found[0][0]) if found else ""


def _project(cursor: duckdb.DuckDBPyConnection, event: Event) -> None:
    insert_rows(
        cursor,
        "project_fact",
        pa.table(
            {
                "project_id": [event.about],
                "project": [event.project],
                "created": pa.array([event.at], pa.timestamp("us")),
                "salt": [(event.payload or {})["salt"]],
                "valid_from": pa.array([event.at], pa.timestamp("us")),
            }
        ),
    )


def _rules(cursor: duckdb.DuckDBPyConnection, event: Event) -> None:
    text = (event.payload or {})["text"]
    insert_rows(
        cursor, "rules", pa.table({"seq": [event.seq], "digest": [rules_digest(text)], "text": [text]})
    )


def _run(cursor: duckdb.DuckDBPyConnection, event: Event, project_id: str, pending: Pending) -> None:
    payload = event.payload or {}
    parts = pending.until(project_id, datetime.fromisoformat(payload["frontier"]))
    derivation = derivation_of(cursor, project_id, payload["roots"])
    derivation.take(parts)
    for table in KEYS:
        insert_given(cursor, project_id, table, payload.get(table, []), event.seq)
    derivation.compute(decide=False)
    _settle(derivation, event)
    pending.forget(parts)


def _settle(derivation: Derivation, event: Event) -> None:
    cursor, project_id = derivation.cursor, derivation.project_id
    taken = newly_taken(cursor, project_id)
    if derivation.settle(event.at) or taken:
        _mark(cursor, project_id, event.seq)
    frontier = datetime.fromisoformat((event.payload or {})["frontier"])
    execute(
        cursor,
        "insert into derived values ($project_id, $seq, $frontier)",
        project_id=project_id,
        seq=event.seq,
        frontier=frontier,
    )


def newly_taken(cursor: duckdb.DuckDBPyConnection, project_id: str) -> int:
    """The number of parts that versions of files know and scans do not."""
    return int(query(cursor, named("derive.sql", "newly_taken"), project_id=project_id)[0][0])


def _mark(cursor: duckdb.DuckDBPyConnection, project_id: str, seq: int) -> None:
    execute(cursor, "insert into facts_change values ($project_id, $seq)", project_id=project_id, seq=seq)


def derivation_of(cursor: duckdb.DuckDBPyConnection, project_id: str, roots: Sequence[str]) -> Derivation:
    """A derivation under the newest rules, with ``roots`` among the project's."""
    known = {root for (root,) in query(cursor, "select root from root where project_id = $id", id=project_id)}
    fresh = sorted(set(roots) - known)
    insert_rows(
        cursor,
        "root",
        pa.table(
            {
                "project_id": pa.array([project_id] * len(fresh), pa.string()),
                "root": pa.array(fresh, pa.string()),
            }
        ),
    )
    rules = query(cursor, "select arg_max(text, seq) from rules")[0][0]
    salt = query(cursor, "select salt from project_fact where project_id = $id", id=project_id)[0][0]
    return Derivation(cursor, project_id, rules=rules, salt=salt)


def derive(cursor: duckdb.DuckDBPyConnection, journal: Journal, at: datetime, words: dict[str, Any]) -> Event:
    """Derive a project live: decide, write down what was decided (durably), then settle.

    ``words``: project, project_id, run, roots. All parts until ``at`` were folded before. If the process dies after
    the journal has the event, the replay at the next start goes on from there.
    """
    project_id = words["project_id"]
    derivation = derivation_of(cursor, project_id, words["roots"])
    derivation.compute(decide=True)
    payload = {
        "run": words["run"],
        "roots": list(words["roots"]),
        "frontier": at.isoformat(),
        "rules": rules_digest(derivation.rules_text),
        **derivation.given.payload(),
    }
    (event,) = journal.append([Draft("run", words["project"], project_id, payload)], at)
    seal_given(cursor, event.seq)
    _settle(derivation, event)
    insert_sayings(cursor, [event], [project_id])
    return event


def regroup(cursor: duckdb.DuckDBPyConnection, event: Event, project_id: str) -> None:
    """A merge, a split or the undoing of one: sessions change their subject, from now on."""
    if event.payload is None or not _regroups(cursor, event):
        return
    if event.verb == "split":
        row = [event.payload["new"], None, event.payload["label"], True]
        insert_given(cursor, project_id, "subject_key", [row], event.seq)
    bind(cursor, project_id)
    changed = False
    for name, table, key in (
        ("rebound_sessions", "session_fact", "session_id"),
        ("fresh_subjects", "subject_fact", "subject_id"),
    ):
        execute(cursor, named("derive.sql", name), project_id=project_id)
        changed |= supersede(cursor, project_id, table, key, event.at)
    if changed:
        _mark(cursor, project_id, event.seq)


def _regroups(cursor: duckdb.DuckDBPyConnection, event: Event) -> bool:
    if event.verb in REGROUPING:
        return True
    found = query(
        cursor,
        """select 1 from saying_fact u join saying_fact s on s.seq = u.undoes[1]
        where u.seq = $seq and s.verb in ('merge', 'split')""",
        seq=event.seq,
    )
    return bool(found)
