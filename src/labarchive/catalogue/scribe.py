"""Writes sayings that the journal holds into the tables, behind the answer: who speaks waits for the disk only."""

import threading
from collections.abc import Callable, Sequence

from labarchive.catalogue.journal import Event
from labarchive.catalogue.sayings import insert_sayings
from labarchive.catalogue.store import Store

Said = tuple[Event, str]
"""An event, and the id of its project."""


class Scribe:
    """A thread of the owner. ``told`` is called with the sayings once the tables have them."""

    def __init__(self, store: Store, told: Callable[[Sequence[Event]], None]) -> None:
        self._store, self._told = store, told
        self._waiting: list[Said] = []
        self._writing = self._ending = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._go_on, name="scribe", daemon=True)
        self._thread.start()

    def take(self, said: Sequence[Said]) -> None:
        """Write these soon, in this order. Raises NoRoom when the tables cannot go on."""
        if self._store.dead:
            raise self._store.doom(OSError())
        with self._changed:
            self._waiting += said
            self._changed.notify_all()

    def catch_up(self, patience: float | None = None) -> None:
        """Return when the tables have everything that was said before, or after so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._writing, patience)

    def stop(self) -> None:
        """Write what is left, then no more."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._thread.join()

    def _go_on(self) -> None:
        while said := self._next():
            try:
                with self._store.writing() as cursor:
                    insert_sayings(cursor, [event for event, _ in said], [project for _, project in said])
                self._told([event for event, _ in said])
            except BaseException as error:  # the journal has them: a new start writes them from there
                self._store.doom(error)
            finally:
                with self._changed:
                    self._writing = False
                    self._changed.notify_all()

    def _next(self) -> list[Said]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ending)
            said, self._waiting = self._waiting, []
            self._writing = bool(said)
            return said
