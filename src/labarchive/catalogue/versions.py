"""Rows that are valid for a time: what changed is closed and opened anew, and the past stays."""

from datetime import datetime

import duckdb

from labarchive.catalogue.sql import execute, query


def supersede(cursor: duckdb.DuckDBPyConnection, project_id: str, table: str, key: str, at: datetime) -> bool:
    """Make ``fresh`` the valid rows of ``table``, closing at ``at`` what it replaces; whether that changed any."""
    current = f"select * exclude (valid_from, valid_to) from {table} where project_id = $project_id and valid_to is null"
    columns = ", ".join(
        name
        for (name,) in query(cursor, f"select column_name from (describe {table})")
        if not name.startswith("valid_")
    )
    execute(
        cursor,
        f"""create or replace temp table outdated as
        with now as ({current}), new as (select {columns} from fresh)
        select {key} from (from now except from new) union select {key} from (from new except from now)""",
        project_id=project_id,
    )
    if not query(cursor, "select count(*) from outdated")[0][0]:
        return False
    execute(
        cursor,
        f"""update {table} set valid_to = $at where project_id = $project_id and valid_to is null
        and {key} in (from outdated)""",
        project_id=project_id,
        at=at,
    )
    execute(
        cursor,
        f"""insert into {table} by name select {columns}, $at as valid_from, null as valid_to
        from fresh where {key} in (from outdated) order by {key}""",
        at=at,
    )
    return True
