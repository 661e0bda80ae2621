"""The indexer: walks the roots, reads what is new or changed, and yields it in batches; remembers what is gone."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from labarchive.files import Walk
from labarchive.index.arrow import Table, binaries, pa, pc
from labarchive.index.known import Known
from labarchive.index.readers import Readers
from labarchive.index.tasks import Task, Wanted, header_key
from labarchive.records import Found, Reached

__all__ = ["Batch", "Indexer"]

LITTLE = 2000
"""Fewer files than this are read in this process: starting others would cost more."""
ROWS = 4096
"""Of a batch for the owner."""
_SECONDS = 2.0
"""After which a batch goes out though it is small."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be told to the owner, and how far the run is."""

    files: Table | None
    """FILE_SCHEMA: new and changed files."""
    headers: Table | None
    """HEADER_SCHEMA: of series that were met first."""
    done: int
    """Files looked at so far, unchanged ones included."""
    found: int
    """Files the walk has met so far."""
    walked: bool
    """Whether ``found`` is the whole of it."""
    bytes: int
    """Of the files read so far, as their sizes say."""


class Indexer:
    """One run over the roots. Iterate it once; then ``gone``, ``folders`` and the counts are whole.

    ``known``: KNOWN_SCHEMA rows of files seen before. ``known_series``: (study_uid, series_uid) that have a header.
    ``known_folders``: folder -> mtime_ns makes the run quick: unchanged folders are not looked into.
    ``words`` stand on the command line of every process it starts (``--home H``).
    """

    def __init__(
        self,
        roots: Sequence[bytes],
        known: Table | None = None,
        known_series: set[tuple[str, str]] | None = None,
        *,
        processes: int = 2,
        threads: int = 32,
        batch: int = 1024,
        walkers: int = 8,
        known_folders: Mapping[bytes, int] | None = None,
        words: Sequence[str] = (),
    ) -> None:
        self.walk = Walk(roots, threads=walkers, batch=batch, known_folders=known_folders)
        self.new = self.changed = self.unchanged = 0
        self.started_in = 0.0
        """Seconds that starting the readers took; 0 when none were needed."""
        self._known = Known(known)
        self._series = set(known_series or ())
        self._processes, self._threads, self._batch = processes, threads, batch
        self._words = tuple(words)
        self._found = self._done = self._bytes = 0
        self._walked = False

    def __iter__(self) -> Iterator[Batch]:
        """Batches as they come; breaking off ends all readers."""
        source = self._changes()
        first: list[Found] = []
        for found in source:
            first += found
            if len(first) >= LITTLE:
                break
        processes = self._processes if len(first) >= LITTLE else 0
        readers = Readers(processes, self._threads, self._words)
        feeder = threading.Thread(target=self._feed, args=(readers, first, source), daemon=True)
        feeder.start()
        try:
            yield from self._gather(readers)
        finally:
            self.started_in = readers.started_in
            readers.close()
            feeder.join()

    @property
    def reached(self) -> Reached:
        """How far it is now; any thread may ask."""
        return Reached(self._done, self._found, self._walked)

    @property
    def folders(self) -> dict[bytes, int]:
        """mtime_ns of every folder that was seen: the next quick run's ``known_folders``."""
        return self.walk.folders

    @property
    def gone(self) -> Table:
        """``path`` (binary) of known files below the roots that are no longer there.

        Nothing below a folder that could not be listed, or below a root that is empty or missing, is called gone.
        """
        paths = [path for path in self._known.left() if self.walk.covers(path)]
        return pa.Table.from_arrays([binaries(paths)], names=["path"])

    def _changes(self) -> Iterator[list[Found]]:
        """Walked files that are new or changed."""
        for found in self.walk:
            self._found += len(found)
            fresh, changed = self._known.split(found)
            self.new += len(fresh)
            self.changed += len(changed)
            self.unchanged += len(found) - len(fresh) - len(changed)
            self._done += len(found) - len(fresh) - len(changed)
            if fresh or changed:
                yield fresh + changed
        again = self._known.stale_images()
        self.changed += len(again)
        self.unchanged -= len(again)
        self._done -= len(again)
        if again:
            yield again
        self._walked = True

    def _feed(self, readers: Readers, first: list[Found], source: Iterator[list[Found]]) -> None:
        try:
            while first:
                readers.put(Task("rows", first[: self._batch]))
                first = first[self._batch :]
            for found in source:
                if not readers.put(Task("rows", found)):
                    return
        except BaseException as wrong:  # goes to whoever iterates
            readers.fail(wrong)
        finally:
            source.close()  # type: ignore[attr-defined]
            readers.end()

    def _gather(self, readers: Readers) -> Iterator[Batch]:
        rows: list[Table] = []
        headers: list[Table] = []
        sent = time.monotonic()
        while (result := readers.take()) is not None:
            task, table = result
            if task.verb == "headers":
                headers.append(self._whole(table))
            else:
                rows.append(table)
                self._done += table.num_rows
                self._bytes += sum(table["bytes"].to_pylist())
                self._ask_headers(readers, table)
            if sum(map(len, rows)) >= ROWS or time.monotonic() - sent > _SECONDS:
                yield self._one(rows, headers)
                rows, headers, sent = [], [], time.monotonic()
        yield self._one(rows, headers)

    def _one(self, rows: list[Table], headers: list[Table]) -> Batch:
        return Batch(
            files=_together(rows),
            headers=_together(headers),
            done=self._done,
            found=self._found,
            walked=self._walked,
            bytes=self._bytes,
        )

    def _ask_headers(self, readers: Readers, table: Table) -> None:
        """Has the whole header read of one instance of each series that is met first."""
        names = ("status", "form", "study_uid", "series_uid", "path", "path_bytes")
        wanted = []
        for status, form, study, series, path, exact in zip(
            *(table[name].to_pylist() for name in names), strict=True
        ):
            if status == "ok" and form == "dicom" and (study, series) not in self._series:
                self._series.add((study, series))
                path_bytes = path.encode() if exact is None else exact
                wanted.append(Wanted(path_bytes, study, series, header_key(study, series)))
        if wanted:
            readers.put_first(Task("headers", wanted))

    def _whole(self, table: Table) -> Table:
        """Headers that could be read; a series whose first instance could not is asked for again with its next."""
        bad = table.filter(pc.is_null(table["header"]))
        self._series -= set(zip(bad["study_uid"].to_pylist(), bad["series_uid"].to_pylist(), strict=True))
        return table.filter(pc.is_valid(table["header"]))


def _together(tables: list[Table]) -> Table | None:
    whole = pa.concat_tables(tables).combine_chunks() if tables else None
    return whole if whole is not None and whole.num_rows else None
