"""One row by its label or its stable id; several answers and none are errors that name what there is."""

from collections.abc import Sequence
from typing import Any

from labarchive.errors import Ambiguous, NotFound
from labarchive.selection.levels import Level
from labarchive.selection.queries import Query
from labarchive.selection.tables import Tables, rows
from labarchive.selection.words import near


def by_label(tables: Tables, level: Level, condition: Query, key: str, place: str) -> dict[str, Any]:
    """The one row called ``key``; scans are asked by kind first, then by label."""
    for column in _names(level):
        found = _with(tables, level, condition, column, key)
        if len(found) == 1:
            return found[0]
        if found:
            raise Ambiguous(
                f"{len(found)} {level.plural} answer to {key!r} in {place}", hint=_candidates(level, found)
            )
    raise NotFound(f"no {key} in {place}", hint=_there(labels(tables, level, condition), key))


def by_id(tables: Tables, level: Level, condition: Query, key: str, place: str) -> dict[str, Any]:
    """The row with this stable id."""
    column = "project_id" if level.name == "project" else level.key
    found = _with(tables, level, condition, column, key)
    if not found:
        raise NotFound(f"no {level.name} {key} in {place}", hint="look for it from the archive: archive[id]")
    return found[0]


def labels(tables: Tables, level: Level, condition: Query) -> list[str]:
    """What a row can be called, for Tab and for errors."""
    found: dict[str, None] = {}
    for column in _names(level):
        query = Query(f"select distinct {column} as label from {level.name} where ") + condition
        answer = rows(tables, f"{query.text} order by label limit 500", query.params)
        found.update((str(row["label"]), None) for row in answer if row["label"] is not None)
    return list(found)


def _names(level: Level) -> tuple[str, ...]:
    return ("kind", "scan") if level.name == "scan" else (level.label,)


def _with(tables: Tables, level: Level, condition: Query, column: str, value: str) -> list[dict[str, Any]]:
    query = Query(f"select * from {level.name} where {column} = ? and ", (value,)) + condition
    return rows(tables, f"{query.text} order by {level.order}", query.params)


def _there(known: list[str], key: str) -> str:
    if not known:
        return "it is empty"
    hint = near(key, known)
    return hint if hint.startswith("did") else "it has " + hint.removeprefix("there are ")


def _candidates(level: Level, found: Sequence[dict[str, Any]]) -> str:
    """Each with what tells it apart."""
    said = []
    for row in found[:6]:
        what = [row.get("subject"), row.get("session"), row.get("scan"), row.get("description")]
        known = dict.fromkeys(str(part) for part in what if part)
        number = f" #{row['number']}" if row.get("number") is not None else ""
        said.append(f"{row[level.key]} ({'/'.join(known)}{number})")
    return "take one of " + ", ".join(said) + (f" and {len(found) - 6} more" if len(found) > 6 else "")
