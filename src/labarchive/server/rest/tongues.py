"""One answer in several tongues: JSON lines, CSV, an Arrow stream or Parquet, by what the caller accepts."""

import io
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from labarchive.errors import Busy

if TYPE_CHECKING:
    import duckdb

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
ARROW, PARQUET = "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"
TONGUES = (JSON, CSV, ARROW, PARQUET, NDJSON)
ROWS = 10_000
"""Of a piece of a stream."""
AT_ONCE = threading.Semaphore(2)
"""Large streams at a time: each holds some 150 MB."""


def tongue(accept: str) -> str:
    """The first of ours that the caller accepts; JSON for who accepts anything.

    >>> tongue("text/csv;q=0.9, */*;q=0.1"), tongue("*/*")
    ('text/csv', 'application/json')
    """
    wanted = sorted(
        (
            (_quality(part), -place, part.partition(";")[0].strip())
            for place, part in enumerate(accept.split(","))
        ),
        reverse=True,
    )
    return next((each for _, _, each in wanted if each in TONGUES), JSON)


def _quality(part: str) -> float:
    for word in part.split(";")[1:]:
        name, _, value = word.strip().partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def answer(relation: "duckdb.DuckDBPyRelation", media: str, headers: dict[str, str]) -> Response:
    """All rows. The first piece is made before the answer starts, so that an error is still a problem."""
    if media == PARQUET:
        return _parquet(relation, headers)
    if not AT_ONCE.acquire(timeout=5):
        raise Busy("two large answers are on their way already", hint="try again in a moment")
    try:
        pieces = _PIECES[media](relation)
        first = next(pieces, b"")
    except BaseException:
        AT_ONCE.release()
        raise
    return StreamingResponse(_released(first, pieces), media_type=media, headers=headers)


def _released(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield first
        yield from pieces
    finally:
        AT_ONCE.release()


def _arrow(relation: "duckdb.DuckDBPyRelation") -> Iterator[bytes]:
    import pyarrow as pa

    reader = relation.to_arrow_reader(ROWS)
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, reader.schema, options=options) as stream:
        for batch in reader:
            stream.write_batch(batch)
            yield _taken(sink)
    yield _taken(sink)


def _csv(relation: "duckdb.DuckDBPyRelation") -> Iterator[bytes]:
    from pyarrow import csv

    reader = _flat(relation).to_arrow_reader(ROWS)
    sink = io.BytesIO()
    with csv.CSVWriter(sink, reader.schema) as writer:
        yield _taken(sink)
        for batch in reader:
            writer.write_batch(batch)
            yield _taken(sink)


def _flat(relation: "duckdb.DuckDBPyRelation") -> "duckdb.DuckDBPyRelation":
    """Lists and structs as JSON text: CSV has no other word for them."""
    columns = [
        f'"{name}"::json::varchar as "{name}"' if str(kind).endswith(("]", ")")) else f'"{name}"'
        for name, kind in zip(relation.columns, relation.types, strict=True)
    ]
    return relation.project(", ".join(columns))


def _lines(relation: "duckdb.DuckDBPyRelation") -> Iterator[bytes]:
    names = relation.columns
    reader = relation.to_arrow_reader(ROWS)
    for batch in reader:
        columns = [column.to_pylist() for column in batch.columns]
        yield b"".join(
            orjson.dumps(dict(zip(names, row, strict=True)), default=str) + b"\n"
            for row in zip(*columns, strict=True)
        )


def _taken(sink: io.BytesIO) -> bytes:
    content = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return content


def _parquet(relation: "duckdb.DuckDBPyRelation", headers: dict[str, str]) -> Response:
    descriptor, name = tempfile.mkstemp(suffix=".parquet")
    os.close(descriptor)
    path = Path(name)
    try:
        relation.write_parquet(name, compression="zstd")
    except BaseException:
        path.unlink()
        raise
    return FileResponse(path, media_type=PARQUET, headers=headers, background=BackgroundTask(path.unlink))


_PIECES: dict[str, Callable[[Any], Iterator[bytes]]] = {ARROW: _arrow, CSV: _csv, NDJSON: _lines}
