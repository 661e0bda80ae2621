"""Which subject a session belongs to: as first assigned, then as people merged and split."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from labarchive.catalogue.sql import query


def bind(cursor: duckdb.DuckDBPyConnection, project_id: str) -> None:
    """Make the temporary table ``bound(session_id, subject_id)`` of one project."""
    steps = [
        (seq, "bind", subject, [session])
        for session, subject, seq in query(
            cursor,
            "select session_id, subject_id, seq from binding where project_id = $project_id order by seq, session_id",
            project_id=project_id,
        )
    ]
    steps += [(seq, verb, about, payload) for seq, verb, about, payload in _said(cursor, project_id)]
    bound = replay(sorted(steps, key=lambda step: step[0]))
    rows = pa.table(
        {"session_id": pa.array(bound, pa.string()), "subject_id": pa.array(bound.values(), pa.string())}
    )
    cursor.register("bound_now", rows)
    cursor.execute("create or replace temp table bound as from bound_now")
    cursor.unregister("bound_now")


def replay(steps: Iterable[tuple[int, str, str, Any]]) -> dict[str, str]:
    """Session -> subject after all steps. A merged subject's later sessions follow it."""
    bound: dict[str, str] = {}
    merged: dict[str, str] = {}
    for _, verb, subject, rest in steps:
        if verb == "bind":
            bound[rest[0]] = _end(subject, merged)
        elif verb == "merge":
            into = _end(rest["into"], merged)
            if into != subject:
                merged[subject] = into
                bound.update({session: into for session, now in bound.items() if now == subject})
        else:
            bound.update({session: rest["new"] for session in rest["sessions"] if session in bound})
    return bound


def _end(subject: str, merged: Mapping[str, str]) -> str:
    while subject in merged:
        subject = merged[subject]
    return subject


def _said(cursor: duckdb.DuckDBPyConnection, project_id: str) -> list[tuple[int, str, str, Any]]:
    rows = query(
        cursor,
        """select seq, verb, about, payload, undoes from saying_fact
        where project_id = $project_id and verb in ('merge', 'split', 'undo') order by seq""",
        project_id=project_id,
    )
    undone = undone_seqs((seq, undoes) for seq, _, _, _, undoes in rows if undoes)
    return [
        (seq, verb, about, json.loads(payload))
        for seq, verb, about, payload, _ in rows
        if verb != "undo" and payload is not None and seq not in undone
    ]


def undone_seqs(undos: Iterable[tuple[int, list[int]]]) -> set[int]:
    """Sayings without effect: the newest undo whose chain names one stands at an odd depth above it."""
    undone: dict[int, bool] = {}
    for _, chain in sorted(undos):
        for place, target in enumerate(chain):
            undone[target] = (len(chain) - place) % 2 == 1
    return {seq for seq, is_undone in undone.items() if is_undone}
