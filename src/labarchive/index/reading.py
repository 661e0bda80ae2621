"""A batch of found files to one table of rows: the fast lane first, pydicom under guard for what it refuses."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from labarchive.index import contents, images
from labarchive.index.arrow import Table, pa
from labarchive.index.bids import Sidecars
from labarchive.index.dicom import Dicom
from labarchive.index.glances import Seen, glanced, read
from labarchive.index.guarded import Guard
from labarchive.index.rows import row, rows_of
from labarchive.records import Found

_FAR = 0.0003
"""Seconds a file: from here on its server is far, and waiting in many threads pays."""
_TRIED = 8


@dataclass(slots=True)
class Reader:
    """Reads batches; keeps its threads and its guard between them."""

    threads: int = 16
    guard: Guard = field(default_factory=Guard)
    sidecars: Sidecars = field(default_factory=Sidecars)
    _pool: ThreadPoolExecutor | None = None

    def table(self, found: Sequence[Found]) -> Table:
        """FILE_SCHEMA rows of these files, one for each whatever happens."""
        seen = self._seen(found)
        dicom = [i for i, one in enumerate(seen) if one.values is not None or one.asks == "guard"]
        whole = Dicom([found[i] for i in dicom], [seen[i] for i in dicom])
        whole.ask(self.guard)
        other = [i for i, one in enumerate(seen) if one.values is None and one.asks != "guard"]
        rows = [self._other(found[i], seen[i]) for i in other]
        rows += [self._other(one, glanced(one)) for one in whole.not_dicom]
        rows += [row(one, "unreadable", why, "") for one, why in whole.unreadable]
        return pa.concat_tables([whole.table(), rows_of(rows)])

    def close(self) -> None:
        """Ends the guard's child and the threads."""
        self.guard.close()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _seen(self, found: Sequence[Found]) -> list[Seen]:
        """Near files one by one (threads would only wait for each other), far ones many at a time."""
        began = time.perf_counter()
        seen = [read(one) for one in found[:_TRIED]]
        rest = found[_TRIED:]
        if not rest:
            return seen
        if self.threads < 2 or (time.perf_counter() - began) / _TRIED < _FAR:
            return seen + [read(one) for one in rest]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads)
        return seen + list(self._pool.map(read, rest))

    def _other(self, found: Found, seen: Seen) -> dict[str, Any]:
        if seen.problem:
            return row(found, "unreadable", seen.problem, "")
        if not found.size:
            return row(found, "empty", None, "")
        image = images.row(found, seen.glance, self.sidecars)
        if image is not None:
            return row(found, **image)
        form = contents.form_of(found.path, seen.glance.head)
        if contents.named_like_dicom(found.path):
            return row(found, "damaged", f"it is named like DICOM and holds none ({form})", form)
        return row(found, "not_imaging", None, form)
