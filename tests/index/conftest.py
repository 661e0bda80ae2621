"""The rows of all real files, read once for all tests of this room."""

import os
from pathlib import Path
from typing import Any

import pytest

from labarchive.files import walk
from labarchive.index.reading import Reader

Rows = dict[str, dict[str, Any]]


def rows_of(root: Path) -> Rows:
    """Path below ``root`` -> our row."""
    reader = Reader()
    try:
        return {
            row["path"][len(str(root)) + 1 :]: row
            for found in walk([os.fsencode(root)])
            for row in reader.table(found).to_pylist()
        }
    finally:
        reader.close()


@pytest.fixture(scope="session")
def real_rows(dev_data: Path) -> Rows:
    """Of the real files of many vendors."""
    return rows_of(dev_data)
