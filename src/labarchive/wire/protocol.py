"""What goes over the socket: one table of routes for client and server, and how each value is written down."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from labarchive.errors import BadInput, LabarchiveError, met
from labarchive.records import Manifest, Receipt, Run, RunSummary, Saying

if TYPE_CHECKING:
    import pyarrow as pa

JSON = "application/json"
ARROW = "application/vnd.apache.arrow.stream"
PROBLEM = "application/problem+json"
ENDING = 503
"""With an empty body: the owner is about to end, and did nothing of what it was asked."""

BATCH_ROWS = 65536
"""Rows of one Arrow batch in an answer: a million files are never in one piece."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of the owner: where it is asked, what it takes, what it gives, how long it may take."""

    verb: str
    method: Literal["GET", "POST", "PUT"]
    path: str
    takes: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)
    """Words of the path and the query string, and what turns their text into values."""
    table: str = ""
    """The word that is an Arrow table and makes up the body; else a body is JSON words."""
    gives: str = "plain"
    """A name in FORMS, or ``table``."""
    again: bool = True
    """May be asked again when the owner died under it: asking twice is the same as once."""
    patience: float = 60.0
    """Seconds until an owner that is silent counts as unreachable."""


ROUTES: dict[str, Route] = {
    route.verb: route
    for route in (
        Route("hello", "GET", "/v1/hello"),
        Route("projects", "GET", "/v1/projects"),
        Route("begin", "POST", "/v1/runs", gives="run"),
        Route("known", "GET", "/v1/runs/{run}/known", {"run": int}, gives="table", patience=600),
        Route("series", "GET", "/v1/runs/{run}/series", {"run": int}, gives="table", patience=600),
        Route(
            "observe",
            "PUT",
            "/v1/runs/{run}/parts/{part}/{kind}",
            {"run": int, "part": int, "kind": str},
            table="table",
            patience=600,
        ),
        Route("reached", "POST", "/v1/runs/{run}/reached", {"run": int}, patience=5),
        Route("finish", "POST", "/v1/runs/{run}/finish", {"run": int}, gives="summary", patience=7200),
        Route("say", "POST", "/v1/sayings", gives="receipt"),
        Route(
            "manifest",
            "GET",
            "/v1/manifest",
            {"project": str, "min_seq": int, "lease": str},
            gives="manifest",
        ),
        Route("do", "POST", "/v1/do/{verb}", {"verb": str}, again=False, patience=7200),
    )
}


REPEATABLE = frozenset(("contents", "measured"))
"""Rare verbs that may be asked again too."""


def _run(words: dict[str, Any]) -> Run:
    started = datetime.fromisoformat(words.pop("started"))
    return Run(**{**words, "roots": tuple(words["roots"])}, started=started)


def _manifest(words: dict[str, Any]) -> Manifest:
    folder, written = Path(words.pop("folder")), datetime.fromisoformat(words.pop("written"))
    return Manifest(**words, folder=folder, written=written)


FORMS: dict[str, Callable[[Any], Any]] = {
    "plain": lambda words: words,
    "run": _run,
    "summary": lambda words: RunSummary(**words),
    "receipt": lambda words: Receipt(**words),
    "manifest": _manifest,
}
"""What a route gives -> how it is read from JSON."""


def write(value: Any) -> bytes:
    """Any record, or plain words, as JSON. Text that is not Unicode (a path's odd bytes) survives as escapes."""
    return json.dumps(value, default=_plain, separators=(",", ":")).encode("ascii")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place on the wire")


def read_sayings(words: Any) -> list[Saying]:
    """Sayings of a request; raises BadInput."""
    try:
        return [Saying(**each) for each in words]
    except TypeError as error:
        raise BadInput("that is not a saying", hint="verb, project, about, payload, door") from error


def table_bytes(table: "pa.Table") -> memoryview:
    """A table as one Arrow IPC stream."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return memoryview(sink.getvalue())


def table_chunks(table: "pa.Table") -> Iterator[bytes]:
    """The same stream in pieces, so that an answer of a million rows is never in memory twice."""
    import pyarrow as pa

    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        for batch in table.to_batches(max_chunksize=BATCH_ROWS):
            stream.write_batch(batch)
            yield sink.getvalue()
            sink.seek(0)
            sink.truncate()
    yield sink.getvalue()


def read_table(stream: Any) -> "pa.Table":
    """A table from bytes or from an open answer."""
    import pyarrow as pa

    try:
        with pa.ipc.open_stream(stream) as reader:
            return reader.read_all()
    except pa.ArrowInvalid as error:
        raise BadInput("the body is not an Arrow stream", hint="send an Arrow IPC stream") from error


STATUS = {
    "BadInput": 400, "NotFound": 404, "Ambiguous": 409, "NotAllowed": 403, "Damaged": 500, "Busy": 423,
    "Unreachable": 503, "TooNew": 501, "NoRoom": 507,
}  # fmt: skip
"""HTTP status of each error; the body says which it is."""


def problem(error: LabarchiveError) -> tuple[int, bytes]:
    """An error as status and body."""
    name = type(error).__name__
    return STATUS.get(name, 500), write({"error": name, "what": error.what, "hint": error.hint})


def read_problem(body: bytes) -> LabarchiveError:
    """The error that the owner met, to be raised here."""
    try:
        words = json.loads(body)
        return met(words["error"], str(words["what"]), str(words["hint"]))
    except (ValueError, KeyError, TypeError):
        return LabarchiveError("the owner gave an answer that cannot be read", hint="labarchive doctor")
