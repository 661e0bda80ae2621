"""The second pass: every instance's whole header, as the difference from its series'; in batches, in any order."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from labarchive.index.arrow import Table
from labarchive.index.readers import Readers
from labarchive.index.tasks import Task, Wanted

__all__ = ["Wanted", "read_instances"]

LITTLE = 500
"""Fewer instances than this are read in this process."""


def read_instances(
    wanted: Iterable[Wanted],
    *,
    processes: int = 2,
    threads: int = 16,
    batch: int = 256,
    words: Sequence[str] = (),
) -> Iterator[Table]:
    """INSTANCE_SCHEMA tables, one row for each wanted file; a null ``patch`` has its ``reason``.

    Give instances of one series one after the other: each table is of one series, and carries its header once.
    Stop when you like and go on later with those that are left.
    """
    source = iter(wanted)
    first = list(islice(source, LITTLE))
    readers = Readers(processes if len(first) >= LITTLE else 0, threads, tuple(words))
    feeder = threading.Thread(target=_feed, args=(readers, first, source, batch), daemon=True)
    feeder.start()
    try:
        while (result := readers.take()) is not None:
            yield result[1]
    finally:
        readers.close()
        feeder.join()


def _feed(readers: Readers, first: list[Wanted], source: Iterator[Wanted], batch: int) -> None:
    gathered: list[Wanted] = []
    try:
        for one in chain(first, source):
            gathered = _add(readers, gathered, one, batch)
        if gathered:
            readers.put(_task(gathered))
    except BaseException as wrong:  # goes to whoever iterates
        readers.fail(wrong)
    finally:
        readers.end()


def _add(readers: Readers, gathered: list[Wanted], one: Wanted, batch: int) -> list[Wanted]:
    if gathered and (len(gathered) >= batch or gathered[0].header_key != one.header_key):
        readers.put(_task(gathered))
        return [one]
    return [*gathered, one]


def _task(gathered: list[Wanted]) -> Task:
    """The series' header travels once, with the first."""
    return Task("instances", [gathered[0], *(one._replace(series="") for one in gathered[1:])])
