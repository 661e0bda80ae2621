"""The frozen facts that rooms hand to each other, and the one interface of the catalogue's owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

Status = Literal["ok", "not_imaging", "empty", "damaged", "unreadable"]
STATUSES: tuple[Status, ...] = ("ok", "not_imaging", "empty", "damaged", "unreadable")
"""Of a file. A warning is ``ok`` with a reason."""

Quality = Literal["usable", "questionable", "unusable", "unreviewed"]
QUALITIES: tuple[Quality, ...] = ("usable", "questionable", "unusable", "unreviewed")
"""From best to worst, then what nobody judged."""

ROLES = ("owner", "member", "collaborator", "reader")
"""Of a person in a project, as XNAT has them; a reader is blinded."""
VISIBILITIES = ("public", "protected", "private")
"""Of a project to those who have no role in it, as XNAT has them."""

PartKind = Literal["files", "headers", "instances", "gone", "digests"]
"""What a part of an observations segment holds."""


class Found(NamedTuple):
    """One file as the walk saw it; ``path`` is the file system's bytes, times are in nanoseconds.

    A tuple, since a million of them are made and sent to other processes.
    """

    path: bytes
    size: int
    mtime_ns: int
    inode: int
    ctime_ns: int
    problem: str = ""
    """Why it cannot be read (an unreadable folder, a dangling link); empty for a file to open."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a scan is: a BIDS suffix (T1w, FLAIR, bold, dwi, ...) or a DICOM modality (CT, PT, ...)."""

    name: str
    confidence: float
    """0 to 1."""
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where the lab's rules put a series, and why."""

    subject_key: str
    """Equal for series of one person as far as the rules can tell; never shown, never an id."""
    subject: str
    """A proposed label, or empty: then one is assigned (S001, S002, ...)."""
    session: str
    scan: str
    why: str


@dataclass(frozen=True, slots=True)
class Saying:
    """What a person says: ``verb`` about ``about`` (an id) in ``project``."""

    verb: str
    """label, kind, tag, untag, note, rating, merge, split, undo, project"""
    project: str
    about: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    door: str = "python"
    who: str = ""
    """Filled in by the owner from the connection's identity (SO_PEERCRED); a caller's word is not believed."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a saying: fsynced under these journal sequence numbers."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Run:
    """An index run of one project, open until it is finished."""

    run: int
    project: str
    kind: Literal["index", "quick", "headers"]
    roots: tuple[str, ...]
    started: datetime


class Reached(NamedTuple):
    """How far a run is."""

    done: int
    """Files looked at, unchanged ones included."""
    found: int
    """Files met so far."""
    walked: bool
    """Whether ``found`` is all of them."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a finished run changed in the catalogue. ``files`` = the sum over statuses in this run's roots."""

    run: int
    project: str
    files: int
    ok: int
    not_imaging: int
    empty: int
    damaged: int
    unreadable: int
    new: int
    changed: int
    gone: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """One published generation of a project: what a kernel loads."""

    project: str
    project_id: str
    schema_version: int
    facts_generation: int
    journal_seq: int
    folder: Path
    """The generation's folder on the owner's disk."""
    files: Mapping[str, str]
    """Table name (``scan``, ``file``, ``header`` ...) -> glob relative to ``folder``."""
    written: datetime
    identified: bool = True
    """With the person attributes and the original paths; False for what everybody may read."""
    measured: int = 0
    """The last part of measures that it holds."""


class Owner(Protocol):
    """The one interface of whoever holds the catalogue.

    Inside the owner process it is the catalogue itself; everywhere else ``wire`` speaks it over a socket.
    Both pass tests/contract.
    """

    def hello(self) -> dict[str, Any]:
        """Version, schema, home, process id, projects with their generations, work under way."""

    def projects(self) -> list[dict[str, Any]]:
        """``project``, ``project_id``, ``facts_generation`` of each project this caller may see."""

    def begin(self, project: str, kind: str, roots: Sequence[str]) -> Run:
        """Open a run; the project is made when it is new. Raises Busy while another run of it is open and alive."""

    def known(self, run: int) -> "pa.Table":
        """Files below the run's roots as last seen: path (binary), bytes, mtime_ns, inode, and for a
        headers run the ``ok`` DICOM files whose full header is still missing: path, study_uid, series_uid, sop_uid."""

    def series(self, run: int) -> "pa.Table":
        """study_uid, series_uid that already have their series header."""

    def observe(self, run: int, part: int, kind: PartKind, table: "pa.Table") -> None:
        """Take one part; durable when this returns, and taken once however often it is sent."""

    def reached(self, run: int, done: int, found: int, *, walked: bool) -> None:
        """How far the run is: files looked at, files met, and whether no more will be met."""

    def finish(self, run: int, *, complete: bool = True) -> RunSummary:
        """Derive scans, sessions and subjects; they are published at once, or when somebody asks for them before.
        ``complete=False`` for a run that was stopped."""

    def say(self, sayings: Sequence[Saying]) -> Receipt:
        """Durable (fsynced) when this returns, visible in snapshots from ``Receipt.last``."""

    def manifest(self, project: str, *, min_seq: int = 0, lease: str = "") -> Manifest:
        """The newest published generation that holds journal sequence ``min_seq``, waiting up to 10 s for it."""

    def do(self, verb: str, **words: Any) -> dict[str, Any]:
        """The rare verbs: fsck, doctor, rebuild, backup, names (a dry run), redact, rules."""
