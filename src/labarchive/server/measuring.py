"""Measures what nobody has asked for yet, in the background; what somebody asks for comes first. Indexing never waits for it."""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from labarchive import checks
from labarchive.errors import LabarchiveError
from labarchive.images import ImageFile
from labarchive.metrics.table import TOOL, VERSION
from labarchive.server.allowed import Holds
from labarchive.server.moved import Moved
from labarchive.server.scan_files import found, openable

BEGIN = 120.0
"""Seconds after the service has begun until it measures by itself: who signs in comes first, then pictures."""
LOOK = 20.0
"""Seconds between two looks at whether there is something new."""
REST = 1.0
"""Rest after each scan that nobody asked for, of the time that it took: half a core at most."""
LATEST = 2.0
"""Seconds after which what was measured is kept."""
ALL = "select scan_id from scan where not gone order by acquired desc nulls last, scan_id"
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Measuring:
    """A thread that ends with its process; a service that is started again goes on where it was."""

    given: Holds
    ending: threading.Event
    """Set when the process is to end: no more scans after the one in hand."""
    _asked: dict[tuple[str, str], bool] = field(default_factory=dict)
    """(project, scan) -> whether it is measured again; in the order in which they were asked for, each once."""
    _known: dict[str, dict[str, str]] = field(default_factory=dict)
    """project -> scan -> of which files it was measured."""
    _moved: Moved = field(init=False)
    _news: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None
    _alone: bool = False
    """Nothing is measured that nobody asked for."""

    def __post_init__(self) -> None:
        self._moved = Moved(self.given)

    def start(self, *, alone: bool = False) -> None:
        """Begin, unless it has begun, and come back. ``alone``: only what is asked for."""
        with self._lock:
            self._alone = self._alone and alone
            if self._thread is None:
                self._alone = alone
                self._thread = threading.Thread(target=self._go_on, name="measuring", daemon=True)
                self._thread.start()

    def ask(self, project: str, scans: Iterable[str], *, again: bool) -> int:
        """Have these measured before others; how many wait now. Raises BadInput where nothing can be measured."""
        checks.hands()
        with self._lock:
            for scan in scans:
                self._asked[project, scan] = self._asked.get((project, scan), False) or again
            waiting = len(self._asked)
        self._news.set()
        self.start(alone=True)
        return waiting

    def _next(self) -> tuple[str, str, bool] | None:
        """The one that was asked for first."""
        with self._lock:
            if not self._asked:
                return None
            project, scan = next(iter(self._asked))
            return project, scan, self._asked.pop((project, scan))

    def _go_on(self) -> None:
        begin = time.monotonic() + BEGIN
        hand = checks.Measurer()
        try:
            while not self.ending.is_set():
                self._news.clear()
                try:
                    self._all_asked(hand)
                    if not self._alone and time.monotonic() > begin:
                        self._all_new(hand)
                except Exception as error:  # a look that failed is made again, of what is kept
                    self._known.clear()
                    log.warning("scans could not be measured: %s", type(error).__name__)
                self._news.wait(LOOK)
        finally:
            hand.end()

    def _all_asked(self, hand: checks.Measurer) -> None:
        kept = checks.Kept(self.given.catalogue.measured, LATEST)
        while not self.ending.is_set() and (asked := self._next()):
            project, scan, again = asked
            self._measure(project, scan, again, hand, kept)
        kept.write()

    def _all_new(self, hand: checks.Measurer) -> None:
        """What was not measured yet of projects whose facts have changed; who asks meanwhile comes before the next one."""
        for project, generation in self._moved:
            kept = checks.Kept(self.given.catalogue.measured, LATEST)
            for row in self.given.reading.rows(ALL, (), project):
                if self._asked:
                    self._all_asked(hand)
                began = time.monotonic()
                if self._measure(project, row["scan_id"], False, hand, kept):
                    self.ending.wait(REST * (time.monotonic() - began))
                if self.ending.is_set():
                    break
            kept.write()
            if self.ending.is_set():
                return
            self._moved.done(project, generation)

    def _measure(
        self, project: str, scan: str, again: bool, hand: checks.Measurer, kept: checks.Kept
    ) -> bool:
        """Whether it was measured now. What cannot be measured is kept as tried, and tried again when its files change."""
        try:
            files = found(self.given, project, scan)
            content = checks.content_of(files.rows)
            if not files.rows or (not again and self._of(project).get(scan) == content):
                return False
            openable(self.given, project, files)
        except LabarchiveError:
            return False
        images = [ImageFile.from_row(row) for row in files.rows]
        asked = checks.Scan(scan, files.kind, files.modality, images, content)
        told = hand.ask(asked)
        kept.add(project, asked, checks.rows(asked, told.get("values", {})))
        self._of(project)[scan] = content
        return True

    def _of(self, project: str) -> dict[str, str]:
        if project not in self._known:
            project_id = self.given.catalogue.project_id(project)
            self._known[project] = self.given.catalogue.measures.contents(project_id, TOOL, str(VERSION))
        return self._known[project]
