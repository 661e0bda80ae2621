"""Parts on their way to the owner, and how far the run is: one thread sends while the readers read on."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from labarchive.errors import LabarchiveError
from labarchive.records import Owner, PartKind, Reached

if TYPE_CHECKING:
    import pyarrow as pa

AHEAD = 2
"""Parts that wait at most: memory stays small, and the readers are not held up by one fsync."""
BEAT = 1.0
"""Seconds after which the owner is told how far the run is, and so that somebody is at work."""


class Sender:
    """Sends parts of one run, in order. Whatever goes wrong is raised by the next ``put`` or by ``close``."""

    def __init__(self, owner: Owner, run: int, reached: Callable[[], Reached]) -> None:
        self._owner, self._run, self._reached = owner, run, reached
        self._told = float("-inf")
        self._waiting: queue.Queue[tuple[PartKind, pa.Table] | None] = queue.Queue(AHEAD)
        self._wrong: BaseException | None = None
        self.sent = 0
        self._thread = threading.Thread(target=self._work, name="labarchive-sender", daemon=True)
        self._thread.start()

    def put(self, kind: PartKind, table: "pa.Table | None") -> None:
        """Hand over a part; waits when two are under way."""
        if self._wrong is not None:
            raise self._wrong
        if table is not None and table.num_rows:
            self._waiting.put((kind, table))

    def close(self) -> None:
        """Everything handed over is durable when this returns."""
        self._waiting.put(None)
        self._thread.join()
        if self._wrong is not None:
            raise self._wrong
        self._tell()

    def _work(self) -> None:
        while True:
            try:
                part = self._waiting.get(timeout=BEAT)
            except queue.Empty:
                self._tell()
                continue
            if part is None:
                return
            self._try(partial(self._send, *part))
            if time.monotonic() - self._told >= BEAT:
                self._tell()

    def _tell(self) -> None:
        """An owner that does not listen now is told later: a run does not hang on its progress."""
        self._told = time.monotonic()
        with contextlib.suppress(LabarchiveError):
            done, found, walked = self._reached()
            self._owner.reached(self._run, done, found, walked=walked)

    def _send(self, kind: PartKind, table: "pa.Table") -> None:
        self._owner.observe(self._run, self.sent + 1, kind, table)
        self.sent += 1

    def _try(self, act: Callable[[], object]) -> None:
        if self._wrong is None:
            try:
                act()
            except BaseException as wrong:  # raised again where somebody waits
                self._wrong = wrong
