"""What is made once for whoever asks first, and kept on disk up to a size."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Turns:
    """One at a time for each key: who comes second finds what the first has made."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _held: dict[str, threading.Lock] = field(default_factory=dict)

    @contextmanager
    def of(self, key: str) -> Iterator[None]:
        with self._lock:
            turn = self._held.setdefault(key, threading.Lock())
        try:
            with turn:
                yield
        finally:
            with self._lock:
                self._held.pop(key, None)


def forget_oldest(paths: Iterable[Path], most: int) -> None:
    """Remove those that were written or touched longest ago, until so many bytes are left of them."""
    kept = [(path.stat(), path) for path in paths]
    size = sum(seen.st_size for seen, _ in kept)
    for seen, path in sorted(kept, key=lambda each: each[0].st_mtime_ns):
        if size <= most:
            return
        size -= seen.st_size
        path.unlink(missing_ok=True)
