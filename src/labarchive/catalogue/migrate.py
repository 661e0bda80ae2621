"""From an older schema of the tables to this one: a step of SQL, or the tables made again from the streams."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from labarchive.settings import SCHEMA_VERSION

REBUILD = "rebuild"

STEPS: Mapping[int, str] = {}
"""Schema version -> what brings the tables there from the one before: SQL for a column that was added, else REBUILD.

Journal and observations are never migrated: what reads them reads all their versions.
"""


def migrate(path: Path, found: int, steps: Mapping[int, str] = STEPS, wanted: int = SCHEMA_VERSION) -> None:
    """Bring the closed catalogue in ``path`` from schema ``found`` to ``wanted``, whole or not at all."""
    needed = [steps.get(version, REBUILD) for version in range(found + 1, wanted + 1)]
    if REBUILD in needed:
        path.unlink()
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
        return
    connection = duckdb.connect(str(path))
    try:
        connection.execute("begin transaction")
        for step in needed:
            connection.execute(step)
        connection.execute("update schema_version set version = $1", [wanted])
        connection.execute("commit")
    finally:
        connection.close()
