"""Who looked at whom, when and from where: a hash chain of its own beside the journal, on disk before the answer.

It holds ids and names of columns, never what was read.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from labarchive.catalogue.clock import Clock, Ticks, utc_now
from labarchive.catalogue.journal import Draft, Event, Journal

AGAIN = 60.0
"""Seconds in which the same person's next look at the same subjects in the same way is the same look."""
MOST = 10_000
"""Looks that are remembered as such."""


@dataclass(frozen=True, slots=True)
class Look:
    """One answer that told who somebody is."""

    who: str
    door: str
    where: str
    """The address that asked."""
    project: str
    project_id: str
    what: str
    """scans, files, header, snapshot, ..."""
    subjects: Sequence[str] = ()
    """Whose data it was; empty for the whole project's."""
    n: int = 0
    """Rows or files of the answer."""

    @property
    def way(self) -> tuple[str, ...]:
        """Looks of one way differ in their subjects only."""
        return (self.who, self.door, self.where, self.project_id, self.what)

    def draft(self) -> Draft:
        words = {"what": self.what, "where": self.where, "subjects": sorted(set(self.subjects)), "n": self.n}
        return Draft("read", self.project, self.project_id, words, self.door, self.who)


@dataclass(eq=False, slots=True)
class _Waiting:
    look: Look
    done: bool = False
    error: BaseException | None = None


@dataclass(slots=True)
class _Lately:
    """At whom somebody looked in one way, and until when looking again is the same look."""

    until: float
    subjects: set[str] = field(default_factory=set)
    whole: bool = False

    def covers(self, look: Look) -> bool:
        return self.whole or (bool(look.subjects) and self.subjects.issuperset(look.subjects))


class Audit:
    """The chain in one folder; ``note`` may be called from any thread."""

    def __init__(self, folder: Path, *, clock: Clock = utc_now) -> None:
        self.journal = Journal(folder)
        self._tick = Ticks(clock, self.journal.last_at)
        self._queue: deque[_Waiting] = deque()
        self._lately: dict[tuple[str, ...], _Lately] = {}
        self._writing = threading.Lock()

    def note(self, look: Look) -> None:
        """Durable when this returns. Raises NoRoom: what cannot be written down must not be shown."""
        waiting = _Waiting(look)
        self._queue.append(waiting)
        with self._writing:  # whoever has the pen writes for all who wait for it
            if not waiting.done:
                self._write()
        if waiting.error is not None:
            raise waiting.error

    def _write(self) -> None:
        group: list[_Waiting] = []
        while self._queue:
            group.append(self._queue.popleft())
        try:
            fresh = [each.look for each in group if not self._seen(each.look)]
            if fresh:
                self.journal.append([look.draft() for look in fresh], self._tick())
            for look in fresh:
                self._remember(look)
        except BaseException as error:  # each of them hears it
            for each in group:
                each.error = error
        for each in group:
            each.done = True

    def _seen(self, look: Look) -> bool:
        lately = self._lately.get(look.way)
        return lately is not None and lately.until > time.monotonic() and lately.covers(look)

    def _remember(self, look: Look) -> None:
        now, lately = time.monotonic(), self._lately.get(look.way)
        if lately is None or lately.until <= now:
            if len(self._lately) >= MOST:
                self._lately.clear()
            lately = self._lately[look.way] = _Lately(now + AGAIN)
        lately.subjects.update(look.subjects)
        lately.whole = lately.whole or not look.subjects

    def newest(self, project: str, subject: str = "", before: datetime = datetime.max) -> Iterator[Event]:
        """Looks at a subject, or at all; newest first."""
        holding = (subject.encode(), b'"subjects":[]') if subject else (b"",)
        for event in self.journal.newest(holding=holding):
            subjects = (event.payload or {}).get("subjects", ())
            if (
                event.project == project
                and event.at < before
                and (not subject or not subjects or subject in subjects)
            ):
                yield event
