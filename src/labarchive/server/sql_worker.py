"""``python -m labarchive.server.sql_worker``: one question over one caller's rows, in a process that is thrown away.

It loads the generation that it is told of, gives up every way to the outside, and only then reads the question.
What DuckDB's own limits miss (``repeat``, list lambdas), the kernel's stop.
"""

import json
import os
import resource
import sys
from typing import Any

import duckdb
import pyarrow as pa

from labarchive.archive.memory import LATE, LEFT, Memory
from labarchive.errors import BadInput, LabarchiveError
from labarchive.files.fence import shut_out
from labarchive.index.lean import without_pandas
from labarchive.selection.tables import bad_sql
from labarchive.wire.protocol import FORMS, table_bytes

LOCKS = (
    "threads=1", "autoinstall_known_extensions=false", "autoload_known_extensions=false",
    "allow_community_extensions=false", "allow_persistent_secrets=false", "python_enable_replacements=false",
    "temp_directory=''", "max_temp_directory_size='0B'", "max_expression_depth=250", "enable_progress_bar=false",
    "enable_logging=false", "disabled_filesystems='LocalFileSystem'", "enable_external_access=false",
    "lock_configuration=true",
)  # fmt: skip
"""In this order: the last one makes the others final."""
HEADROOM = 1500 << 20
"""Bytes of address space beside DuckDB's own limit."""
MOST = 64 << 20
"""Bytes of an answer."""
NEEDS = {
    "file_fact": ("file", "gone", "duplicate"),
    "header_fact": ("header", "compliance", "deviation"),
    "instance_fact": ("instance_header",),
    "metric_fact": ("measured", "metric", "departure", "outlier"),
}
"""Tables too large to be loaded for nothing -> the views that stand on them."""


def main() -> int:
    """Standard input: a line of JSON, then the question. Standard output: an Arrow stream, or an error as JSON."""
    without_pandas()
    os.nice(10)
    given = json.loads(sys.stdin.buffer.readline())
    question = sys.stdin.buffer.read().decode("utf-8", "replace")
    try:
        cursor = loaded(given["manifest"], question)
        lock(cursor, given["memory"], given["seconds"])
        shut(given["memory"], given["seconds"])
    except (duckdb.Error, MemoryError):
        return _told(
            "NoRoom", "this project is too large for that question here", "ask it in a kernel of your own"
        )
    try:
        table = answered(cursor, question, given["rows"])
    except LabarchiveError as error:
        return _told(type(error).__name__, error.what, error.hint)
    except duckdb.Error as error:
        return _told("BadInput", bad_sql(error).what[:400], bad_sql(error).hint)
    except (MemoryError, pa.ArrowException, RecursionError):
        return _told(
            "BadInput", "that question needs more than one question may", "ask it in a kernel of your own"
        )
    sys.stdout.buffer.write(table_bytes(table))
    return 0


def loaded(manifest: dict[str, Any], question: str) -> duckdb.DuckDBPyConnection:
    """A database in memory with one generation; of its large tables only those that the question may ask."""
    asked = question.lower()
    files = dict(manifest["files"])
    left = {name for name in LEFT if any(view in asked for view in NEEDS[name])}
    for name in LEFT:
        if name not in left:
            files[name] = "-"
    memory = Memory()
    whole = FORMS["manifest"]({**manifest, "files": files})
    memory.load({}, {whole.project_id: whole})
    cursor = memory.connection.cursor()
    cursor.execute("use archive.main")
    for name in left:
        cursor.execute(f"create table base.held_{name} as from base.{name}")
        cursor.execute(f"create or replace view base.{name} as from base.held_{name}")
    if left & {"header_fact", "metric_fact"} or any(view in asked for view in LATE):
        memory.whole()
    return cursor


def lock(cursor: duckdb.DuckDBPyConnection, memory: int, seconds: float) -> None:
    """No file, no extension, no setting from here on."""
    for setting in (f"memory_limit='{memory}B'", f"max_execution_time={int(seconds * 1000)}", *LOCKS):
        cursor.execute(f"set {setting}")
    cursor.sql("select count(*) from scan").limit(1).to_arrow_table()  # what is loaded late is loaded now


def shut(memory: int, seconds: float) -> None:
    """The same by the kernel: no path, nothing to write, no child, so much memory and time."""
    shut_out()
    wall = memory + HEADROOM
    resource.setrlimit(resource.RLIMIT_AS, (wall, wall))
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, until + 1))
    for nothing in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NPROC):
        resource.setrlimit(nothing, (0, 0))


def answered(cursor: duckdb.DuckDBPyConnection, question: str, rows: int) -> pa.Table:
    """The first ``rows`` rows, and one more where there are more. Raises duckdb.Error, BadInput."""
    statements = cursor.extract_statements(question)
    if [statement.type.name for statement in statements] not in (["SELECT"], ["EXPLAIN"], ["MULTI"]):
        raise BadInput("only one SELECT can be asked here", hint="to change things, POST them to /sayings")
    relation = cursor.sql(question)
    if relation is None:
        raise BadInput("that statement gives no rows", hint="ask with SELECT")
    table: pa.Table = relation.limit(rows + 1).to_arrow_table()
    if table.nbytes > MOST:
        raise BadInput(f"an answer may have {MOST >> 20} MB", hint="name fewer columns, or a limit")
    return table


def _told(error: str, what: str, hint: str) -> int:
    sys.stdout.write(json.dumps({"error": error, "what": what, "hint": hint}))
    return 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
