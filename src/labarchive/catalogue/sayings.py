"""What people may say and of what; knows which words each verb needs, and what an undo undoes."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from labarchive.catalogue.bindings import undone_seqs
from labarchive.catalogue.ids import free_labels, fresh_id
from labarchive.catalogue.journal import Draft, Event
from labarchive.catalogue.sealing import Campaign, campaigned
from labarchive.catalogue.sql import insert_rows, query
from labarchive.errors import BadInput, NotFound
from labarchive.forms import Library, entered, judged
from labarchive.protocols import planned
from labarchive.records import ROLES, VISIBILITIES, Saying


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
    "entry": Verb(("subj", "sess", "scan"), ("form", "answers")),
    "merge": Verb(("subj",), ("into",), redactable=False),
    "split": Verb(("subj",), ("sessions",), redactable=False),
    "undo": Verb((), ("seq",), redactable=False),
    "grant": Verb(("proj",), ("user", "role"), redactable=False),
    "revoke": Verb(("proj",), ("user",), redactable=False),
    "visibility": Verb(("proj",), ("visibility",), redactable=False),
    "deidentified": Verb(("proj",), ("deidentified",), redactable=False),
    "selection": Verb(("proj",), ("name", "q")),
    "protocol": Verb(("proj",), ("text",)),
    "campaign": Verb(("proj",), ("name",), redactable=False),
}
FEW = 20
"""Sayings of a batch for each of which the tables are asked; more, and they are asked once."""
REGROUPING = ("merge", "split")
PLAIN = ("rating", "entry", "label", "kind", "tag", "untag", "note", "selection", "protocol", "sealed")
"""What may be undone behind the answer: nothing but what is shown follows from it."""
SYSTEM = ("project", "run", "rules", "form", "redact")
HIDDEN = (*SYSTEM, "sealed")
"""Of these readers are told that they were said, and not what."""
_TABLES = {"proj": "project", "subj": "subject", "sess": "session", "scan": "scan"}


@dataclass(slots=True)
class Checking:
    """What the sayings of one batch are checked against: looked up once for all of a large one."""

    cursor: duckdb.DuckDBPyConnection
    forms: Library
    size: int = 1
    campaigns: Callable[[str], Sequence[Campaign]] = lambda _: ()
    """Those of a project."""
    _undone: dict[str, set[int]] = field(default_factory=dict)
    _things: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    _said: dict[str, dict[int, tuple[str, str]]] = field(default_factory=dict)

    def there(self, name: str, about: str, project_id: str) -> bool:
        """Whether the project has this subject, session or scan now."""
        where = f"from {name}_fact where project_id = $project_id and valid_to is null"
        if self.size < FEW:
            one = f"select 1 {where} and {name}_id = $about limit 1"
            return bool(query(self.cursor, one, about=about, project_id=project_id))
        return about in self.ids(name, project_id)

    def ids(self, name: str, project_id: str) -> set[str]:
        """All subjects, sessions or scans of the project now."""
        key = (name, project_id)
        if key not in self._things:
            where = "where project_id = $project_id and valid_to is null"
            rows = query(self.cursor, f"select {name}_id from {name}_fact {where}", project_id=project_id)
            self._things[key] = {str(found) for (found,) in rows}
        return self._things[key]

    def said(self, seq: int, project_id: str) -> tuple[str, str] | None:
        """The verb and the thing of a saying of this project."""
        what = "select seq, verb, about from saying_fact where project_id = $project_id"
        if self.size < FEW:
            rows = query(self.cursor, f"{what} and seq = $seq", seq=seq, project_id=project_id)
            return (rows[0][1], rows[0][2]) if rows else None
        if project_id not in self._said:
            rows = query(self.cursor, what, project_id=project_id)
            self._said[project_id] = {number: (verb, about) for number, verb, about in rows}
        return self._said[project_id].get(seq)

    def undone(self, project_id: str) -> set[int]:
        if project_id not in self._undone:
            self._undone[project_id] = _undone(self.cursor, project_id)
        return self._undone[project_id]


def checked(checking: Checking, saying: Saying, project_id: str) -> Draft:
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
        payload, about = _undo(checking, payload, project_id)
    else:
        _check_about(checking, saying.verb, about, project_id)
        match saying.verb:
            case "rating":
                payload = judged(payload, checking.forms)
                if payload.get("settles"):
                    _check_settles(checking, saying, project_id)
            case "entry":
                payload = entered(payload, about, checking.forms)
            case "protocol":
                payload = planned(payload)
            case "campaign":
                payload = campaigned(
                    payload, checking.campaigns(saying.project), checking.ids("scan", project_id)
                )
            case _:
                payload = _check_words(checking, saying, payload, project_id)
    return Draft(saying.verb, saying.project, about, payload, saying.door, saying.who)


def _check_settles(checking: Checking, saying: Saying, project_id: str) -> None:
    """Between what two say somebody else decides."""
    own = query(
        checking.cursor,
        """select seq from saying_fact where project_id = $project_id and about = $about and verb = 'rating' and who = $who
        and not coalesce((payload::json->>'settles')::boolean, false)""",
        project_id=project_id, about=saying.about, who=saying.who,
    )  # fmt: skip
    if {seq for (seq,) in own} - checking.undone(project_id):
        raise BadInput("you rated this scan yourself", hint="somebody who did not settles what is in dispute")


def _undo(checking: Checking, payload: dict[str, Any], project_id: str) -> tuple[dict[str, Any], str]:
    try:
        seq = int(payload["seq"])
    except (TypeError, ValueError):
        raise BadInput(f"{payload['seq']!r} is no number of a saying", hint="see the view saying") from None
    found = checking.said(seq, project_id)
    if found is None:
        raise NotFound(f"nothing was said under number {seq} in this project", hint="see the view saying")
    verb, about = found
    if verb in SYSTEM:
        raise BadInput(f"number {seq} is a {verb}, not a saying of a person", hint="it stays")
    if verb == "campaign":
        raise BadInput("a campaign is closed, not undone", hint="close it: what was sealed is told then")
    undone = checking.undone(project_id)
    if seq in undone:
        raise BadInput(f"number {seq} is undone already", hint="undo the undo to bring it back")
    undone.add(seq)
    return {**payload, "seq": seq}, about


def undoes_plainly(cursor: duckdb.DuckDBPyConnection, undos: Sequence[Saying]) -> bool:
    """Whether these undos are of plain sayings alone, or of undos of such."""
    if not all(str(undo.payload.get("seq", "")).isdecimal() for undo in undos):
        return False
    seqs = [int(undo.payload["seq"]) for undo in undos]
    verbs = query(
        cursor,
        """select distinct coalesce(root.verb, s.verb) from saying_fact s
        left join saying_fact root on root.seq = s.undoes[1] where s.seq in (select unnest($seqs))""",
        seqs=seqs,
    )
    return {verb for (verb,) in verbs} <= set(PLAIN)


def _undone(cursor: duckdb.DuckDBPyConnection, project_id: str) -> set[int]:
    return undone_seqs(
        query(
            cursor,
            "select seq, undoes from saying_fact where undoes is not null and project_id = $project_id",
            project_id=project_id,
        )
    )


def _check_about(checking: Checking, verb: str, about: str, project_id: str) -> None:
    level = about.partition("_")[0]
    if level not in VERBS[verb].about:
        names = ", ".join(_TABLES[name] for name in VERBS[verb].about)
        raise BadInput(f"{verb} is not said of {about!r}", hint=f"give the id of a {names}")
    name = _TABLES[level]
    if not checking.there(name, about, project_id):
        raise NotFound(f"no {name} {about} in this project", hint=f"see the view {name}")


def _check_words(
    checking: Checking, saying: Saying, payload: dict[str, Any], project_id: str
) -> dict[str, Any]:
    if saying.verb in ("label", "kind", "tag", "untag", "note"):
        word = VERBS[saying.verb].needs[0]
        if not isinstance(payload[word], str) or (word == "tag" and not payload[word].strip()):
            raise BadInput(f"{payload[word]!r} is no {word}", hint="give text")
    _check_choice("role", ROLES, payload if saying.verb == "grant" else {})
    _check_choice("visibility", VISIBILITIES, payload if saying.verb == "visibility" else {})
    if saying.verb == "deidentified" and not isinstance(payload["deidentified"], bool):
        raise BadInput(f"{payload['deidentified']!r} is neither true nor false", hint="say which")
    if saying.verb == "merge":
        _check_about(checking, "merge", str(payload["into"]), project_id)
        if payload["into"] == saying.about:
            raise BadInput("a subject cannot be merged into itself", hint="name the other one")
    if saying.verb == "split":
        return _split(checking.cursor, saying.about, payload, project_id)
    return payload


def _check_choice(word: str, choices: Sequence[str], payload: Mapping[str, Any]) -> None:
    if payload and payload[word] not in choices:
        raise BadInput(f"{payload[word]!r} is no {word}", hint=f"there are {', '.join(choices)}")


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
    chains = _chains(cursor, events)
    undoes = [_chain(chains, event) for event in events]
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
    """System events hold ids, paths and salts that readers have no use for; addresses are for the audit."""
    if event.payload is None:
        return None
    if event.verb in HIDDEN:
        payload = {
            name: event.payload[name]
            for name in ("run", "digest", "seq", "name", "version")
            if name in event.payload
        }
    else:
        payload = {name: word for name, word in event.payload.items() if name != "where"}
    return json.dumps(payload, sort_keys=True, ensure_ascii=False)


def _chains(cursor: duckdb.DuckDBPyConnection, events: Sequence[Event]) -> dict[int, list[int]]:
    """What the undos undo, where that is an undo itself: its own chain."""
    seqs = [event.payload["seq"] for event in events if event.verb == "undo" and event.payload]
    if not seqs:
        return {}
    found = "select seq, undoes from saying_fact where undoes is not null and seq in (select unnest($seqs))"
    return {seq: list(undoes) for seq, undoes in query(cursor, found, seqs=seqs)}


def _chain(chains: dict[int, list[int]], event: Event) -> list[int] | None:
    if event.verb != "undo" or event.payload is None:
        return None
    seq = event.payload["seq"]
    chains[event.seq] = [*chains.get(seq, []), seq]
    return chains[event.seq]
