"""Which scans depart from the others, remembered for a while: reckoning it looks at all that was measured of a project."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from labarchive.server.rest import looking
from labarchive.server.rest.reading import Reading

YOUNG = 10.0
"""Seconds for which it is true enough while more is being measured."""
Departs = dict[str, tuple[float, str]]
"""scan -> by how many deviations at most, and in which measure."""


@dataclass(slots=True)
class Departing:
    """Of all projects."""

    reading: Reading
    _known: dict[str, tuple[object, float, Departs]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, project: str) -> Departs:
        """As of now, or of some seconds ago. Raises what reading the project raises."""
        manifest = self.reading.manifest(project)
        if manifest is None or not manifest.measured:
            return {}
        seen: object = (manifest.facts_generation, manifest.measured)
        with self._lock:
            known = self._known.get(project)
            if known is None or (known[0] != seen and time.monotonic() - known[1] > YOUNG):
                rows: list[dict[str, Any]] = self.reading.rows(looking.sql("departing"), (), project)
                found = {row["scan_id"]: (float(row["z"]), str(row["metric"])) for row in rows}
                known = self._known[project] = (seen, time.monotonic(), found)
        return known[2]
