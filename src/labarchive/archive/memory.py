"""The published tables in a DuckDB of this process: metadata in memory, files and headers left on disk."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import duckdb

from labarchive.archive import published
from labarchive.catalogue import queries
from labarchive.records import Manifest

KEPT = ("project_fact", "subject_fact", "session_fact", "scan_fact", "person_fact", "saying_fact")
"""Tables held in memory."""
LEFT = ("file_fact", "header_fact", "instance_fact")
"""Tables that stay Parquet files: 80,000 real headers are 7 GB."""
OMITTED = {"scan_fact": ("facts",)}
"""Columns that no view asks for."""
GATHERED = ("project", "said", "quality", "subject")
"""Views that are asked in every question, and cost more to plan than to answer: made into tables at each load."""
BEHIND = (*GATHERED, "saying", "rating", "tag")
"""Those views, and the ones that they ask."""
HEADERS = Path(__file__).with_name("headers.sql")


class Memory:
    """One in-memory database; every method may be called from any thread, `load` from one at a time."""

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("attach ':memory:' as archive (compress); use archive; create schema base")
        self._connection.execute("use archive.base")
        self._connection.execute(queries.text("schema.sql"))
        self._empty()
        self._schemas: dict[tuple[str, datetime | None], str] = {}
        self._making = threading.Lock()
        self._columns = {name: self._columns_of(name) for name in KEPT}
        self._loaded_sayings: dict[str, set[str]] = {}
        self._connection.execute("create schema live")
        self._connection.execute(_some(queries.views(base="base.", into="live."), BEHIND))
        for name in GATHERED:
            self._connection.execute(f"create table main.{name} as from live.{name}")
        rest = [name for name in queries.PUBLIC if name not in GATHERED]
        self._connection.execute(_some(queries.views(base="base.", into="main."), rest))
        self._connection.execute(HEADERS.read_text(encoding="utf-8"))

    def _empty(self) -> None:
        """Tables for an archive without projects; the owner's other tables are not for readers."""
        made = self._connection.execute(
            "select table_name, table_type from information_schema.tables where table_schema = 'base'"
        ).fetchall()
        self._connection.execute("create table base.no_file as from base.file_fact limit 0")
        for name, kind in sorted(made, key=lambda each: each[1] != "VIEW"):
            if name not in KEPT:
                self._connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} base.{name}")
        for name, columns in OMITTED.items():
            for column in columns:
                self._connection.execute(f"alter table base.{name} drop column {column}")
        for name in ("no_header", "no_instance"):
            self._connection.execute(_NOTHING[name])
        for name in LEFT:
            self._connection.execute(f"create view base.{name} as from base.no_{name.removesuffix('_fact')}")

    def _columns_of(self, name: str) -> list[str]:
        return list(self._connection.sql(f"from base.{name} limit 0").columns)

    # loading --------------------------------------------------------------------------------------------
    def load(self, old: Mapping[str, Manifest], new: Mapping[str, Manifest]) -> None:
        """Go from one set of generations to another, reading what differs."""
        with self._transaction() as cursor:
            for project_id in {*old, *new}:
                before, after = old.get(project_id), new.get(project_id)
                same = before and after and before.facts_generation == after.facts_generation
                if not same:
                    self._forget(cursor, project_id, KEPT)
                elif before and after and before.folder != after.folder:
                    self._forget(cursor, project_id, ("saying_fact",))
                if after:
                    if not same:
                        self._take(cursor, after)
                    self._hear(cursor, after)
            for name in GATHERED:
                _gather(cursor, name)
            if {each.folder for each in old.values()} != {each.folder for each in new.values()}:
                self._point(cursor, list(new.values()))
                _gather(cursor, "header_place")

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._connection.cursor()
        sayings = {key: set(names) for key, names in self._loaded_sayings.items()}
        try:
            cursor.execute("use archive.main; begin transaction")
            yield cursor
            cursor.execute("commit")
        except BaseException:
            self._loaded_sayings = sayings
            raise
        finally:
            cursor.close()  # a transaction that is open ends with it

    def _forget(self, cursor: duckdb.DuckDBPyConnection, project_id: str, names: Iterable[str]) -> None:
        for name in names:
            cursor.execute(f"delete from base.{name} where project_id = ?", [project_id])
        self._loaded_sayings.pop(project_id, None)

    def _take(self, cursor: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
        for name in KEPT:
            if name != "saying_fact" and name in manifest.files:
                self._insert(cursor, name, published.files(manifest, name))

    def _hear(self, cursor: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
        """Take in the sayings published since: deltas lie beside the first table."""
        heard = self._loaded_sayings.setdefault(manifest.project_id, set())
        fresh = [path for path in published.files(manifest, "saying_fact") if path not in heard]
        self._insert(cursor, "saying_fact", fresh)
        heard.update(fresh)

    def _insert(self, cursor: duckdb.DuckDBPyConnection, name: str, paths: Sequence[str]) -> None:
        """What is known here and there: a newer owner's columns are left out, an older one's are empty."""
        if not paths:
            return
        there = cursor.sql("from read_parquet($1, union_by_name=true) limit 0", params=[list(paths)]).columns
        both = ", ".join(f'"{column}"' for column in self._columns[name] if column in there)
        cursor.execute(
            f"insert into base.{name} by name select {both} from read_parquet($1, union_by_name=true)",
            [list(paths)],
        )

    def _point(self, cursor: duckdb.DuckDBPyConnection, manifests: Iterable[Manifest]) -> None:
        for name in LEFT:
            paths = [path for manifest in manifests for path in published.files(manifest, name)]
            listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
            empty = f"from base.no_{name.removesuffix('_fact')}"
            select = f"from read_parquet([{listed}], union_by_name=true)" if paths else empty
            cursor.execute(f"create or replace view base.{name} as {select}")

    # asking ---------------------------------------------------------------------------------------------
    def sql(
        self, query: str, params: Sequence[Any], project: str | None, when: datetime | None
    ) -> duckdb.DuckDBPyRelation:
        """The query over all projects' views, one project's, or those of a past."""
        schema = "main" if project is None and when is None else self._schema(project, when)
        cursor = self._connection.cursor()
        cursor.execute(f"use archive.{schema}")
        return cursor.sql(query, params=list(params) or None)

    def _schema(self, project_id: str | None, when: datetime | None) -> str:
        """The schema with these views, made when it is first asked for."""
        key = (project_id or "", when)
        with self._making:
            if key not in self._schemas:
                self._schemas[key] = self._made(len(self._schemas), project_id, when)
            return self._schemas[key]

    def _made(self, number: int, project_id: str | None, when: datetime | None) -> str:
        into, base = f"seen_{_letters(number)}", "base"
        cursor = self._connection.cursor()
        cursor.execute(f"use archive.main; create schema if not exists {into}")
        if project_id is not None:
            base = f"base_{_letters(number)}"
            cursor.execute(f"create schema if not exists {base}")
            for name in (*KEPT, *LEFT):
                only = f"select * from base.{name} where project_id = '{project_id}'"
                cursor.execute(f"create or replace view {base}.{name} as {only}")
        cursor.execute(queries.views(when, base=f"{base}.", into=f"{into}."))
        for name in (
            ("said", "quality") if when is None else ()
        ):  # by stable id, so other projects' do no harm
            cursor.execute(f"create or replace view {into}.{name} as from main.{name}")
        for name in ("header", "instance_header") if when is None else ():
            only = f"project in (select project from {into}.project)"
            cursor.execute(f"create or replace view {into}.{name} as from main.{name} where {only}")
        cursor.close()
        return into


_NOTHING = {
    "no_header": """create table base.no_header (header_key varchar, study_uid varchar, series_uid varchar,
        path varchar, header varchar, project_id varchar, run integer, taken timestamp)""",
    "no_instance": """create table base.no_instance (header_key varchar, study_uid varchar, series_uid varchar,
        sop_uid varchar, path varchar, patch varchar, project_id varchar, run integer, taken timestamp)""",
}


def _gather(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    """Make the table again from the view of its name."""
    cursor.execute(f"delete from main.{name}")
    cursor.execute(f"insert into main.{name} from live.{name}")


def _some(script: str, names: Sequence[str]) -> str:
    """The statements of a script of views that make these."""
    parts = script.split("create or replace view ")[1:]
    made = {part.partition(" ")[0].rpartition(".")[2]: part for part in parts}
    return "".join(f"create view {part}" for name, part in made.items() if name in names)


def _letters(number: int) -> str:
    """A number as letters, for names of schemas.

    >>> _letters(27)
    'bb'
    """
    text = ""
    while True:
        number, rest = divmod(number, 26)
        text = ascii_lowercase[rest] + text
        if not number:
            return text
