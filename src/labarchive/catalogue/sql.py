"""Speaking to DuckDB in this room: named statements, parameters by name, rows in by Arrow."""

import re
from typing import Any

import duckdb
import pyarrow as pa

from labarchive.catalogue.queries import statements

_PARAMETER = re.compile(r"\$([a-z_]+)")


def named(file: str, name: str) -> str:
    return statements(file)[name]


def execute(cursor: duckdb.DuckDBPyConnection, statement: str, **words: Any) -> None:
    """Run one statement with those of ``words`` that it asks for."""
    asked = set(_PARAMETER.findall(statement))
    if asked:
        cursor.execute(statement, {name: words[name] for name in asked})
    else:
        cursor.execute(statement)


def query(cursor: duckdb.DuckDBPyConnection, statement: str, **words: Any) -> list[tuple[Any, ...]]:
    execute(cursor, statement, **words)
    return list(cursor.fetchall())


def arrow(cursor: duckdb.DuckDBPyConnection, statement: str, **words: Any) -> pa.Table:
    """The answer as an Arrow table."""
    asked = {name: words[name] for name in set(_PARAMETER.findall(statement))}
    relation = cursor.sql(statement, params=asked) if asked else cursor.sql(statement)
    table: pa.Table = relation.to_arrow_table()
    return table


def insert_rows(cursor: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Append by Arrow: hundreds of times faster than executemany."""
    if rows.num_rows:
        cursor.register("inserted", rows)
        cursor.execute(f"insert into {table} by name from inserted")
        cursor.unregister("inserted")


def literal(text: str) -> str:
    """A string for places where DuckDB takes no parameter (a view's Parquet files, ATTACH)."""
    return "'" + text.replace("'", "''") + "'"
