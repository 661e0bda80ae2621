"""Volumes made for somebody: each in a process of its own, which a broken codec may take down, and kept for a while."""

import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labarchive.catalogue.disk import folder_made
from labarchive.errors import Busy, LabarchiveError, met
from labarchive.server.made import Turns, forget_oldest
from labarchive.server.ranged import OpenFile
from labarchive.server.scan_files import plain

MOST = 2 << 30
"""Bytes of volumes that are kept: who reads one by Range asks for it many times."""
PATIENCE = 300.0
"""Seconds in which a volume is made or given up."""


class Standby:
    """A process that makes one volume, started before it is asked for: its imports take longer than most volumes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ready: subprocess.Popen[bytes] | None = None

    def warm(self) -> None:
        """Have one ready."""
        with self._lock:
            if self._ready is None or self._ready.poll() is not None:
                self._ready = _started()

    def take(self) -> "subprocess.Popen[bytes]":
        """The one that is ready, or a fresh one."""
        with self._lock:
            ready, self._ready = self._ready, None
        return ready if ready is not None and ready.poll() is None else _started()


def _started() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "labarchive.server.volume"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/")


class Volumes:
    """A folder of NIfTI files by their ETag, the latest used ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turns = Turns()
        self._standby = Standby()

    def expect(self) -> None:
        """Somebody looks at scans: a volume may be asked for soon."""
        self._standby.warm()

    def kept(self, etag: str) -> OpenFile | None:
        """The volume, open, when it was made lately."""
        try:
            source = OpenFile.at(self._folder / f"{etag}.nii.gz")
        except FileNotFoundError:
            return None
        os.utime(source.descriptor)
        return source

    def made(self, etag: str, rows: Sequence[dict[str, Any]], part: str | None, partial: bool) -> OpenFile:
        """The volume, open; made by the first who asks for it. Raises what loading it raises."""
        with self._turns.of(etag):
            found = self.kept(etag)
            if found is None:
                place = folder_made(self._folder) / f"{etag}.nii.gz"
                self._make(rows, part, partial, place)
                found = OpenFile.at(place)
                forget_oldest(
                    (path for path in self._folder.glob("*.nii.gz") if path != place), MOST - found.size
                )
            return found

    def _make(self, rows: Sequence[dict[str, Any]], part: str | None, partial: bool, place: Path) -> None:
        fresh = place.with_name(f".{secrets.token_hex(8)}.tmp")
        asked = {"files": [plain(row) for row in rows], "part": part, "partial": partial, "place": str(fresh)}
        process = self._standby.take()
        try:
            told, _ = process.communicate(json.dumps(asked).encode(), timeout=PATIENCE)
            _raise(process.returncode, told)
            fresh.replace(place)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.communicate()
            raise Busy(
                "this volume takes too long to make", hint="ask an owner for the files themselves"
            ) from error
        finally:
            fresh.unlink(missing_ok=True)
            self._standby.warm()


def _raise(code: int, told: bytes) -> None:
    if code == 0:
        return
    try:
        words = json.loads(told)
        raise met(words["error"], words["what"], words["hint"])
    except (ValueError, KeyError):
        raise LabarchiveError(
            "this volume could not be made", hint="labarchive check says what its files are"
        ) from None
