"""Answers on stdout: an aligned table, CSV, JSON or an Arrow stream."""

import csv
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from labarchive.selection.amounts import plain

if TYPE_CHECKING:
    import duckdb

BATCH = 10_000


def say(*lines: str) -> None:
    for line in lines:
        print(line)


def as_json(value: Any) -> str:
    """One line of strict JSON: no NaN, dates in ISO 8601."""
    return json.dumps(_strict(value), ensure_ascii=False, allow_nan=False)


def _strict(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _strict(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_strict(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal):  # what sum() of whole numbers gives
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "backslashreplace")
    return str(value)


def relation(answer: "duckdb.DuckDBPyRelation", form: str) -> None:
    """A query's rows, in batches; nothing is held whole but for a table's widths."""
    if form == "arrow":
        _arrow(answer)
    elif form == "csv":
        _csv(answer)
    elif form == "json":
        _json(answer)
    else:
        table(answer.columns, _rows(answer))


def _rows(answer: "duckdb.DuckDBPyRelation") -> Iterable[Sequence[Any]]:
    for batch in answer.to_arrow_reader(BATCH):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _arrow(answer: "duckdb.DuckDBPyRelation") -> None:
    import pyarrow as pa

    reader = answer.to_arrow_reader(BATCH)
    out: Any = sys.stdout.buffer
    with pa.ipc.new_stream(out, reader.schema) as stream:
        for batch in reader:
            stream.write_batch(batch)


def _csv(answer: "duckdb.DuckDBPyRelation") -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(answer.columns)
    for row in _rows(answer):
        writer.writerow([_flat(value) for value in row])


def _flat(value: Any) -> Any:
    strict = _strict(value)
    return json.dumps(strict, ensure_ascii=False) if isinstance(strict, list | dict) else strict


def _json(answer: "duckdb.DuckDBPyRelation") -> None:
    """An array of objects, one a line."""
    names = answer.columns
    before = "["
    for row in _rows(answer):
        print(before, end="\n ")
        print(as_json(dict(zip(names, row, strict=True))), end="")
        before = ","
    print("[]" if before == "[" else "\n]")


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Aligned columns; control characters are shown, not obeyed."""
    cells = [[plain(_flat(value)) for value in row] for row in rows]
    right = [all(_is_number(row[i]) for row in cells) and bool(cells) for i in range(len(heads))]
    widths = [max([len(head), *(len(row[i]) for row in cells)]) for i, head in enumerate(heads)]
    for row in [list(heads), *cells]:
        parts = [
            each.rjust(width) if number else each.ljust(width)
            for each, width, number in zip(row, widths, right, strict=True)
        ]
        print("  ".join(parts).rstrip())


def _is_number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True
