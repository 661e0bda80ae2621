"""The owner as a person beside a hub sees it: REST with their own token, and snapshots in their own cache."""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from labarchive.errors import NotAllowed, NotFound, Unreachable
from labarchive.records import Manifest, PartKind, Receipt, Run, RunSummary, Saying
from labarchive.settings import Home
from labarchive.wire.cache import Cache, Piece
from labarchive.wire.copies import Copies
from labarchive.wire.service import Service

if TYPE_CHECKING:
    import pyarrow as pa

ATTEMPTS = 3
"""Generations that may be replaced under a download before it is given up."""
PATIENCE = 600.0
"""Seconds to wait for another kernel that fetches the same."""


@dataclass(slots=True)
class _Known:
    """What one process knows of the service."""

    projects: list[dict[str, Any]] = field(default_factory=list)
    at: int = -1
    """The journal's number of then: while it stays, nobody was granted or refused anything."""
    whole: bool = False
    """Whether headers are fetched with the rest: from when somebody first asks for one."""


class Remote:
    """Implements ``records.Owner`` for one person. Runs and the rare verbs are the archive's own user's."""

    def __init__(
        self, service: Service, cache: Cache, *, patience: float = PATIENCE, known: _Known | None = None
    ) -> None:
        self._service = service
        self._cache = cache
        self._patience = patience
        self._known = known or _Known()

    def __repr__(self) -> str:
        return f"<archive at {self._service.url}>"

    @property
    def home(self) -> Home:
        """The cache, which is laid out as an archive's home."""
        return Home(self._cache.path)

    @property
    def door(self) -> str:
        """How its person came in: python, cli, ..."""
        return self._service.door

    def quietly(self, patience: float = 5.0) -> "Remote":
        """The same for questions that can wait: asked once, and given up soon."""
        service = replace(self._service, patience=patience, waits=())
        return Remote(service, self._cache, patience=0, known=self._known)

    @property
    def has_headers(self) -> bool:
        """Whether headers are fetched with the rest."""
        return self._known.whole

    def whole(self) -> bool:
        """Fetch headers too from now on; False when that was said before."""
        before, self._known.whole = self._known.whole, True
        return not before

    # the interface --------------------------------------------------------------------------------------
    def hello(self) -> dict[str, Any]:
        words = self._service.get("hello")
        if words["seq"] != self._known.at:
            self._list(words["seq"])
        more = {
            "home": self._service.url,
            "pid": 0,
            "journal_seq": words["seq"],
            "projects": self._known.projects,
        }
        return {**words, **more}

    def _list(self, seq: int) -> None:
        """The projects of now; copies of those that this person may not see any more are removed."""
        found = [each for each in self._service.get("projects")["items"] if "read" in each["verbs"]]
        self._cache.keep_only(each["project_id"] for each in found)
        self._known.projects = [
            {
                "project": each["project"],
                "project_id": each["project_id"],
                "facts_generation": each["generation"],
            }
            for each in found
        ]
        self._known.at = seq

    def projects(self) -> list[dict[str, Any]]:
        self._list(self._known.at)
        return self._known.projects

    def manifest(self, project: str, *, min_seq: int = 0, lease: str = "") -> Manifest:  # noqa: ARG002
        """The newest generation, copied here. The service leases it to whoever fetched of it last."""
        project_id = self._id(project)
        with self._cache.turn(project_id, self._patience):
            for attempt in range(ATTEMPTS):
                words = self._asked(project, project_id, min_seq)
                try:
                    fetch = self._fetcher(project, words["generation"])
                    return self._cache.take(words, fetch, whole=self._known.whole)
                except NotFound:  # a newer generation took its place, or the project was closed to us
                    if attempt == ATTEMPTS - 1:
                        raise
        raise AssertionError("unreachable")

    def _asked(self, project: str, project_id: str, min_seq: int) -> Mapping[str, Any]:
        try:
            words: Mapping[str, Any] = self._service.get(
                "projects", project, "snapshots", "current", min_seq=min_seq
            )
        except (NotFound, NotAllowed):
            self._cache.forget(project_id)
            raise
        return words

    def _fetcher(self, project: str, generation: int) -> Any:
        def fetch(piece: Piece, into: BinaryIO) -> None:
            place = ("projects", project, "snapshots", str(generation), *piece.name.split("/"))
            self._service.fetch(*place, into=into, tag=piece.sha256)

        return fetch

    def _id(self, project: str) -> str:
        """Raises NotFound in the service's own words."""
        for _ in range(2):
            for each in self._known.projects:
                if each["project"] == project:
                    return str(each["project_id"])
            self._list(self._known.at)
        self._service.get("projects", project, "snapshots", "current")
        raise NotFound(f"no project {project!r}", hint="it does not exist, or you are not a member")

    def say(self, sayings: Sequence[Saying]) -> Receipt:
        """Said once, even when the service dies between writing it down and answering: the key tells."""
        receipts = []
        for (project, undoing), group in groupby(sayings, lambda each: (each.project, each.verb == "undo")):
            said = list(group)
            body = (
                {"seq": [each.payload.get("seq") for each in said]}
                if undoing
                else {"sayings": [_plain(each) for each in said]}
            )
            place = ("projects", project, "undo" if undoing else "sayings")
            words = self._service.post(*place, body=body, key=secrets.token_hex(8))
            receipts.append(Receipt(words["first"], words["last"]))
        if not receipts:
            now = int(self.hello()["seq"])
            return Receipt(now, now)
        return Receipt(receipts[0].first, receipts[-1].last)

    # images ---------------------------------------------------------------------------------------------
    def files(self, project: str, scan: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The rows of a scan's files with paths that can be opened here. Raises NotAllowed without ``identify``."""
        return self._copies(project).files(scan, rows)

    def header(self, project: str, scan: str) -> str:
        """The header of one scan as JSON. Raises NotFound while it is not read."""
        return json.dumps(self._service.get("projects", project, "scans", scan, "header"))

    def form(self, name: str) -> str:
        """A form's TOML as it is filled in now. Raises NotFound."""
        return str(self._service.get("forms", name)["text"])

    def volume(self, project: str, scan: str, part: str | None, *, partial: bool) -> Path:
        """A NIfTI file of the scan, or of one part, for who may not see whose it is."""
        return self._copies(project).volume(scan, part, partial=partial)

    def _copies(self, project: str) -> Copies:
        return Copies(self._service, self._cache, project, self._id(project))

    def measure(self, project: str, scans: Sequence[str], *, again: bool) -> int:
        """Have scans measured before others; how many wait. Raises NotAllowed, NotFound."""
        body = {"scans": list(scans), "again": again}
        return int(
            self._service.post("projects", project, "check", body=body, key=secrets.token_hex(8))["waiting"]
        )

    # an index that the service begins -------------------------------------------------------------------
    def index(self, project: str, roots: Sequence[str], *, quick: bool, key: str) -> None:
        """Begin to index the project's own folders, or those of them that are named; once for a ``key``.

        Raises Ambiguous while another run goes on, BadInput for a folder that is none of the project's.
        """
        self._service.post("projects", project, "index", body={"quick": quick, "roots": list(roots)}, key=key)

    def index_state(self, project: str) -> dict[str, Any]:
        """The run that is under way, ``work``, and the last one: its ``key``, and its ``summary`` or ``problem``."""
        told: dict[str, Any] = self._service.get("projects", project, "index")
        return told

    # what the archive's own user does -------------------------------------------------------------------
    def begin(self, project: str, kind: str, roots: Sequence[str]) -> Run:  # noqa: ARG002
        _elsewhere("folders are indexed")

    def known(self, run: int) -> "pa.Table":  # noqa: ARG002
        _elsewhere("folders are indexed")

    def series(self, run: int) -> "pa.Table":  # noqa: ARG002
        _elsewhere("folders are indexed")

    def observe(self, run: int, part: int, kind: PartKind, table: "pa.Table") -> None:  # noqa: ARG002
        _elsewhere("folders are indexed")

    def reached(self, run: int, done: int, found: int, *, walked: bool) -> None:  # noqa: ARG002
        _elsewhere("folders are indexed")

    def finish(self, run: int, *, complete: bool = True) -> RunSummary:  # noqa: ARG002
        _elsewhere("folders are indexed")

    def do(self, verb: str, **words: Any) -> dict[str, Any]:
        if verb != "audit":
            _elsewhere(f"{verb} is done")
        told: dict[str, Any] = self._service.get(
            "audit", **{name: word for name, word in words.items() if word}
        )
        return told

    def close(self) -> None:
        """Hang up this thread's connection."""
        self._service.close()


def served(environment: Mapping[str, str] = os.environ, *, door: str = "python") -> Remote:
    """The archive of the hub that this process was spawned by. Raises NotAllowed without a token.

    Whose it is the service says; while it is gone, the spawner's word finds what was copied before.
    """
    url, token = environment["LABARCHIVE_SERVICE_URL"], environment.get("JUPYTERHUB_API_TOKEN", "")
    if not token:
        raise NotAllowed(
            "JUPYTERHUB_API_TOKEN is not set", hint="start this in your server, from the hub's page"
        )
    service = Service(url, token, door)
    try:
        who = str(service.get("hello")["who"])
    except Unreachable:
        who = environment.get("JUPYTERHUB_USER", "")
        if not who:
            raise
    return Remote(service, Cache(_place(environment) / _name(url, who)))


def _place(environment: Mapping[str, str]) -> Path:
    from platformdirs import user_cache_path

    return Path(environment.get("LABARCHIVE_CACHE") or user_cache_path("labarchive"))


def _name(url: str, who: str) -> str:
    """Nobody's name stands in a path; two archives, and two people of one account, have a cache each."""
    return hashlib.sha256(f"{url.rstrip('/')} {who}".encode()).hexdigest()[:16]


def _elsewhere(what: str) -> NoReturn:
    raise NotAllowed(f"{what} where the archive lives", hint="ask an administrator of the archive")


def _plain(saying: Saying) -> dict[str, Any]:
    return {"verb": saying.verb, "about": saying.about, "payload": dict(saying.payload)}
