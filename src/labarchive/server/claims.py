"""Who is judging what right now: so that two assistants do not judge one scan, unless they are asked to.

A claim is no saying: it is forgotten when it ends, and by a service that is started again.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

HELD = 600.0
"""Seconds for which a scan is kept for who claimed it, from the last time they said so."""


@dataclass(slots=True)
class Claims:
    """Scans of all projects, by project and id."""

    clock: Callable[[], float] = time.time
    _held: dict[str, dict[str, tuple[str, float]]] = field(default_factory=dict)
    """project -> scan -> who, and until when (seconds since 1970)"""
    _judged: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    """project -> scan -> who rated it since this service was started: known here before the tables have it"""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, project: str, who: str, scans: Iterable[str]) -> dict[str, float]:
        """Those of the scans that nobody else has, and until when they are yours."""
        now = self.clock()
        with self._lock:
            held = self._living(project, now)
            mine = [scan for scan in scans if held.get(scan, (who, 0.0))[0] == who]
            held.update(dict.fromkeys(mine, (who, now + HELD)))
            return dict.fromkeys(mine, now + HELD)

    def of_others(self, project: str, who: str) -> dict[str, float]:
        """What others have, and until when."""
        with self._lock:
            held = self._living(project, self.clock())
            return {scan: until for scan, (whose, until) in held.items() if whose != who}

    def release(self, project: str, who: str, scans: Iterable[str] | None = None) -> None:
        """Let go of these, or of all that one has in the project."""
        with self._lock:
            held = self._living(project, self.clock())
            for scan in list(held) if scans is None else scans:
                if held.get(scan, ("", 0.0))[0] == who:
                    del held[scan]

    def judged(self, project: str, who: str, scans: Iterable[str], *, back: bool = False) -> None:
        """This person has rated these, or taken that ``back``: somebody else may have them."""
        scans = list(scans)
        with self._lock:  # before it is let go: who claims it next is told that it was rated
            raters = self._judged.setdefault(project, {})
            for scan in scans:
                (set.discard if back else set.add)(raters.setdefault(scan, set()), who)
        self.release(project, who, scans)

    def judged_by_others(self, project: str, who: str, scans: Iterable[str]) -> dict[str, int]:
        """By how many others each of these was rated since the service was started, where by any."""
        with self._lock:
            raters = self._judged.get(project, {})
            counts = {scan: len(raters.get(scan, set()) - {who}) for scan in scans}
            return {scan: n for scan, n in counts.items() if n}

    def _living(self, project: str, now: float) -> dict[str, tuple[str, float]]:
        held = self._held.setdefault(project, {})
        for scan in [scan for scan, (_, until) in held.items() if until <= now]:
            del held[scan]
        return held
