"""Time that never stands still or goes back: every event and every part has a moment of its own, in UTC."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Naive, in UTC, as every time in the tables."""
    return datetime.now(UTC).replace(tzinfo=None)


class Ticks:
    """Moments in strict order, even when the machine's clock was set back."""

    def __init__(self, clock: Clock, last: datetime) -> None:
        self._clock = clock
        self._last = last
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            now = self._clock()
            if self._last != datetime.min:
                now = max(now, self._last + timedelta(microseconds=1))
            self._last = now
            return now
