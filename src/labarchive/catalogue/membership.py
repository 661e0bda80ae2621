"""Who has which role in a project, and who else sees it: what was granted, revoked and said of its visibility."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import duckdb

from labarchive.catalogue.bindings import undone_seqs
from labarchive.catalogue.sql import query
from labarchive.records import ROLES

SAID = ("grant", "revoke", "visibility", "deidentified")
"""The sayings that change it."""
NOBODY = "labarchive"
"""Who made a project that an indexer made: no person."""


@dataclass(slots=True)
class Membership:
    """Of one project."""

    project_id: str
    visibility: str = "private"
    roles: dict[str, str] = field(default_factory=dict)
    """user -> role."""
    deidentified: bool = False
    """Nothing in it tells who anybody is, its owner says: all of it is for everybody who may read."""


def memberships(cursor: duckdb.DuckDBPyConnection) -> dict[str, Membership]:
    """project -> its membership now. Who made a project by name is its first owner."""
    rows = query(
        cursor,
        f"""select seq, verb, project, project_id, who, payload, undoes from saying_fact
        where verb in ('project', 'undo', {", ".join(f"'{verb}'" for verb in SAID)}) order by seq""",
    )
    undone = undone_seqs((seq, undoes) for seq, _, _, _, _, _, undoes in rows if undoes)
    return folded(row[1:6] for row in rows if row[0] not in undone)


def folded(said: Iterable[tuple[str, str, str, str, str | None]]) -> dict[str, Membership]:
    """The memberships after (verb, project, project_id, who, payload), in order."""
    found: dict[str, Membership] = {}
    for verb, project, project_id, who, payload in said:
        of = found.setdefault(project, Membership(project_id))
        words: dict[str, Any] = json.loads(payload) if payload else {}
        match verb:
            case "project" if who != NOBODY:
                of.roles[who] = "owner"
            case "grant" if words.get("role") in ROLES:
                of.roles[words["user"]] = words["role"]
            case "revoke":
                of.roles.pop(words.get("user", ""), None)
            case "visibility":
                of.visibility = words["visibility"]
            case "deidentified":
                of.deidentified = words["deidentified"] is True
    return found
