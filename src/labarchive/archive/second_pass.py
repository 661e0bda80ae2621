"""Every instance's whole header, kept as the difference from its series' header: in the background, resumable."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from labarchive.archive.sending import Sender
from labarchive.archive.series_headers import SeriesHeaders
from labarchive.errors import Busy
from labarchive.index.readers import Readers
from labarchive.index.tasks import Task, Wanted, header_key
from labarchive.records import Owner, Reached
from labarchive.settings import Home
from labarchive.wire import connect

TASK = 128
"""Instances of one task: mostly of one series."""
SEND = 512
"""Rows of one part: what a kill costs at most is read again."""
PATIENCE = 5.0
"""Seconds for another process, killed or at its end, to let go."""

Progress = Callable[[int, int], None]


def read_headers(home: Home, project: str, progress: Progress | None = None) -> dict[str, Any]:
    """Read all whole headers of ``project`` that are missing, and those that come while it is under way.

    Gives ``headers``, ``seconds`` and ``rate``. While another process is at it, this one has nothing to do.
    """
    began = time.monotonic()
    owner = connect(home, door="headers")
    done, before = 0, None
    while True:
        run = _begun(owner, project)
        if run is None:
            break
        missing = owner.known(run)
        if not missing.num_rows or (before is not None and missing.num_rows >= before):
            owner.finish(run)
            break
        before = missing.num_rows
        stopped = _read(owner, home, run, missing, SeriesHeaders(owner.manifest(project)), progress)
        owner.finish(run, complete=not stopped)
        done += before
        if stopped:
            break
    seconds = time.monotonic() - began
    return {"headers": done, "seconds": round(seconds, 3), "rate": round(done / max(seconds, 1e-9), 1)}


def _begun(owner: Owner, project: str) -> int | None:
    """The run, or None while another process goes on with it: one that is just ending would not see what is new."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return owner.begin(project, "headers", ["/"]).run
        except Busy:
            if time.monotonic() > until:
                return None
            time.sleep(0.2)


def _read(
    owner: Owner, home: Home, run: int, missing: pa.Table, series: SeriesHeaders, progress: Progress | None
) -> bool:
    """Read and send; True when Ctrl-C or SIGTERM stopped it, and what came so far is kept."""
    readers = Readers(min(2, os.cpu_count() or 1), 4, ("--home", str(home.path)))
    count = _Count(missing.num_rows)
    sender = Sender(owner, run, count.reached)
    feeder = threading.Thread(target=_feed, args=(readers, missing, series, sender), daemon=True)
    feeder.start()
    try:
        _gather(readers, sender, count, progress)
    except KeyboardInterrupt:
        return True
    finally:
        readers.close()
        sender.close()
    return False


@dataclass(slots=True)
class _Count:
    """Headers read, of those that are missing."""

    of: int
    done: int = 0

    def reached(self) -> Reached:
        return Reached(self.done, self.of, walked=True)


def _gather(readers: Readers, sender: Sender, count: _Count, progress: Progress | None) -> None:
    rows: list[pa.Table] = []
    while (result := readers.take()) is not None:
        rows.append(result[1])
        count.done += result[1].num_rows
        if sum(map(len, rows)) >= SEND:
            sender.put("instances", pa.concat_tables(rows))
            rows = []
        if progress:
            progress(count.done, count.of)
    if rows:
        sender.put("instances", pa.concat_tables(rows))


def _feed(readers: Readers, missing: pa.Table, series: SeriesHeaders, sender: Sender) -> None:
    try:
        for wanted in _tasks(missing):
            named = [_with_series(each, series, sender) for each in wanted]
            if not readers.put(Task("instances", named)):
                return
    except BaseException as wrong:  # goes to whoever takes results
        readers.fail(wrong)
    finally:
        readers.end()


def _tasks(missing: pa.Table) -> Iterator[Sequence[Wanted]]:
    """The missing files in their order, a few at a time."""
    columns = ("path", "study_uid", "series_uid")
    for batch in missing.select(list(columns)).to_batches(max_chunksize=TASK):
        rows = zip(*(batch.column(name).to_pylist() for name in columns), strict=True)
        yield [Wanted(path, study, series, header_key(study, series)) for path, study, series in rows]


def _with_series(wanted: Wanted, series: SeriesHeaders, sender: Sender) -> Wanted:
    """With its series' header. A series without one gets an empty one: its instances hold all there is."""
    text = series.get(wanted.header_key)
    if text is None:
        text = "{}"
        series.add(wanted.header_key, text)
        row = {
            "header_key": [wanted.header_key], "study_uid": [wanted.study_uid], "series_uid": [wanted.series_uid],
            "path": [wanted.path.decode("utf-8", "backslashreplace")], "header": [text],
        }  # fmt: skip
        sender.put("headers", pa.table(row))
    return wanted._replace(series=text)
