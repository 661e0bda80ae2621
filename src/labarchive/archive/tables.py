"""What a kernel sees of an archive: the newest published generation of each project, and a past of it."""

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from labarchive.archive import published
from labarchive.archive.memory import Memory
from labarchive.errors import BadInput, LabarchiveError, NotFound
from labarchive.records import Manifest, Owner, Receipt, Saying
from labarchive.settings import Home
from labarchive.wire import Wire

if TYPE_CHECKING:
    import duckdb

LOOK = 0.2
"""Seconds between looks at the disk for what was published since."""
ASK = 1.0
"""Seconds between questions to the owner: what was said is published when somebody asks for it."""


class SnapshotTables:
    """Implements ``selection.tables.Tables`` over the snapshots folder; reads on while the owner is dead."""

    def __init__(self, owner: Owner, home: Home) -> None:
        self._owner = owner
        self._quiet: Owner = owner.quietly() if isinstance(owner, Wire) else owner
        self._home = home
        self._lease = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._memory = Memory()
        self._manifests: dict[str, Manifest] = {}
        self._seen: tuple[object, ...] = ()
        self._looked = self._asked = float("-inf")
        self._known: object = None
        self._lock = threading.RLock()
        self.refresh()

    @property
    def owner(self) -> Owner:
        return self._owner

    @property
    def home(self) -> Home:
        return self._home

    @property
    def door(self) -> str:
        """How its person came in: python, cli, ..."""
        return self._owner.door if isinstance(self._owner, Wire) else "python"

    @property
    def loaded(self) -> Mapping[str, Manifest]:
        self._look()
        return {manifest.project: manifest for manifest in self._manifests.values()}

    def sql(
        self, query: str, params: Sequence[Any] = (), project: str | None = None
    ) -> "duckdb.DuckDBPyRelation":
        return self.ask(query, params, project, None)

    def ask(
        self, query: str, params: Sequence[Any], project: str | None, when: datetime | None
    ) -> "duckdb.DuckDBPyRelation":
        """``sql`` of now, or of a moment."""
        self._look()
        project_id = None if project is None else self._project_id(project)
        return self._memory.sql(query, params, project_id, when)

    def _project_id(self, project: str) -> str:
        loaded = {manifest.project: manifest.project_id for manifest in self._manifests.values()}
        if project not in loaded:
            there = ", ".join(sorted(loaded))
            raise NotFound(
                f"no project {project!r}", hint=f"there is {there}" if there else "index one first"
            )
        return loaded[project]

    def refresh(self) -> None:
        """Load what was published since, asking the owner to publish what was said since."""
        with self._lock:
            self._ask_owner()
            self._load()

    def _look(self) -> None:
        """Refresh when it is time, without holding up the question: a file check, and the owner once a second."""
        now = time.monotonic()
        if now - self._looked < LOOK or not self._lock.acquire(blocking=self._looked == float("-inf")):
            return
        try:
            if now - self._asked >= ASK:
                self._ask_owner()
            self._load()
        finally:
            self._lock.release()

    def _ask_owner(self) -> None:
        """Have the owner publish; an owner that is dead or busy is asked again later."""
        self._asked = time.monotonic()
        with contextlib.suppress(LabarchiveError):
            hello = self._quiet.hello()
            known = (hello.get("journal_seq"), hello.get("pid"), str(hello.get("projects")))
            if known == self._known and self._asked - self._renewed < RENEW:
                return
            for each in hello["projects"]:
                self._quiet.manifest(each["project"], lease=self._lease)
            self._known, self._renewed = known, self._asked

    _renewed = float("-inf")

    def _load(self) -> None:
        seen = published.signature(self._home)
        if seen != self._seen:
            for last in (False, True):
                new = published.manifests(self._home)
                try:
                    self._memory.load(self._manifests, new)
                except Exception:  # a generation went while it was read: the next one is there already
                    if last or published.signature(self._home) == seen:
                        raise
                    continue
                self._manifests = new
                break
            self._seen = seen
        self._looked = time.monotonic()

    def say(self, sayings: Sequence[Saying]) -> Receipt:
        receipt = self._owner.say(sayings)
        with self._lock:
            for project in dict.fromkeys(saying.project for saying in sayings):
                self._owner.manifest(project, min_seq=receipt.last, lease=self._lease)
            self._load()
        return receipt

    def at(self, when: datetime) -> "Past":
        return Past(self, when)


RENEW = 120.0
"""Seconds after which a lease is renewed although nothing changed."""


class Past:
    """The same tables as they were at a moment; takes no sayings."""

    def __init__(self, now: SnapshotTables, when: datetime) -> None:
        self._now = now
        self.when = when

    @property
    def owner(self) -> Owner:
        return self._now.owner

    @property
    def loaded(self) -> Mapping[str, Manifest]:
        return self._now.loaded

    def sql(
        self, query: str, params: Sequence[Any] = (), project: str | None = None
    ) -> "duckdb.DuckDBPyRelation":
        return self._now.ask(query, params, project, self.when)

    def refresh(self) -> None:
        self._now.refresh()

    def say(self, sayings: Sequence[Saying]) -> Receipt:  # noqa: ARG002
        raise BadInput(
            f"nothing can be said of the past ({self.when:%Y-%m-%d %H:%M} UTC)",
            hint="say it of the archive as it is: archive = labarchive.open()",
        )

    def at(self, when: datetime) -> "Past":
        return Past(self._now, when)
