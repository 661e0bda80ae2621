"""What a selection asks its questions of: SQL over the newest loaded generation, and a way to say things."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from labarchive.errors import BadInput, LabarchiveError
from labarchive.forms import Form
from labarchive.records import Manifest, Owner, Receipt, Saying

if TYPE_CHECKING:
    import duckdb


class Tables(Protocol):
    """The public views (project, subject, session, scan, file, header, ...) as one reader sees them."""

    @property
    def owner(self) -> Owner:
        """Who holds the catalogue: takes sayings and the rare verbs."""

    @property
    def loaded(self) -> Mapping[str, Manifest]:
        """The generation of each project that answers come from now; empty before the first load."""

    def sql(
        self, query: str, params: Sequence[Any] = (), project: str | None = None
    ) -> "duckdb.DuckDBPyRelation":
        """A lazy relation over the public views; with ``project`` they hold that project's rows only."""

    def refresh(self) -> None:
        """Load what was published since."""

    def say(self, sayings: Sequence[Saying]) -> Receipt:
        """Say it, and see it: durable, and in the next answer of ``sql``."""

    def at_hand(
        self, project: str, scan: str, files: Sequence[Mapping[str, Any]]
    ) -> Sequence[Mapping[str, Any]]:
        """The rows of a scan's files with paths that can be opened here."""

    def header(self, project: str, scan: str) -> str | None:
        """The header of one scan as JSON where it is not among the tables here; None where it is."""

    def form(self, name: str) -> Form:
        """A form as it is filled in now. Raises NotFound."""

    def volume(self, project: str, scan: str, part: str | None, *, partial: bool) -> Path | None:
        """A NIfTI file of the scan for who may not see its files; None for who may."""

    def measure(self, project: str, scans: Sequence[str], *, again: bool) -> bool:
        """Have a service measure these scans; False where one measures oneself."""

    def at(self, when: datetime) -> "Tables":
        """The same views over facts and sayings as they were at ``when`` (UTC, naive); takes no sayings."""


def who(tables: Tables) -> str:
    """The person that the archive takes this reader for."""
    try:
        return str(tables.owner.hello().get("who") or getpass.getuser())
    except LabarchiveError:  # nobody owns it now; what was published can still be read
        return getpass.getuser()


def rows(
    tables: Tables, query: str, params: Sequence[Any] = (), project: str | None = None
) -> list[dict[str, Any]]:
    """The answer as plain dicts."""
    relation = relate(tables, query, params, project)
    names = relation.columns
    return [dict(zip(names, row, strict=True)) for row in relation.fetchall()]


def relate(
    tables: Tables, query: str, params: Sequence[Any] = (), project: str | None = None
) -> "duckdb.DuckDBPyRelation":
    """The lazy relation; what DuckDB finds wrong with the query is BadInput in one sentence."""
    import duckdb

    try:
        relation = tables.sql(query, params, project)
    except duckdb.Error as error:
        raise bad_sql(error) from error
    if relation is None:
        raise BadInput("that statement gives no rows", hint="ask with SELECT; to change things, say them")
    return relation


def only_asks(query: str) -> None:
    """Refuse what is not one question, so that nobody empties a table of their own kernel by mistake.

    No boundary: a person's kernel runs any code anyway.
    """
    import duckdb

    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise bad_sql(error) from error
    if [statement.type.name for statement in statements] not in (["SELECT"], ["EXPLAIN"], ["MULTI"]):
        raise BadInput(
            "only one SELECT can be asked here", hint="to change things, say them; to export, take .df()"
        )


def bad_sql(error: Exception) -> BadInput:
    """One sentence of DuckDB's several lines: what, and its own suggestion if it has one."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    what = lines[0] if lines else type(error).__name__
    hint = next((line for line in lines[1:] if line.startswith(("Did you mean", "Candidate"))), "")
    return BadInput(what, hint=hint or 'see the views with "select * from information_schema.columns"')
