"""The index runs that people begin over REST: one a project at a time, and how the last one of each ended."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labarchive.archive.apart import Apart
from labarchive.archive.indexed import Indexed
from labarchive.errors import Busy, LabarchiveError, NotAllowed, NotFound


@dataclass(frozen=True, slots=True)
class Begun:
    """One run: what whoever began it calls it by, and its process."""

    key: str
    project: str
    quick: bool
    run: Apart

    @property
    def goes_on(self) -> bool:
        return self.run.ended is None

    @property
    def summary(self) -> Indexed | None:
        """What it did, once it is done."""
        ended = self.run.ended
        return None if isinstance(ended, LabarchiveError) else ended

    @property
    def problem(self) -> LabarchiveError | None:
        """What kept it from its end, without a path."""
        ended = self.run.ended
        return told(ended, self.project) if isinstance(ended, LabarchiveError) else None


def told(error: LabarchiveError, project: str) -> LabarchiveError:
    """Errors about folders have their paths in their words: who reads them here has no use for these."""
    if isinstance(error, NotFound | NotAllowed):
        return type(error)(f"a folder of {project} cannot be read now", hint="is the disk mounted?")
    return error


@dataclass(slots=True)
class Indexers:
    """The last run of each project."""

    _last: dict[str, Begun] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, project: str, key: str, *, quick: bool, start: Callable[[], Apart]) -> Begun:
        """The run of this key, begun once however often it is asked for. Raises Busy while another goes on."""
        with self._lock:
            last = self._last.get(project)
            if last is not None and last.key == key:
                return last
            if last is not None and last.goes_on:
                raise busy(project)
            begun = self._last[project] = Begun(key, project, quick, start())
            return begun

    def last(self, project: str) -> Begun | None:
        return self._last.get(project)

    def with_begun(self, work: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The owner's work, and the runs that have not told the owner of themselves yet."""
        known = [dict(each) for each in work]
        indexed = {each["project"] for each in known if is_index(each)}
        return known + [
            {**_NOTHING_YET, "project": begun.project, "kind": "quick" if begun.quick else "index"}
            for begun in list(self._last.values())
            if begun.goes_on and begun.project not in indexed
        ]


_NOTHING_YET = {
    "run": 0, "done": 0, "found": 0, "walked": False, "files_per_second": None, "seconds_left": None,
}  # fmt: skip


def is_index(work: Mapping[str, Any]) -> bool:
    """Not the second pass, which an index does not disturb."""
    return bool(work["kind"] != "headers")


def busy(project: str) -> Busy:
    return Busy(f"{project} is being indexed already", hint="hello says how far it is")
