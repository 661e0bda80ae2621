"""A stand-in for the catalogue at the far end of the wire: remembers what it was asked, keeps nothing."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import uvicorn

from labarchive.errors import BadInput, NotFound
from labarchive.records import Manifest, Receipt, Run, RunSummary, Saying
from labarchive.server.app import make_app
from labarchive.server.peer import PeerProtocol
from labarchive.server.serving import bind
from labarchive.server.use import Use
from labarchive.settings import Home

WHEN = datetime(2026, 2, 3, 4, 5, 6, 789)


@dataclass
class StandIn:
    """Implements records.Owner."""

    said: list[Saying] = field(default_factory=list)
    observed: list[tuple[Any, ...]] = field(default_factory=list)
    rows: int = 3
    dead: bool = False

    def hello(self) -> dict[str, Any]:
        return {"version": "0", "projects": {}}

    def projects(self) -> list[dict[str, Any]]:
        return [{"project": "tau", "project_id": "proj_a", "facts_generation": 3}]

    def begin(self, project: str, kind: str, roots: Sequence[str]) -> Run:
        return Run(1, project, kind, tuple(roots), WHEN)  # type: ignore[arg-type]

    def known(self, run: int) -> pa.Table:
        return pa.table({"path": [b"/a\xff/%d" % n for n in range(self.rows)], "bytes": range(self.rows)})

    def series(self, run: int) -> pa.Table:
        return pa.table({"study_uid": pa.array([], pa.string()), "series_uid": pa.array([], pa.string())})

    def observe(self, run: int, part: int, kind: str, table: pa.Table) -> None:
        self.observed.append((run, part, kind, table))

    def reached(self, run: int, done: int, found: int, *, walked: bool) -> None:
        self.observed.append((run, done, found, walked))

    def finish(self, run: int, *, complete: bool = True) -> RunSummary:
        return RunSummary(run, "tau", 1, int(complete), 0, 0, 0, 0, 1, 0, 0)

    def say(self, sayings: Sequence[Saying]) -> Receipt:
        self.said += sayings
        return Receipt(1, len(sayings))

    def manifest(self, project: str, *, min_seq: int = 0, lease: str = "") -> Manifest:
        if project != "tau/pet ü":
            raise NotFound(f"no project {project!r}", hint="there is tau/pet ü")
        return Manifest(project, lease, 1, 3, min_seq, Path("/x/gen-1"), {"scan": "scan*.parquet"}, WHEN)

    def do(self, verb: str, **words: Any) -> dict[str, Any]:
        if verb == "explode":
            raise ValueError("^".join(words["name"]))
        if verb == "refuse":
            raise BadInput("no", hint="never")
        return {"verb": verb, "words": words}


@contextlib.contextmanager
def serving(home: Home, owner: Any) -> Iterator[uvicorn.Server]:
    """``owner`` behind the home's socket, in a thread of this process."""
    config = uvicorn.Config(make_app(owner, Use(owner)), http=PeerProtocol, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    listening = bind(home)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)
        home.socket.unlink(missing_ok=True)
