"""Scans handed out to processes that measure them, as many at a time as there are processors."""

import hashlib
import os
import queue
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from labarchive.errors import BadInput
from labarchive.images import ImageFile
from labarchive.images.apart import Hand
from labarchive.metrics.table import TOOL, VERSION, table

PATIENCE = 600.0
"""Seconds in which a scan is measured or given up."""
PROGRAM = (sys.executable, "-m", "labarchive.checks.worker")


@dataclass(frozen=True, slots=True)
class Scan:
    """What is to be measured."""

    scan_id: str
    kind: str
    modality: str
    files: Sequence[ImageFile] = field(repr=False)
    content: str = ""
    """Changes with the files."""

    @property
    def seen(self) -> dict[str, str]:
        """Of which files it was measured, as the catalogue keeps it."""
        return {"scan_id": self.scan_id, "content": self.content, "tool": TOOL, "version": str(VERSION)}


def content_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """Of the catalogue's rows of files: another one when a file was written again or came to it."""
    seen = sorted((row["sop_uid"] or row["path"], row["bytes"], row["mtime_ns"]) for row in rows)
    return hashlib.sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def hands() -> int:
    """How many processes measure at a time. Raises BadInput where they cannot."""
    from importlib.util import find_spec

    if find_spec("scipy") is None:
        raise BadInput("scipy is not installed", hint="pip install 'labarchive[rest]'")
    return max(1, len(os.sched_getaffinity(0)))


def measured_scans(scans: Iterable[Scan], n: int) -> Iterator[tuple[Scan, list[dict[str, Any]], str]]:
    """Each scan with the rows of what was measured of it and, where nothing could be, why; as they come.

    Ends its ``n`` processes when it is closed.
    """
    waiting = iter(scans)
    taking = threading.Lock()
    done: queue.SimpleQueue[tuple[Scan, dict[str, Any]] | None] = queue.SimpleQueue()
    ending = threading.Event()

    def go_on() -> None:
        hand = Measurer()
        try:
            while not ending.is_set():
                with taking:
                    scan = next(waiting, None)
                if scan is None:
                    return
                done.put((scan, hand.ask(scan)))
        finally:
            hand.end()
            done.put(None)

    threads = [threading.Thread(target=go_on, name="measuring", daemon=True) for _ in range(n)]
    for thread in threads:
        thread.start()
    left = n
    try:
        while left:
            found = done.get()
            if found is None:
                left -= 1
            else:
                scan, told = found
                yield scan, rows(scan, told.get("values", {})), told.get("problem", "")
    finally:
        ending.set()


def rows(scan: Scan, values: Mapping[str, float]) -> list[dict[str, Any]]:
    """As the catalogue keeps them. Of a scan of which nothing can be measured one row says that it was tried."""
    known = table()
    found = [
        {
            "scan_id": scan.scan_id, "metric": name, "value": float(value),
            "unit": known[name].unit, "tool": TOOL, "version": str(VERSION), "better": known[name].better,
            "least": known[name].least, "share": known[name].share,
        }
        for name, value in values.items()
    ]  # fmt: skip
    tried = {
        "scan_id": scan.scan_id, "metric": "measured", "value": float(bool(values)),
        "unit": "", "tool": TOOL, "version": str(VERSION), "better": "high", "least": 1.0, "share": 0.0,
    }  # fmt: skip
    return [*found, tried]


def _task(file: ImageFile) -> dict[str, Any]:
    """What JSON can say of a file; a path that is no text as surrogates."""
    known = {each.name: getattr(file, each.name) for each in fields(file)}
    return {name: value for name, value in known.items() if value is not None} | {
        "path": os.fsdecode(file.path)
    }


class Measurer:
    """A process that measures."""

    def __init__(self) -> None:
        self._hand = Hand(PROGRAM, PATIENCE)

    def ask(self, scan: Scan) -> dict[str, Any]:
        """What it says of a scan: ``values``, or a ``problem``."""
        task = {"files": [_task(file) for file in scan.files], "kind": scan.kind, "modality": scan.modality}
        try:
            told = self._hand.ask(task)
        except TimeoutError:
            return {"problem": "takes too long to be measured"}
        return told or {"problem": "takes down who measures it"}

    def end(self) -> None:
        """Stop it."""
        self._hand.end()
