"""What was measured, on its way into the catalogue: a few scans at a time, so that little is lost and little is written."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from labarchive.checks.measuring import Scan

TOGETHER = 20
"""Scans after which what was measured is kept."""
Rows = Sequence[dict[str, Any]]
Keep = Callable[[str, list[dict[str, Any]], list[dict[str, str]]], object]
"""Has the catalogue keep rows of a project, and of which files they are."""


class Kept:
    """What is not in the catalogue yet. Who is done calls ``write``."""

    def __init__(self, keep: Keep, latest: float) -> None:
        """``latest``: seconds after which it is written, however little it is."""
        self._keep, self._latest = keep, latest
        self._scans: dict[str, list[tuple[Scan, Rows]]] = {}
        self._last = time.monotonic()

    def add(self, project: str, scan: Scan, rows: Rows) -> None:
        """One more; written with others, soon."""
        self._scans.setdefault(project, []).append((scan, rows))
        if sum(map(len, self._scans.values())) >= TOGETHER or time.monotonic() - self._last > self._latest:
            self.write()

    def write(self) -> None:
        """Have the catalogue keep all of it."""
        for project, scans in self._scans.items():
            self._keep(project, [row for _, rows in scans for row in rows], [scan.seen for scan, _ in scans])
        self._scans, self._last = {}, time.monotonic()
