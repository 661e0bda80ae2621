"""What was seen before: tells new and changed files from unchanged ones, and keeps what was not met again."""

import posixpath
from collections.abc import Iterable
from typing import Any

from labarchive.index.arrow import Table, pa
from labarchive.records import Found

_SIDECARS = (b".json",)
_IMAGES = (b".nii", b".nii.gz")


class Known:
    """Files by path with their size, mtime_ns and inode; every file met is taken out.

    A row may also have a ``ctime_ns``, for files that could not be read: a chmod changes nothing else.
    """

    def __init__(self, table: Table | None) -> None:
        self._rows: dict[bytes, int] = {}
        self._bytes: Any = ()
        self._mtimes: Any = ()
        self._inodes: Any = ()
        self._ctimes: dict[int, int] = {}
        self._images: list[Found] = []
        self._touched: set[bytes] = set()
        if table is not None and table.num_rows:
            paths: Any = table["path"].cast(pa.binary()).to_pylist()
            self._rows = {path: row for row, path in enumerate(paths)}
            self._bytes, self._mtimes, self._inodes = (
                table[name].combine_chunks().to_numpy(zero_copy_only=False)
                for name in ("bytes", "mtime_ns", "inode")
            )

            if "ctime_ns" in table.column_names:
                times = enumerate(table["ctime_ns"].to_pylist())
                self._ctimes = {row: time for row, time in times if time is not None}

    def split(self, found: Iterable[Found]) -> tuple[list[Found], list[Found]]:
        """Those never seen, and those that are not as they were (inode alone is no change of content, but counts)."""
        fresh: list[Found] = []
        changed: list[Found] = []
        rows = self._rows
        for one in found:
            row = rows.pop(one.path, None)
            if row is None:
                fresh.append(one)
            elif self._same(row, one):
                if one.path.endswith(_IMAGES):
                    self._images.append(one)
                continue
            else:
                changed.append(one)
            if one.path.endswith(_SIDECARS):
                self._touched.add(posixpath.dirname(one.path))
        return fresh, changed

    def stale_images(self) -> list[Found]:
        """Unchanged images at or below a folder whose sidecars changed: what they inherit may have too."""
        if not self._touched:
            return []
        touched = tuple(folder + b"/" for folder in self._touched)
        return [one for one in self._images if one.path.startswith(touched)]

    def left(self) -> Iterable[bytes]:
        """Paths that were not met again."""
        return self._rows.keys()

    def _same(self, row: int, one: Found) -> bool:
        inode = one.inode if one.inode < 1 << 63 else one.inode - (1 << 64)
        if row in self._ctimes and self._ctimes[row] != one.ctime_ns:
            return False
        return bool(
            self._mtimes[row] == one.mtime_ns and self._bytes[row] == one.size and self._inodes[row] == inode
        )
