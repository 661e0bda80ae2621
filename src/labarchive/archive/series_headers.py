"""The headers of series, one by one, out of the published Parquet parts: only their keys are held in memory."""

from functools import lru_cache
from typing import Any

import pyarrow.parquet as pq

from labarchive.archive import published
from labarchive.records import Manifest


class SeriesHeaders:
    """``headers.get(key)`` gives the JSON text of a series' header."""

    def __init__(self, manifest: Manifest) -> None:
        self._places: dict[str, tuple[str, int, int]] = {}
        self._more: dict[str, str] = {}
        for path in published.files(manifest, "header_fact"):
            self._note(path)
        self._rows = lru_cache(maxsize=8)(_rows)

    def _note(self, path: str) -> None:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                keys: Any = file.read_row_group(group, columns=["header_key"]).column(0).to_pylist()
                self._places |= {key: (path, group, row) for row, key in enumerate(keys)}

    def add(self, key: str, text: str) -> None:
        """A header that is on its way to the owner."""
        self._more[key] = text

    def get(self, key: str) -> str | None:
        if key in self._more:
            return self._more[key]
        if key not in self._places:
            return None
        path, group, row = self._places[key]
        return self._rows(path, group)[row]


def _rows(path: str, group: int) -> list[str]:
    with pq.ParquetFile(path) as file:
        texts: Any = file.read_row_group(group, columns=["header"]).column(0).to_pylist()
        return list(texts)
