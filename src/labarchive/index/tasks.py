"""What a reader is asked to do, and how it does it: rows of a batch, headers of series, patches of instances."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from labarchive.errors import LabarchiveError
from labarchive.index import headers
from labarchive.index.arrow import Schema, Table, pa
from labarchive.index.reading import Reader
from labarchive.index.rows import rows_of, shown_path
from labarchive.index.schema import HEADER_SCHEMA, INSTANCE_SCHEMA
from labarchive.records import Found

Verb = Literal["rows", "headers", "instances"]


class Wanted(NamedTuple):
    """One file whose header is wanted; ``series`` is the header of its series as JSON text (instances only)."""

    path: bytes
    study_uid: str
    series_uid: str
    header_key: str
    series: str = ""


class Task(NamedTuple):
    """``things`` are Found for rows, Wanted for headers and instances (of one series)."""

    verb: Verb
    things: Sequence[Any]

    def halves(self) -> tuple["Task", "Task"]:
        """Two tasks of half the things each; a series' header stands at the first of both."""
        half = len(self.things) // 2
        first, second = self.things[:half], list(self.things[half:])
        if self.verb == "instances":
            second[0] = second[0]._replace(series=first[0].series)
        return Task(self.verb, first), Task(self.verb, second)


def header_key(study_uid: str, series_uid: str) -> str:
    """The name of a series' header: 16 hexadecimal digits.

    >>> header_key("1.2", "1.2.3")
    'f71c1b1dd9fbcbc9'
    """
    return hashlib.sha256(f"{study_uid}|{series_uid}".encode()).hexdigest()[:16]


@dataclass(slots=True)
class Doer:
    """Does tasks in this process."""

    reader: Reader

    def do(self, task: Task) -> Table:
        """One row for each of the task's things."""
        if task.verb == "rows":
            return self.reader.table(task.things)
        if task.verb == "headers":
            return _table(self.reader.hands.all(_header, task.things), HEADER_SCHEMA)
        return self._instances(task)

    def close(self) -> None:
        """Ends the reader's child and threads."""
        self.reader.close()

    def _instances(self, task: Task) -> Table:
        """Patches on the series' header, which stands at the first of the task's things."""
        series = json.loads(task.things[0].series) if task.things[0].series else {}
        return _table(self.reader.hands.all(lambda one: _instance(one, series), task.things), INSTANCE_SCHEMA)


def _header(wanted: Wanted) -> dict[str, Any]:
    header, _ = _read(wanted.path)
    return {**_names(wanted), "header": None if header is None else headers.dumps(header)}


def _instance(wanted: Wanted, series: dict[str, Any]) -> dict[str, Any]:
    header, reason = _read(wanted.path)
    if header is None:
        return {**_names(wanted), "sop_uid": None, "patch": None, "reason": reason}
    # Through JSON, so that both sides of the difference are what was stored.
    patch = headers.difference(series, json.loads(headers.dumps(header)))
    return {
        **_names(wanted),
        "sop_uid": headers.sop_uid(header),
        "patch": headers.dumps(patch),
        "reason": None,
    }


def _names(wanted: Wanted) -> dict[str, Any]:
    return {
        "header_key": wanted.header_key, "study_uid": wanted.study_uid, "series_uid": wanted.series_uid,
        "path": shown_path(wanted.path)[0],
    }  # fmt: skip


def _read(path: bytes) -> tuple[dict[str, Any] | None, str]:
    try:
        return headers.read_header(path), ""
    except LabarchiveError as wrong:
        return None, wrong.what
    except OSError as wrong:
        return None, f"it cannot be read: {wrong.strerror}"
    except Exception as wrong:  # one odd header must not stop the others; it is recorded as its reason
        return None, f"the header cannot be read ({type(wrong).__name__})"


def _table(rows: Sequence[dict[str, Any]], schema: Schema) -> Table:
    return pa.Table.from_arrays(
        [pa.array([row[one.name] for row in rows], one.type) for one in schema], schema=schema
    )


def given_up(task: Task) -> Table:
    """The row of a task of one thing on which its reader died twice."""
    (one,) = task.things
    reason = "its reader died on it"
    if isinstance(one, Found):
        return rows_of([{"found": one, "status": "damaged", "reason": reason, "form": ""}])
    if task.verb == "headers":
        return _table([{**_names(one), "header": None}], HEADER_SCHEMA)
    return _table([{**_names(one), "sop_uid": None, "patch": None, "reason": reason}], INSTANCE_SCHEMA)
