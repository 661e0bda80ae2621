"""SHA-256 of published files, computed once for each: they are never changed, and hard links of one are one."""

import hashlib
import json
import threading
from collections.abc import Iterable
from pathlib import Path

from labarchive.catalogue.disk import replaced

MOST = 20_000
"""Digests that are remembered, newest last."""


class Digests:
    """Those of one project's folder, remembered beside its generations."""

    def __init__(self, folder: Path) -> None:
        self._place = folder / ".digests.json"
        self._lock = threading.Lock()
        self._known = self._read()

    def of(self, paths: Iterable[Path]) -> dict[Path, str]:
        """Raises FileNotFoundError for one that went meanwhile."""
        with self._lock:
            keys = {path: _key(path) for path in paths}
            fresh = {key: path for path, key in keys.items() if key not in self._known}
            for key, path in fresh.items():
                with path.open("rb") as file:
                    self._known[key] = hashlib.file_digest(file, "sha256").hexdigest()
            if fresh:
                self._known = dict(list(self._known.items())[-MOST:])
                replaced(self._place, json.dumps(self._known).encode())
            return {path: self._known[key] for path, key in keys.items()}

    def _read(self) -> dict[str, str]:
        try:
            known = json.loads(self._place.read_bytes())
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}


def _key(path: Path) -> str:
    seen = path.stat()
    return f"{seen.st_ino}-{seen.st_mtime_ns}-{seen.st_size}"
