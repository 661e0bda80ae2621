"""From versions of files to scans, sessions and subjects: the one replay, used live, at the start and by rebuild.

What was decided once (ids, which subject, assigned labels) is taken from the journal; the rest is computed.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import duckdb
import pyarrow as pa

from labarchive.catalogue.bindings import bind
from labarchive.catalogue.fold import fold
from labarchive.catalogue.given import UNSEALED, Given, insert_given
from labarchive.catalogue.ids import free_labels, fresh_id
from labarchive.catalogue.observations import Part
from labarchive.catalogue.sql import arrow, execute, named, query
from labarchive.catalogue.versions import supersede
from labarchive.index.kinds import kind_of
from labarchive.index.names import Rules
from labarchive.records import Kind

AT_ONCE = 2048
"""Series whose facts are Python objects at a time."""


@lru_cache(maxsize=4)
def read_rules(text: str | None) -> Rules:
    return Rules.read(text)


def rules_digest(text: str | None) -> str:
    return hashlib.sha256((text or "").encode()).hexdigest()[:16]


class Derivation:
    """One derivation of one project, inside a transaction of ``cursor``."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, project_id: str, *, rules: str | None, salt: str
    ) -> None:
        self.cursor = cursor
        self.project_id = project_id
        self.salt = salt
        self.rules_text = rules
        self.rules = read_rules(rules)
        self.given = Given()

    def take(self, parts: Sequence[Part]) -> None:
        """Fold new parts of observations into the versions of files."""
        fold(self.cursor, self.project_id, parts)

    def compute(self, *, decide: bool) -> None:
        """All temporary tables up to who is whose; with ``decide`` what has no id yet gets one."""
        self._run("live")
        self._run("content_now")
        if decide:
            self._give_scans()
            self._run("content_now")
        for step in ("member", "series", "session_keys"):
            self._run(step)
        if decide:
            self._give_sessions()
        self._run("placed")
        self._run("digested_series", rules=rules_digest(self.rules_text))
        self._judge(decide=decide)

    def settle(self, at: datetime) -> bool:
        """Write the new versions of facts, valid from ``at``; whether anything changed."""
        changed = False
        for name, table, key in (
            ("fresh_scans", "scan_fact", "scan_id"),
            ("fresh_persons", "person_fact", "session_id"),
            ("fresh_sessions", "session_fact", "session_id"),
            ("fresh_subjects", "subject_fact", "subject_id"),
        ):
            self._run(name)
            changed |= supersede(self.cursor, self.project_id, table, key, at)
        return changed

    def _run(self, name: str, **words: Any) -> None:
        execute(self.cursor, named("derive.sql", name), project_id=self.project_id, **words)

    def _rows(self, name: str) -> list[tuple[Any, ...]]:
        return query(self.cursor, named("derive.sql", name), project_id=self.project_id)

    def _give_scans(self) -> None:
        rows = [
            [fresh_id("scan"), study, series, None, None] for study, series in self._rows("unkeyed_series")
        ]
        unkeyed = defaultdict(list)
        for key, path in self._rows("unkeyed_contents"):
            unkeyed[key].append(path)
        lost = defaultdict(list)
        for key, scan_id in self._rows("lost_contents") if unkeyed else []:
            lost[key].append(scan_id)
        for key, paths in unkeyed.items():
            # One came up and one is gone: it was moved. Anything else would be a guess.
            moved = len(paths) == 1 and len(lost[key]) == 1
            rows += [[lost[key][0] if moved else fresh_id("scan"), None, None, key, path] for path in paths]
        self._keep("scan_key", rows)

    def _give_sessions(self) -> None:
        claims = {key: found[0] for key, found in self._rows("moved_sessions") if len(found) == 1}
        once = [session for session in claims.values() if list(claims.values()).count(session) == 1]
        moved = {key: session for key, session in claims.items() if session in set(once)}
        keys = [key for (key,) in self._rows("unkeyed_sessions")]
        self._keep("session_key", [[moved.get(key) or fresh_id("sess"), key] for key in keys])

    def _keep(self, table: str, rows: list[list[Any]]) -> None:
        getattr(self.given, table).extend(rows)
        insert_given(self.cursor, self.project_id, table, rows, UNSEALED)

    def _judge(self, *, decide: bool) -> None:
        """Kinds, labels and subjects of the series whose facts are new, by the rules."""
        facts = arrow(self.cursor, named("derive.sql", "to_judge"), project_id=self.project_id)
        roots = self._roots()
        keys: dict[str, str] = {}
        verdicts = []
        for start in range(0, facts.num_rows, AT_ONCE):
            judged = []
            for row in _filled(facts.slice(start, AT_ONCE)).to_pylist():
                verdict, subject_key = _verdict(row, roots, self.rules)
                judged.append(verdict)
                keys.setdefault(row["session_id"], subject_key)
            verdicts.append(pa.Table.from_pylist(judged, schema=pa.schema(JUDGED)))
        self.cursor.register("judged_now", pa.concat_tables([pa.schema(JUDGED).empty_table(), *verdicts]))
        self._run("judged")
        self.cursor.unregister("judged_now")
        if decide:
            self._give_subjects(keys)
        bind(self.cursor, self.project_id)
        if decide:
            self._give_labels()

    def _roots(self) -> list[str]:
        found = query(
            self.cursor,
            "select distinct root from root where project_id = $project_id",
            project_id=self.project_id,
        )
        return sorted((root.rstrip("/") for (root,) in found), key=len, reverse=True)

    def _give_subjects(self, keys: Mapping[str, str]) -> None:
        where = "where project_id = $project_id"
        placed = {
            session
            for (session,) in query(
                self.cursor, f"select session_id from binding {where}", project_id=self.project_id
            )
        }
        known = dict(
            query(
                self.cursor,
                f"select key, arg_min(subject_id, seq) from subject_key {where} and key is not null group by key",
                project_id=self.project_id,
            )
        )
        subjects, bindings = [], []
        for session, key in keys.items():
            if session in placed:
                continue
            digest = hashlib.sha256(f"{self.salt}{key}".encode()).hexdigest()[:32] if key else None
            subject = known.get(digest) if digest else None
            if subject is None:
                subject = fresh_id("subj")
                subjects.append([subject, digest, None, False])
                if digest:
                    known[digest] = subject
            bindings.append([session, subject])
        self._keep("subject_key", subjects)
        self._keep("binding", bindings)

    def _give_labels(self) -> None:
        unlabelled = [subject for (subject,) in self._rows("unlabelled_subjects")]
        if unlabelled:
            labels = free_labels({label for (label,) in self._rows("taken_labels")})
            self._keep("subject_key", [[subject, None, next(labels), False] for subject in unlabelled])


JUDGED: Mapping[str, pa.DataType] = {
    "scan_id": pa.string(), "label": pa.string(), "kind": pa.string(), "kind_confidence": pa.float64(),
    "kind_reason": pa.string(), "why": pa.string(), "session_label": pa.string(), "subject_label": pa.string(),
    "facts": pa.string(),
}  # fmt: skip


def _filled(facts: pa.Table) -> pa.Table:
    """Without the columns in which nothing stands: each scan is judged by what is known of it."""
    return facts.select([name for name in facts.column_names if facts[name].null_count < facts.num_rows])


def _kind(facts: Mapping[str, Any]) -> Kind | None:
    try:
        return kind_of(facts)
    except Exception as error:  # one odd series must not stop six hundred sessions; it is shown as its reason
        return Kind("unknown", 0.0, f"the rules of kinds failed: {type(error).__name__}")


def _verdict(facts: Mapping[str, Any], roots: Sequence[str], rules: Rules) -> tuple[dict[str, Any], str]:
    folder = facts["folder"]
    root = next((root for root in roots if folder == root or folder.startswith(f"{root}/")), "")
    kind = _kind(facts)
    proposal = rules.propose(
        {**facts, "folder": folder[len(root) :].lstrip("/"), "kind": kind.name if kind else None}
    )
    verdict = {
        "scan_id": facts["scan_id"], "label": proposal.scan, "kind": kind.name if kind else None,
        "kind_confidence": kind.confidence if kind else None, "kind_reason": kind.reason if kind else None,
        "why": proposal.why, "session_label": proposal.session, "subject_label": proposal.subject,
        "facts": facts["facts"],
    }  # fmt: skip
    return verdict, proposal.subject_key
