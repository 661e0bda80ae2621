"""How far a run is and how fast it goes, from what its indexer tells; knows no file."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

WINDOW = 20.0
"""Seconds that a rate is taken over: long enough to be calm, short enough to follow a slow folder."""


@dataclass(slots=True)
class Pace:
    """``expected`` are the files that are known from before: what a walk that goes on will find at least."""

    expected: int = 0
    done: int = 0
    found: int = 0
    walked: bool = False
    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    def reached(self, done: int, found: int, *, walked: bool, at: float) -> None:
        """``at`` on a monotonic clock. Of a window's marks the first and the last count."""
        self.done, self.found, self.walked = done, found, walked
        self._marks.append((at, done))
        while at - self._marks[0][0] > WINDOW:
            self._marks.popleft()

    @property
    def of(self) -> int:
        """How many files there will be: what was found, or what is known from before while that is more."""
        return self.found if self.walked else max(self.found, self.expected)

    @property
    def rate(self) -> float | None:
        """Files a second; None before the second mark."""
        (first, before), (last, now) = (self._marks[0], self._marks[-1]) if self._marks else ((0.0, 0),) * 2
        return (now - before) / (last - first) if last > first else None

    @property
    def left(self) -> int | None:
        """Seconds; None where nobody knows how much there is, or how fast it goes."""
        if not self.rate or not (self.walked or self.expected > self.found):
            return None
        return round(max(self.of - self.done, 0) / self.rate)

    def told(self) -> dict[str, Any]:
        """Numbers for whoever looks."""
        rate = self.rate
        return {
            "done": self.done, "found": self.of, "walked": self.walked,
            "files_per_second": None if rate is None else round(rate, 1), "seconds_left": self.left,
        }  # fmt: skip
