"""What a kernel sees of an archive: the newest published generation of each project, and a past of it."""

import os
import re
import secrets
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labarchive.archive import published
from labarchive.archive.memory import Memory
from labarchive.archive.past import Past
from labarchive.errors import LabarchiveError, NotAllowed, NotFound
from labarchive.forms import Form, Library
from labarchive.records import Manifest, Owner, Receipt, Saying
from labarchive.settings import Home
from labarchive.wire import Remote, Wire

if TYPE_CHECKING:
    import duckdb

LOOK = 0.2
"""Seconds between looks at the disk for what was published since."""
_HEADER = re.compile(r"\b(instance_)?header\b", re.IGNORECASE)
ASK = 1.0
"""Seconds between questions to the owner: what was said is published when somebody asks for it."""


class SnapshotTables:
    """Implements ``selection.tables.Tables`` over the snapshots folder; reads on while the owner is dead."""

    def __init__(self, owner: Owner, home: Home, *, scans: bool = False) -> None:
        """``scans``: hold scans as a table too, for who asks many small questions of them."""
        self._owner = owner
        self._quiet: Owner = owner.quietly() if isinstance(owner, Wire | Remote) else owner
        self._home = home
        self._lease = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._memory = Memory(scans=scans)
        self._manifests: dict[str, Manifest] = {}
        self._missing: dict[str, LabarchiveError] = {}
        """Projects that are there and could not be had, and why."""
        self._seen: tuple[object, ...] = ()
        self._looked = self._asked = float("-inf")
        self._known: object = None
        self._lock = threading.RLock()
        self._first()

    def _first(self) -> None:
        """What is published over a network is waited for when it is first fetched, and never again."""
        if isinstance(self._owner, Remote):
            self._ask_owner(self._owner)
            self._load()
            for project, error in self._missing.items():
                warnings.warn(f"{project} could not be fetched: {error}", stacklevel=4)
        else:
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
        return self._owner.door if isinstance(self._owner, Wire | Remote) else "python"

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
        if isinstance(self._owner, Remote) and _HEADER.search(query):
            self._fetch_headers(self._owner)
        project_id = None if project is None else self._project_id(project)
        return self._memory.sql(query, params, project_id, when)

    def _fetch_headers(self, owner: Remote) -> None:
        """They are fetched when somebody first asks for one."""
        with self._lock:
            if owner.whole():
                self._ask_owner(owner, again=True)
                self._load()
                self._memory.point(self._manifests.values())

    def _project_id(self, project: str) -> str:
        loaded = {manifest.project: manifest.project_id for manifest in self._manifests.values()}
        if project not in loaded and project in self._missing:
            raise self._missing[project]
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

    @property
    def known_to(self) -> int:
        """The number of the journal up to which the tables knew everything when the owner was last asked.

        What is said while a large index is being taken in has a number beyond it for a while.
        """
        return self._known_to

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

    def _ask_owner(self, owner: Owner | None = None, *, again: bool = False) -> None:
        """Have the owner publish; an owner that is dead or busy is asked again later.

        Raises NotAllowed when nobody knows this person any more.
        """
        owner = owner or self._quiet
        self._asked = time.monotonic()
        try:
            hello = owner.hello()
        except NotAllowed:
            raise
        except LabarchiveError:
            return
        known = (
            hello.get("journal_seq"),
            hello.get("pid"),
            str(hello.get("projects")),
            hello.get("measured"),
        )
        if not again and known == self._known and self._asked - self._renewed < RENEW:
            return
        said = int(hello.get("journal_seq") or 0)
        self._known_to = min(
            (self._published(owner, each["project"], said) for each in hello["projects"]), default=said
        )
        if self._known_to >= said:
            self._known, self._renewed = known, self._asked

    def _published(self, owner: Owner, project: str, said: int) -> int:
        """The journal's number that is published; -1 for a project to be asked for again, ``said`` for one not to be read."""
        self._missing.pop(project, None)
        try:
            return owner.manifest(project, lease=self._lease).journal_seq
        except (NotAllowed, NotFound):
            return said
        except LabarchiveError as error:
            self._missing[project] = error
            return -1

    _known_to = -1

    _renewed = float("-inf")

    def _load(self) -> None:
        seen = published.signature(self._home)
        if seen != self._seen:
            for last in (False, True):
                new = published.manifests(self._home)
                if (
                    self._manifests.keys() - new.keys()
                ):  # somebody cleared the folder: the owner writes it again
                    self._known = None
                    self._ask_owner()
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

    def at_hand(
        self, project: str, scan: str, files: Sequence[Mapping[str, Any]]
    ) -> Sequence[Mapping[str, Any]]:
        """The raw files where they can be opened, else copies of them; a NIfTI of them for who may not see those."""
        if not isinstance(self._owner, Remote) or not files:
            return files
        made = self.volume(project, scan, None, partial=False)
        if made is not None:
            return [{"path": str(made), "form": "nifti"}]
        if all(os.access(_path(row), os.R_OK) for row in files):
            return files
        return self._owner.files(project, scan, files)

    def header(self, project: str, scan: str) -> str | None:
        """One header comes by itself; those of a project are fetched together when a question is about them."""
        if not isinstance(self._owner, Remote) or self._owner.has_headers:
            return None
        return self._owner.header(project, scan)

    def form(self, name: str) -> Form:
        """The lab's, else the one that ships; over a network the service's."""
        if isinstance(self._owner, Remote):
            return Form.read(self._owner.form(name))
        return Library(self._home.forms).form(name)

    def volume(self, project: str, scan: str, part: str | None, *, partial: bool) -> Path | None:
        """A NIfTI file of the scan for who may not see its files; None for who may."""
        seen = self.loaded.get(project)
        if not isinstance(self._owner, Remote) or seen is None or seen.identified:
            return None
        return self._owner.volume(project, scan, part, partial=partial)

    def measure(self, project: str, scans: Sequence[str], *, again: bool) -> bool:
        """Behind a hub the service measures; whose archive it is measures here."""
        if not isinstance(self._owner, Remote):
            return False
        self._owner.measure(project, scans, again=again)
        return True

    def at(self, when: datetime) -> "Past":
        return Past(self, when)


def _path(row: Mapping[str, Any]) -> bytes:
    return bytes(row["path_bytes"]) if row["path_bytes"] is not None else os.fsencode(row["path"])


RENEW = 120.0
"""Seconds after which a lease is renewed although nothing changed."""
