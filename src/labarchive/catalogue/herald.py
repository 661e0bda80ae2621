"""Publishes what was said within a second, also for those who only watch the snapshots' folder."""

import logging
import threading
from typing import TYPE_CHECKING

import duckdb

from labarchive.errors import LabarchiveError

if TYPE_CHECKING:
    from labarchive.catalogue.publish import Publisher

PAUSE = 0.25
"""Seconds in which sayings gather before they are published together."""
log = logging.getLogger(__name__)


class Herald:
    """A thread of the owner. Who waits for a number asks the publisher itself and is sooner."""

    def __init__(self, publisher: "Publisher") -> None:
        self._publisher = publisher
        self._waiting: dict[str, str] = {}
        self._news, self._end = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._go_on, name="herald", daemon=True)
        self._thread.start()

    def tell(self, projects: dict[str, str]) -> None:
        """Something was said in ``projects`` (name -> id)."""
        with self._lock:
            self._waiting.update(projects)
        self._news.set()

    def _go_on(self) -> None:
        while self._news.wait() and not self._end.wait(PAUSE):
            self._news.clear()
            with self._lock:
                waiting, self._waiting = self._waiting, {}
            for project, project_id in waiting.items():
                try:
                    self._publisher.newest(project, project_id)
                except (LabarchiveError, duckdb.Error, OSError) as error:
                    log.warning("sayings could not be published: %s", type(error).__name__)

    def stop(self) -> None:
        self._end.set()
        self._news.set()
        self._thread.join()
