"""The one connection to catalogue.duckdb: transactions for the writer, cursors for readers, and its end."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from labarchive.catalogue.clock import utc_now
from labarchive.catalogue.queries import text
from labarchive.errors import Damaged, NoRoom, TooNew
from labarchive.settings import SCHEMA_VERSION

# A commit that also writes the file anew keeps everybody waiting: that is done at the end of a run (checkpoint).
SETTINGS: dict[str, Any] = {
    "checkpoint_threshold": "256MB",
    "threads": 4,
    "memory_limit": "1GB",
    "preserve_insertion_order": True,
}


class Store:
    """catalogue.duckdb, open for writing by this process only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fresh = not path.exists()
        self._dead: NoRoom | None = None
        self._users, self._idle = 0, threading.Condition(threading.RLock())
        self._connection = connect(path)
        path.chmod(0o600)
        self.version = SCHEMA_VERSION if self.fresh else _version(self._connection)
        if self.fresh:
            self._connection.execute(text("schema.sql"))
            self.stamp(utc_now())

    def stamp(self, at: datetime) -> None:
        self._connection.execute("delete from schema_version")
        self._connection.execute("insert into schema_version values ($1, $2)", [SCHEMA_VERSION, at])

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of one's own, on one state of the tables."""
        with self.writing(commit=False) as cursor:
            yield cursor

    @contextmanager
    def writing(self, *, commit: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction: everything in it happens or nothing. Raises NoRoom when DuckDB cannot go on."""
        with self._idle:
            if self._dead is not None:
                raise self._dead
            self._users += 1
            cursor = self._connection.cursor()
        try:
            with self._transaction(cursor, commit=commit):
                yield cursor
        finally:
            with self._idle:
                self._users -= 1
                self._idle.notify_all()

    @contextmanager
    def _transaction(self, cursor: duckdb.DuckDBPyConnection, *, commit: bool) -> Iterator[None]:
        try:
            cursor.execute("begin transaction")
            yield
            cursor.execute("commit" if commit else "rollback")
        except BaseException as error:
            self._undo(cursor, error)
            raise
        finally:
            cursor.close()

    def _undo(self, cursor: duckdb.DuckDBPyConnection, error: BaseException) -> None:
        if isinstance(error, duckdb.IOException) and _cannot_read(error):
            raise Damaged(
                "a part of the observations cannot be read", hint="labarchive fsck names it"
            ) from error
        if isinstance(error, duckdb.FatalException | duckdb.IOException | duckdb.InternalException):
            # After a fatal error DuckDB refuses everything: the process must end and be started again.
            raise self.doom(error) from error
        try:
            cursor.execute("rollback")
        except duckdb.Error:
            return

    def doom(self, error: BaseException) -> NoRoom:
        """The journal holds what the tables could not take: only a restart, which replays it, may go on."""
        if self._dead is None:
            self._dead = NoRoom(
                "the catalogue could not be written",
                hint="make room on the disk; the owner starts again by itself",
            )
            self._dead.__cause__ = error
        return self._dead

    @property
    def dead(self) -> bool:
        return self._dead is not None

    def checkpoint(self) -> None:
        """Write the WAL into the file: a flipped bit in a WAL cuts it off silently."""
        try:
            self._connection.cursor().execute("checkpoint")
        except duckdb.TransactionException:
            return  # somebody is reading; the next one will do

    def become(self, swap: Callable[[], None]) -> None:
        """Close, let ``swap`` put another file in the place of this one, open that; readers wait meanwhile."""
        with self._idle:
            self._idle.wait_for(lambda: self._users == 0)
            self._connection.close()
            swap()
            self._connection = connect(self.path)

    def close(self) -> None:
        self._connection.close()


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Raises Damaged for a file that DuckDB cannot read, TooNew for one of a later schema."""
    try:
        connection = duckdb.connect(str(path), config=SETTINGS)
    except duckdb.Error as error:
        raise _damaged(path) from error
    try:
        found = _version(connection)
    except duckdb.Error as error:
        raise _damaged(path) from error
    if found > SCHEMA_VERSION:
        connection.close()
        raise TooNew(
            f"the catalogue has schema {found}, this labarchive knows {SCHEMA_VERSION}",
            hint="install the newer labarchive",
        )
    return connection


def _cannot_read(error: duckdb.IOException) -> bool:
    return any(word in str(error) for word in ("No files found", "Cannot open file", "No magic bytes"))


def _version(connection: duckdb.DuckDBPyConnection) -> int:
    """0 for tables that were never stamped: the process died while it made them."""
    try:
        found = connection.execute("select max(version) from schema_version").fetchall()
    except duckdb.CatalogException:
        return 0
    return int(found[0][0] or 0)


def _damaged(path: Path) -> Damaged:
    return Damaged(
        f"{path.name} cannot be read as a catalogue",
        hint="nothing is lost: labarchive rebuild makes it again",
    )
