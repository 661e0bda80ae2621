"""Takes parts in while more of them arrive, so that little is left to do when a run ends."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from labarchive.catalogue.fold import PORTION, fold, in_portions
from labarchive.catalogue.observations import Part
from labarchive.catalogue.replay import Pending
from labarchive.catalogue.store import Store
from labarchive.errors import LabarchiveError

log = logging.getLogger(__name__)


class Folder:
    """A thread of the owner. What it could not take in, the end of the run tries again and says why."""

    def __init__(self, store: Store, pending: Pending) -> None:
        self._store, self._pending = store, pending
        self._still = threading.RLock()
        self._news, self._ending = threading.Event(), False
        self._thread = threading.Thread(target=self._go_on, name="folder", daemon=True)
        self._thread.start()

    def tell(self, project_id: str) -> None:
        """A part arrived."""
        if self._pending.rows(project_id) >= PORTION:
            self._news.set()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Nothing is taken in meanwhile but by who asked for the rest."""
        with self._still:
            yield

    def take(self, parts: Sequence[Part]) -> None:
        """All these parts now, some at a time: while a commit is written, sayings wait."""
        with self._still:
            for some in in_portions(parts):
                self._take(some)

    def stop(self) -> None:
        self._ending = True
        self._news.set()
        self._thread.join()

    def _go_on(self) -> None:
        while self._news.wait() and not self._ending:
            self._news.clear()
            try:
                while (some := self._portion()) and not self._ending:
                    with self._still:
                        if some[0] in self._pending.parts.get(some[0].project_id, ()):
                            self._take(some)
            except (LabarchiveError, duckdb.Error) as error:
                log.warning("parts could not be taken in yet: %s", type(error).__name__)

    def _portion(self) -> list[Part]:
        """The first parts of a project that has a whole portion of them."""
        for project_id in list(self._pending.parts):
            if self._pending.rows(project_id) >= PORTION:
                return next(in_portions(self._pending.all(project_id)))
        return []

    def _take(self, parts: Sequence[Part]) -> None:
        with self._store.writing() as cursor:
            fold(cursor, parts[0].project_id, parts)
        self._pending.forget(parts)
