"""The walk over the roots: many folders at once when they are far, every file a Found; follows links inside only.

Paths are the file system's bytes, so that no name is lost for its spelling.
"""

import os
import posixpath
import queue
import stat
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from labarchive.records import Found

RootState = Literal["there", "empty", "missing"]
_WAITING = 64
"""Batches the walk may be ahead of its reader: files are opened while their attributes are still cached."""
_FAR = 0.0003, 0.00003
"""Seconds a folder and an entry: three folders running that take longer lie far away. Near ones are listed by one
thread, three times as fast as by eight that wait for each other."""
_SLOW = 3


class Walk:
    """One walk; iterate it once, then ask it what it could not list.

    ``known_folders`` makes it quick: a folder whose mtime_ns is the known one is not stat'ed file by file; its files
    are not yielded, the folder is in ``skipped``, and the walk goes on in its known subfolders.
    """

    def __init__(
        self,
        roots: Sequence[bytes],
        *,
        threads: int = 8,
        batch: int = 1024,
        known_folders: Mapping[bytes, int] | None = None,
    ) -> None:
        self.roots = [os.path.abspath(root) for root in roots]  # noqa: PTH100, pathlib knows no bytes
        self.folders: dict[bytes, int] = {}
        """mtime_ns of every folder that was seen, taken before it was listed."""
        self.unlisted: set[bytes] = set()
        """Folders that could not be listed: nothing below them is known to be gone."""
        self.skipped: set[bytes] = set()
        """Folders that had not changed (quick walks only): their files are as they were."""
        self.state: dict[bytes, RootState] = {}
        self._threads, self._batch = threads, batch
        self._known = known_folders or {}
        self._below: dict[bytes, list[bytes]] = {}
        for folder in self._known:
            self._below.setdefault(posixpath.dirname(folder), []).append(folder)
        self._inside = [os.path.realpath(root) for root in self.roots]
        self._seen: set[tuple[int, int]] = set()
        self._lock = threading.Lock()
        self._todo: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._out: queue.Queue[list[Found] | BaseException | None] = queue.Queue(_WAITING)
        self._pending = self._slow = 0
        self._workers: list[threading.Thread] = []
        self._stopped = False

    def __iter__(self) -> Iterator[list[Found]]:
        """Batches of files, in no order."""
        self._start()
        try:
            yield from self._batches()
        finally:
            self._stop()

    def covers(self, path: bytes) -> bool:
        """Whether this walk would have met ``path``, were it still there."""
        for root in self.roots:
            if self.state.get(root) == "there" and _is_below(path, root):
                nearest = next((folder for folder in _above(path, root) if folder in self.folders), None)
                if nearest in self.skipped:  # as it was, and nobody looked below it
                    return False
                return not any(folder in self.unlisted for folder in _above(path, root))
        return False

    def _start(self) -> None:
        tops = []
        for root in _outermost(self.roots):
            if os.path.isfile(root):  # noqa: PTH113
                self.state[root] = "there"
                found = _stat(root, follow=True)
                if found:
                    self._out.put([found])
            elif self._enters(root):
                self.state[root] = "empty"  # until something is found
                tops.append(root)
            else:
                self.state.setdefault(root, "missing")
        for root in self.roots:
            outer = next((top for top in tops if _is_below(root, top)), None)
            if root not in self.state and outer is not None:
                self.state[root] = "there" if os.path.exists(root) else "missing"  # noqa: PTH110
        self._pending = len(tops)
        for top in tops:
            self._todo.put(top)
        if not tops:
            self._out.put(None)
            return
        self._work_with(1)

    def _work_with(self, threads: int) -> None:
        """So many threads are at work from now on."""
        while len(self._workers) < threads and not self._stopped:
            worker = threading.Thread(target=self._work, daemon=True)
            self._workers.append(worker)
            worker.start()

    def _took(self, seconds: float, entries: int) -> None:
        """Help comes once folders are seen to be far."""
        self._slow = self._slow + 1 if seconds > _FAR[0] + _FAR[1] * entries else 0
        if self._slow == _SLOW and len(self._workers) == 1:
            self._work_with(self._threads)

    def _batches(self) -> Iterator[list[Found]]:
        gathered: list[Found] = []
        while (more := self._out.get()) is not None:
            if isinstance(more, BaseException):
                raise more
            gathered += more
            while len(gathered) >= self._batch:
                yield gathered[: self._batch]
                gathered = gathered[self._batch :]
        if gathered:
            yield gathered

    def _stop(self) -> None:
        self._stopped = True
        for _ in range(self._threads):
            self._todo.put(None)
        while any(worker.is_alive() for worker in self._workers):
            try:
                self._out.get(timeout=0.05)
            except queue.Empty:
                continue

    def _work(self) -> None:
        while (folder := self._todo.get()) is not None and not self._stopped:
            try:
                inner = self._list(folder)
            except BaseException as wrong:  # the reader must not wait for ever
                self._out.put(wrong)
                return
            with self._lock:
                self._pending += len(inner) - 1
                done = self._pending == 0
            for name in inner:
                self._todo.put(name)
            if done:
                for _ in range(self._threads):
                    self._todo.put(None)
                self._out.put(None)

    def _list(self, folder: bytes) -> list[bytes]:
        """Puts the files of one folder out; gives its subfolders."""
        began = time.perf_counter()
        try:
            mtime = os.stat(folder).st_mtime_ns  # noqa: PTH116
            if self._known.get(folder) == mtime:
                return self._skip(folder, mtime)
            with os.scandir(folder) as entries:
                files, inner = self._sort(entries)
        except OSError as wrong:
            self.unlisted.add(folder)
            self._mark(folder)
            self._put([_problem(folder, f"the folder cannot be listed: {wrong.strerror}")])
            return []
        self._took(time.perf_counter() - began, len(files) + len(inner))
        self.folders[folder] = mtime
        if files or inner:
            self._mark(folder)
        self._put(files)
        return inner

    def _skip(self, folder: bytes, mtime: int) -> list[bytes]:
        self.folders[folder] = mtime
        self.skipped.add(folder)
        self._mark(folder)
        return [inner for inner in self._below.get(folder, ()) if self._enters(inner)]

    def _mark(self, folder: bytes) -> None:
        if self.state.get(folder) == "empty":
            self.state[folder] = "there"

    def _put(self, files: list[Found]) -> None:
        if files and not self._stopped:
            self._out.put(files)

    def _sort(self, entries: Any) -> tuple[list[Found], list[bytes]]:
        files: list[Found] = []
        inner: list[bytes] = []
        for entry in entries:
            path: bytes = entry.path
            if entry.is_symlink():
                self._link(path, files)
            elif entry.is_dir(follow_symlinks=False):
                if self._enters(path):
                    inner.append(path)
            else:
                found = _of(path, entry)
                if found:
                    files.append(found)
        return files, inner

    def _link(self, path: bytes, files: list[Found]) -> None:
        target = os.path.realpath(path)
        if not any(_is_below(target, root) for root in self._inside):
            files.append(_problem(path, "a link that leads out of the indexed folders"))
        elif not os.path.isdir(target):  # noqa: PTH112, a folder is walked where it lies: no loops, no file twice
            found = _stat(path, follow=True)
            files.append(found or _problem(path, "a link to nothing"))

    def _enters(self, folder: bytes) -> bool:
        """Whether the folder is there and is entered for the first time (by device and inode)."""
        try:
            seen = os.stat(folder)  # noqa: PTH116
        except FileNotFoundError:
            return False
        except OSError as wrong:
            self.unlisted.add(folder)
            self.state.setdefault(folder, "there")
            self._put([_problem(folder, f"the folder cannot be entered: {wrong.strerror}")])
            return False
        if not stat.S_ISDIR(seen.st_mode):
            return False
        key = (seen.st_dev, seen.st_ino)
        with self._lock:
            fresh = key not in self._seen
            self._seen.add(key)
        return fresh


def walk(roots: Sequence[bytes], threads: int = 8, batch: int = 1024) -> Iterator[list[Found]]:
    """Every file below the roots, in batches and in no order.

    >>> sum(len(found) for found in walk([b"/usr/share/licenses-that-are-not-there"]))
    0
    """
    return iter(Walk(roots, threads=threads, batch=batch))


def _of(path: bytes, entry: Any) -> Found | None:
    try:
        seen = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # it went while we looked
        return None
    except OSError as wrong:
        return _problem(path, f"it cannot be looked at: {wrong.strerror}")
    return _found(path, seen)


def _stat(path: bytes, *, follow: bool) -> Found | None:
    try:
        return _found(path, os.stat(path, follow_symlinks=follow))  # noqa: PTH116
    except OSError:
        return None


def _found(path: bytes, seen: os.stat_result) -> Found:
    problem = "" if stat.S_ISREG(seen.st_mode) else "not a file but a device, a pipe or a socket"
    return Found(path, seen.st_size, seen.st_mtime_ns, seen.st_ino, seen.st_ctime_ns, problem)


def _problem(path: bytes, why: str) -> Found:
    try:
        seen = os.lstat(path)
    except OSError:
        return Found(path, 0, 0, 0, 0, why)
    return Found(path, 0, seen.st_mtime_ns, seen.st_ino, seen.st_ctime_ns, why)


def _is_below(path: bytes, root: bytes) -> bool:
    return path == root or path.startswith(root.rstrip(b"/") + b"/")


def _above(path: bytes, root: bytes) -> Iterator[bytes]:
    """The folders from the one that holds ``path`` up to ``root``."""
    folder = path
    while folder != root and len(folder) > 1:
        folder = posixpath.dirname(folder)
        yield folder


def _outermost(roots: Sequence[bytes]) -> list[bytes]:
    """The roots without those that lie in another."""
    unique = sorted(set(roots), key=len)
    return [root for i, root in enumerate(unique) if not any(_is_below(root, other) for other in unique[:i])]
