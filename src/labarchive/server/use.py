"""Whether the owner is still wanted: it leaves when nobody spoke to it for a while, or when its tables are lost."""

import contextlib
import threading
import time
from collections.abc import Iterator

from labarchive.records import Owner

FATAL = ("FatalException", "InternalException")
"""DuckDB's words for an instance that answers nothing more: a new process reads everything committed back."""


class Use:
    """When the owner was last asked, how many requests are under way, and whether it met its end."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self._fatal = False
        self.ending = threading.Event()
        """Set when the process is to end: streams that never end by themselves look here."""
        self._active = 0
        self._last = time.monotonic()

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        self._active += 1
        try:
            yield
        finally:
            self._active -= 1
            self._last = time.monotonic()

    def met(self, error: BaseException) -> None:
        """Learn from an error whether the catalogue can go on."""
        seen: BaseException | None = error
        while seen is not None:
            self._fatal = self._fatal or type(seen).__name__ in FATAL
            seen = seen.__cause__ or seen.__context__

    @property
    def fatal(self) -> bool:
        """The tables answer nothing more; a thread of the owner may have met that without any request."""
        return self._fatal or bool(getattr(self.owner, "dead", False))

    def idle(self) -> float:
        """Seconds since the last request ended; 0 while one is under way."""
        return 0.0 if self._active else time.monotonic() - self._last
