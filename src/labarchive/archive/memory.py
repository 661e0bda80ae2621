"""The published tables in a DuckDB of this process: metadata in memory, files and headers left on disk."""

import re
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import duckdb

from labarchive.archive import published
from labarchive.catalogue import queries
from labarchive.catalogue.generation import METRICS
from labarchive.records import Manifest

KEPT = ("project_fact", "subject_fact", "session_fact", "scan_fact", "person_fact", "saying_fact")
"""Tables held in memory."""
LEFT = ("file_fact", "header_fact", "instance_fact", "metric_fact")
"""Tables that stay Parquet files: 80,000 real headers are 7 GB."""
OMITTED = {"scan_fact": ("facts",)}
"""Columns that no view asks for."""
GATHERED = ("project", "said", "quality", "subject", "session")
"""Views that are asked in every question, and cost more to plan than to answer: made into tables at each load."""
BEHIND = (*GATHERED, "saying", "rating_history", "rating", "tag")
"""Those views, and the ones that they ask."""
ABOUT = {"said": "about", "quality": "scan_id"}
"""Those of them that have a row or none for each thing that was spoken of, and its column."""
UNSPOKEN = frozenset({"rating"})
"""Verbs that change nothing of ``said``."""
FEW = 1000
"""Things that were spoken of since scans were last gathered: more, and all are gathered again."""
_CREATE = re.compile(r"^(?=create (?:table|view) (\w+))([^;]*);", re.MULTILINE)
_BEHIND_FILES = ("file_fact", "file_version", "scan_key")
HEADERS = Path(__file__).with_name("headers.sql")


LATE = (
    "measured", "metric", "departure", "outlier", "campaign", "protocol", "planned_visit", "planned_limit", "visit", "visit_status",
    "compliance", "deviation",
)  # fmt: skip
"""Views that are made when a question first needs one: binding them takes longer than many an answer."""
_OF_ALL = re.compile(r"information_schema|duckdb_\w+\(|\bshow\b", re.IGNORECASE)
_OF_HEADERS = re.compile("header|compliance|deviation", re.IGNORECASE)
Spoken = set[tuple[str, str]]
"""What was spoken of, and with which verb."""


class Memory:
    """One in-memory database; every method may be called from any thread, `load` from one at a time."""

    def __init__(self, *, scans: bool = False) -> None:
        """``scans``: they are made into a table too, which answers many small questions sooner and takes memory."""
        self._scans = scans
        self._spoken_of = 0
        self._connection = duckdb.connect()
        self._connection.execute("attach ':memory:' as archive (compress); use archive; create schema base")
        self._connection.execute("use archive.base")
        self._empty()
        self._schemas: dict[tuple[str, datetime | None], str] = {}
        self._making, self._placing = threading.Lock(), threading.RLock()
        self._columns = {name: self._columns_of(name) for name in KEPT}
        self._loaded_sayings: dict[str, set[str]] = {}
        self._connection.execute("create schema live")
        self._connection.execute(_some(queries.views(base="base.", into="live."), {*BEHIND, *self._gathered}))
        for name in self._gathered:
            self._connection.execute(f"create table main.{name} as from live.{name}")
        if scans:  # over the tables, which are there before it: its plan over the views behind them takes longer than its answer
            over = _some(queries.views(base="base.", into="main."), {"scan"})
            self._connection.execute(
                "drop view live.scan; " + over.replace("view main.scan", "view live.scan")
            )
        rest = [name for name in queries.PUBLIC if name not in self._gathered and name not in LATE]
        self._connection.execute(_some(queries.views(base="base.", into="main."), rest))
        self._late_made = False
        self._connection.execute(HEADERS.read_text(encoding="utf-8"))
        self._headers_asked = False
        """Where the headers lie is looked up when the first question about them comes: most kernels have none."""

    @property
    def _gathered(self) -> tuple[str, ...]:
        return (*GATHERED, "scan") if self._scans else GATHERED

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The database itself, for who locks it."""
        return self._connection

    def _empty(self) -> None:
        """Tables for an archive without projects; the owner's other tables are not for readers."""
        for name, statement in _CREATE.findall(queries.text("schema.sql")):
            if name in KEPT or name in _BEHIND_FILES:
                self._connection.execute(statement)
        self._connection.execute("create table base.no_file as from base.file_fact limit 0")
        self._connection.execute("drop view base.file_fact")
        for name in _BEHIND_FILES[1:]:
            self._connection.execute(f"drop table base.{name}")
        for name, columns in OMITTED.items():
            for column in columns:
                self._connection.execute(f"alter table base.{name} drop column {column}")
        for name in _NOTHING:
            self._connection.execute(_NOTHING[name])
        for name in LEFT:
            self._connection.execute(f"create view base.{name} as from base.no_{name.removesuffix('_fact')}")

    def _columns_of(self, name: str) -> list[str]:
        return list(self._connection.sql(f"from base.{name} limit 0").columns)

    # loading --------------------------------------------------------------------------------------------
    def load(self, old: Mapping[str, Manifest], new: Mapping[str, Manifest]) -> None:
        """Go from one set of generations to another, reading what differs."""
        with self._placing, self._one_hand(), self._transaction() as cursor:
            spoken_of: Spoken | None = set()
            for project_id in {*old, *new}:
                before, after = old.get(project_id), new.get(project_id)
                same = before and after and _facts(before) == _facts(after)
                if not same:
                    spoken_of = None
                    self._forget(cursor, project_id, KEPT)
                elif before and after and before.folder != after.folder:
                    spoken_of = None
                    self._forget(cursor, project_id, ("saying_fact",))
                if after:
                    if not same:
                        self._take(cursor, after)
                    heard = self._hear(cursor, after)
                    spoken_of = None if spoken_of is None else spoken_of | heard
            self._gather_all(cursor, spoken_of)
            if {_left(each) for each in old.values()} != {_left(each) for each in new.values()}:
                self._point(cursor, list(new.values()))
                if self._headers_asked:
                    _gather(cursor, "header_place")

    @contextmanager
    def _one_hand(self) -> Iterator[None]:
        """Load with one thread: 80,000 scans then leave 20 MB behind instead of 150, and come sooner."""
        threads = self._connection.sql("select current_setting('threads')").fetchall()[0][0]
        self._connection.execute("set threads = 1")
        try:
            yield
        finally:
            self._connection.execute(f"set threads = {threads}")

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

    def _gather_all(self, cursor: duckdb.DuckDBPyConnection, spoken_of: Spoken | None) -> None:
        """The tables made of views, anew where facts changed (None), else what was spoken of.

        Of scans alone most is said: then nothing above them is looked at.
        """
        self._spoken_of += FEW if spoken_of is None else len(spoken_of)
        if spoken_of is None or self._spoken_of >= FEW:
            self._spoken_of = 0
            for name in self._gathered:
                _gather(cursor, name)
            return
        about = sorted({name for name, _ in spoken_of})
        for name, column in ABOUT.items():
            if name != "said" or not {verb for _, verb in spoken_of} <= UNSPOKEN:
                _gather_some(cursor, name, (column,), about)
        keys = ["scan_id"]
        if not all(name.startswith("scan_") for name in about):
            keys += ["session_id", "subject_id"]
            for name in ("project", "subject", "session"):
                _gather(cursor, name)
        if self._scans:
            _gather_some(cursor, "scan", keys, about)

    def _hear(self, cursor: duckdb.DuckDBPyConnection, manifest: Manifest) -> Spoken:
        """Take in the sayings published since: deltas lie beside the first table. Gives what they are about, and
        with which verbs."""
        heard = self._loaded_sayings.setdefault(manifest.project_id, set())
        fresh = [path for path in published.files(manifest, "saying_fact") if path not in heard]
        self._insert(cursor, "saying_fact", fresh)
        heard.update(fresh)
        if not fresh:
            return set()
        spoken = "select distinct about, verb from read_parquet($1) limit ?"
        return set(cursor.execute(spoken, [fresh, FEW]).fetchall())

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

    def point(self, manifests: Iterable[Manifest]) -> None:
        """Look again for the files of tables that are left on disk."""
        with self._placing, self._transaction() as cursor:
            self._point(cursor, manifests)
            if self._headers_asked:
                _gather(cursor, "header_place")

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
        if not self._headers_asked and _OF_HEADERS.search(query):
            self._place_headers()
        if not self._late_made and _OF_ALL.search(query):
            self._make_late()
        schema = "main" if project is None and when is None else self._schema(project, when)
        cursor = self._connection.cursor()
        cursor.execute(f"use archive.{schema}")
        try:
            return cursor.sql(query, params=list(params) or None)
        except duckdb.CatalogException:
            if self._late_made:
                raise
        self._make_late()
        return cursor.sql(query, params=list(params) or None)

    def whole(self) -> None:
        """Have all views there, and know where the headers lie."""
        self._make_late()
        if not self._headers_asked:
            self._place_headers()

    def _make_late(self) -> None:
        with self._placing:
            if not self._late_made:
                script = _some(queries.views(base="base.", into="main."), LATE)
                self._connection.cursor().execute(f"use archive.main; {script}")
                self._late_made = True

    def _place_headers(self) -> None:
        with self._placing:
            if not self._headers_asked:
                with self._transaction() as cursor:
                    _gather(cursor, "header_place")
                self._headers_asked = True

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
        for name in self._gathered if when is None else ():
            # what is said goes by stable ids, so other projects' do no harm
            mine = (
                ""
                if project_id is None or name in ("said", "quality")
                else f" where project_id = '{project_id}'"
            )
            cursor.execute(f"create or replace view {into}.{name} as from main.{name}{mine}")
        for name in ("header", "instance_header") if when is None else ():
            only = f"project in (select project from {into}.project)"
            cursor.execute(f"create or replace view {into}.{name} as from main.{name} where {only}")
        cursor.close()
        return into


_NOTHING = {
    "no_header": """create table base.no_header (header_key varchar, study_uid varchar, series_uid varchar,
        path varchar, header varchar, project_id varchar, run integer, taken timestamp)""",
    "no_metric": f"create table base.no_metric ({', '.join(f'{name} {of}' for name, of in METRICS.items())})",
    "no_instance": """create table base.no_instance (header_key varchar, study_uid varchar, series_uid varchar,
        sop_uid varchar, path varchar, patch varchar, project_id varchar, run integer, taken timestamp)""",
}


def _left(manifest: Manifest) -> tuple[Path, bool, int]:
    """Where tables that are left on disk lie, and how much of them."""
    return manifest.folder, manifest.identified, manifest.measured


def _facts(manifest: Manifest) -> tuple[int, bool]:
    """What tables of facts were read from: the same generation is another one without what tells who a person is."""
    return manifest.facts_generation, manifest.identified


def _gather(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    """Make the table again from the view of its name."""
    cursor.execute(f"delete from main.{name}")
    cursor.execute(f"insert into main.{name} from live.{name}")


def _gather_some(
    cursor: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], about: Sequence[str]
) -> None:
    """Make the rows of these things again."""
    if about:
        named = " or ".join(f"{column} in (select unnest($1))" for column in columns)
        cursor.execute(f"delete from main.{name} where {named}", [about])
        cursor.execute(f"insert into main.{name} from live.{name} where {named}", [about])


def _some(script: str, names: Collection[str]) -> str:
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
