"""What people may say and of what; knows which words each verb needs, and what an undo undoes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from labarchive.catalogue.bindings import undone_seqs
from labarchive.catalogue.ids import free_labels, fresh_id
from labarchive.catalogue.journal import Draft, Event
from labarchive.catalogue.sql import insert_rows, query
from labarchive.errors import BadInput, NotFound
from labarchive.records import QUALITIES, Saying


@dataclass(frozen=True, slots=True)
class Verb:
    """Of which things it is said, and the words it needs."""

    about: tuple[str, ...]
    needs: tuple[str, ...]
    redactable: bool = True


ANYTHING = ("proj", "subj", "sess", "scan")
VERBS: Mapping[str, Verb] = {
    "label": Verb(("subj", "sess", "scan"), ("label",)),
    "kind": Verb(("scan",), ("kind",)),
    "tag": Verb(ANYTHING, ("tag",)),
    "untag": Verb(ANYTHING, ("tag",)),
    "note": Verb(ANYTHING, ("note",)),
    "rating": Verb(("scan",), ("quality",)),
    "merge": Verb(("subj",), ("into",), redactable=False),
    "split": Verb(("subj",), ("sessions",), redactable=False),
    "undo": Verb((), ("seq",), redactable=False),
}
REGROUPING = ("merge", "split")
SYSTEM = ("project", "run", "rules", "redact")
_TABLES = {"proj": "project", "subj": "subject", "sess": "session", "scan": "scan"}


def checked(cursor: duckdb.DuckDBPyConnection, saying: Saying, project_id: str) -> Draft:
    """The saying as it will stand in the journal. Raises BadInput or NotFound with what would be right."""
    verb = VERBS.get(saying.verb)
    if verb is None:
        raise BadInput(f"nothing can be said with {saying.verb!r}", hint=f"there are {', '.join(VERBS)}")
    payload = dict(saying.payload)
    if saying.verb == "undo" and "seq" not in payload and saying.about.isdecimal():
        payload["seq"] = saying.about
    missing = [word for word in verb.needs if payload.get(word) is None]
    if missing:
        raise BadInput(
            f"{saying.verb} needs {', '.join(missing)}", hint=f"say {saying.verb} with {missing[0]}"
        )
    about = saying.about
    if saying.verb == "undo":
        payload, about = _undo(cursor, payload, project_id)
    else:
        _check_about(cursor, saying.verb, about, project_id)
        payload = _check_words(cursor, saying, payload, project_id)
    return Draft(saying.verb, saying.project, about, payload, saying.door, saying.who)


def _undo(
    cursor: duckdb.DuckDBPyConnection, payload: dict[str, Any], project_id: str
) -> tuple[dict[str, Any], str]:
    try:
        seq = int(payload["seq"])
    except (TypeError, ValueError):
        raise BadInput(f"{payload['seq']!r} is no number of a saying", hint="see the view saying") from None
    found = query(
        cursor,
        "select verb, about from saying_fact where seq = $seq and project_id = $project_id",
        seq=seq,
        project_id=project_id,
    )
    if not found:
        raise NotFound(f"nothing was said under number {seq} in this project", hint="see the view saying")
    if found[0][0] in SYSTEM:
        raise BadInput(f"number {seq} is a {found[0][0]}, not a saying of a person", hint="it stays")
    if seq in _undone(cursor, project_id):
        raise BadInput(f"number {seq} is undone already", hint="undo the undo to bring it back")
    return {**payload, "seq": seq}, found[0][1]


def _undone(cursor: duckdb.DuckDBPyConnection, project_id: str) -> set[int]:
    return undone_seqs(
        query(
            cursor,
            "select seq, undoes from saying_fact where undoes is not null and project_id = $project_id",
            project_id=project_id,
        )
    )


def _check_about(cursor: duckdb.DuckDBPyConnection, verb: str, about: str, project_id: str) -> None:
    level = about.partition("_")[0]
    if level not in VERBS[verb].about:
        names = ", ".join(_TABLES[name] for name in VERBS[verb].about)
        raise BadInput(f"{verb} is not said of {about!r}", hint=f"give the id of a {names}")
    name = _TABLES[level]
    found = query(
        cursor,
        f"select 1 from {name}_fact where {name}_id = $about and project_id = $project_id and valid_to is null limit 1",
        about=about,
        project_id=project_id,
    )
    if not found:
        raise NotFound(f"no {name} {about} in this project", hint=f"see the view {name}")


def _check_words(
    cursor: duckdb.DuckDBPyConnection, saying: Saying, payload: dict[str, Any], project_id: str
) -> dict[str, Any]:
    if saying.verb == "rating" and payload["quality"] not in QUALITIES:
        raise BadInput(f"{payload['quality']!r} is no quality", hint=f"there are {', '.join(QUALITIES)}")
    if saying.verb in ("label", "kind", "tag", "untag", "note"):
        word = VERBS[saying.verb].needs[0]
        if not isinstance(payload[word], str) or (word == "tag" and not payload[word].strip()):
            raise BadInput(f"{payload[word]!r} is no {word}", hint="give text")
    if saying.verb == "merge":
        _check_about(cursor, "merge", str(payload["into"]), project_id)
        if payload["into"] == saying.about:
            raise BadInput("a subject cannot be merged into itself", hint="name the other one")
    if saying.verb == "split":
        return _split(cursor, saying.about, payload, project_id)
    return payload


def _split(
    cursor: duckdb.DuckDBPyConnection, about: str, payload: dict[str, Any], project_id: str
) -> dict[str, Any]:
    there = {
        session
        for (session,) in query(
            cursor,
            "select session_id from session_fact where subject_id = $about and valid_to is null",
            about=about,
        )
    }
    sessions = list(payload["sessions"])
    strange = [session for session in sessions if session not in there]
    if strange or not sessions:
        raise NotFound(
            f"no session {', '.join(strange) or 'named'} in {about}",
            hint=f"it has {', '.join(sorted(there))}",
        )
    if len(set(sessions)) == len(there):
        raise BadInput("nothing would be left of the subject", hint="split off some of its sessions")
    labels = query(
        cursor,
        """select label from subject_fact where project_id = $project_id
        union select assigned from subject_key where project_id = $project_id and assigned is not null""",
        project_id=project_id,
    )
    # The id is given here, once, and stands in the journal.
    return {**payload, "new": fresh_id("subj"), "label": payload.get("label") or _free(labels)}


def _free(labels: Sequence[tuple[Any, ...]]) -> str:
    return next(free_labels(label for (label,) in labels if label))


def insert_sayings(
    cursor: duckdb.DuckDBPyConnection, events: Sequence[Event], project_ids: Sequence[str]
) -> None:
    """Events of the journal as rows of ``saying_fact``."""
    undoes = [_chain(cursor, event) for event in events]
    rows: dict[str, Any] = {
        "seq": pa.array([event.seq for event in events], pa.int64()),
        "at": pa.array([event.at for event in events], pa.timestamp("us")),
        "project_id": pa.array(project_ids, pa.string()),
        "payload": pa.array([_shown(event) for event in events], pa.string()),
        "undoes": pa.array(undoes, pa.list_(pa.int64())),
    }
    for name in ("who", "door", "project", "about", "verb"):
        rows[name] = pa.array([getattr(event, name) for event in events], pa.string())
    insert_rows(cursor, "saying_fact", pa.table(rows))


def _shown(event: Event) -> str | None:
    """System events hold ids, paths and salts that readers have no use for."""
    if event.payload is None:
        return None
    if event.verb in SYSTEM:
        payload = {name: event.payload[name] for name in ("run", "digest", "seq") if name in event.payload}
    else:
        payload = dict(event.payload)
    return json.dumps(payload, sort_keys=True, ensure_ascii=False)


def _chain(cursor: duckdb.DuckDBPyConnection, event: Event) -> list[int] | None:
    if event.verb != "undo" or event.payload is None:
        return None
    seq = event.payload["seq"]
    found = query(cursor, "select undoes from saying_fact where seq = $seq", seq=seq)
    return [*(found[0][0] or [] if found else []), seq]
