"""What requests read: the published snapshots in memory, fresh to the last saying."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from labarchive.archive.tables import SnapshotTables
from labarchive.catalogue import Catalogue
from labarchive.records import Manifest
from labarchive.selection.tables import relate, rows
from labarchive.settings import Home

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")
PATIENCE = 1.0
"""Seconds for which a request waits for what was said just before it, while a large index is being taken in."""


@dataclass(slots=True)
class Reading:
    """One set of tables for all requests; a request names its project, and sees that project's rows only."""

    catalogue: Catalogue
    home: Home
    _tables: SnapshotTables | None = field(default=None, repr=False)
    _seen: object = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _kept: dict[tuple[str, str], tuple[str, Any]] = field(default_factory=dict, repr=False)

    @property
    def tables(self) -> SnapshotTables:
        """The tables, with everything that was said and derived until now."""
        with self._lock:
            now = self.catalogue.journal.last_seq
            if self._tables is None:
                self._tables = SnapshotTables(self.catalogue, self.home, scans=True)
            if now != self._seen:
                until = time.monotonic() + PATIENCE
                self._tables.refresh()
                while self._tables.known_to < now and time.monotonic() < until:
                    time.sleep(0.02)
                    self._tables.refresh()
                self._seen = now
            return self._tables

    def manifest(self, project: str) -> Manifest | None:
        """The generation that answers come from."""
        return self.tables.loaded.get(project)

    def once(self, project: str, name: str, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for each generation of the project."""
        tag = etag(self.manifest(project))
        held = self._kept.get((project, name))
        if held is None or held[0] != tag:
            held = self._kept[project, name] = (tag, make())
        return held[1]

    def relation(self, query: str, params: Sequence[Any], project: str) -> "duckdb.DuckDBPyRelation":
        """A lazy answer over one project's rows."""
        return relate(self.tables, query, params, project)

    def facts(self, query: str, params: Sequence[Any], project: str) -> list[dict[str, Any]]:
        """The answer about files and scans as they were last published, within a second: what people say just now is
        not waited for, so that pictures come while somebody rates."""
        return rows(self._tables or self.tables, query, params, project)

    def rows(self, query: str, params: Sequence[Any], project: str) -> list[dict[str, Any]]:
        """The answer as plain dicts."""
        return rows(self.tables, query, params, project)


def etag(manifest: Manifest | None) -> str:
    """The generation as a weak ETag: facts and sayings."""
    return f'W/"{manifest.facts_generation}.{manifest.journal_seq}"' if manifest else 'W/"0.0"'
