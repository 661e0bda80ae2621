"""Which index runs are under way, and whether somebody still works on them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from labarchive.catalogue.observations import Observations, RunRecord
from labarchive.catalogue.pace import Pace
from labarchive.errors import Busy

ALIVE = 60.0
"""Seconds after which a run whose process is not known counts as abandoned."""


@dataclass(slots=True)
class OpenRun:
    """A run that was begun, who does it, and when it was last heard of and last derived from."""

    record: RunRecord
    pid: int | None
    heard: float
    folded: float
    pace: Pace = field(default_factory=Pace)

    def alive(self) -> bool:
        if self.pid is not None:
            return Path(f"/proc/{self.pid}").exists()
        return time.monotonic() - self.heard < ALIVE


class OpenRuns:
    """The runs of one owner; it is asked under the owner's lock."""

    def __init__(self, observations: Observations) -> None:
        self._observations = observations
        self._open: dict[int, OpenRun] = {}
        self._ended: set[int] = set()
        self._last = max(observations.runs(), default=0)

    def begin(
        self, project: str, project_id: str, kind: str, roots: Sequence[str], pid: int | None, at: datetime
    ) -> RunRecord:
        """Open a run, durably. Raises Busy while another of its sort is under way in the project."""
        self._make_way(project, kind)
        self._last += 1
        record = RunRecord(self._last, project, project_id, kind, tuple(map(str, roots)), at.isoformat())
        self._observations.open(record)
        while self._ended:
            self._observations.drop_if_empty(self._ended.pop())
        self._open[record.run] = OpenRun(record, pid, time.monotonic(), time.monotonic())
        return record

    def _make_way(self, project: str, kind: str) -> None:
        """The second header pass and an index do not disturb each other; two of a sort would."""
        for run, found in list(self._open.items()):
            alike = (found.record.kind == "headers") == (kind == "headers")
            if found.record.project != project or not alike:
                continue
            if found.alive():
                raise Busy(f"run {run} of {project} is under way", hint="wait for it, or stop its process")
            del self._open[run]

    def touch(self, run: int) -> OpenRun:
        """The run, heard of just now. Raises NotFound."""
        found = self._open.get(run)
        if found is None:  # the owner was started anew under a running indexer
            record = self._observations.record(run)
            found = OpenRun(record, None, 0.0, time.monotonic())
            if not record.finished:
                self._open[run] = found
        found.heard = time.monotonic()
        return found

    def reached(self, run: int, done: int, found: int, *, walked: bool) -> None:
        """How far it is. Raises NotFound."""
        self.touch(run).pace.reached(done, found, walked=walked, at=time.monotonic())

    def end(self, run: int) -> None:
        self._open.pop(run, None)
        self._ended.add(run)

    def work(self) -> list[dict[str, Any]]:
        """What is under way, and how far: numbers, and nothing of what is in the files."""
        return [
            {"run": run, "project": found.record.project, "kind": found.record.kind, **found.pace.told()}
            for run, found in list(self._open.items())
            if found.alive()
        ]
