"""One small archive with every fault, read once for all tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pydicom
import pytest

from labarchive import phantom


@dataclass(frozen=True, slots=True)
class Example:
    """An archive, its key, and what pydicom reads: series UID -> (path below the archive, header)."""

    key: phantom.AnswerKey
    read: Mapping[str, list[tuple[str, pydicom.Dataset]]]

    def of(self, uid: str) -> list[pydicom.Dataset]:
        return [header for _, header in self.read[uid]]

    def series(self, **wanted: str) -> list[dict]:
        return [row for row in self.key.series if all(row[name] == value for name, value in wanted.items())]

    def file(self, path: str) -> Path:
        return self.key.folder / path


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    key = phantom.make(tmp_path_factory.mktemp("phantom") / "nas", profile="faults", seed=3)
    unread = {row["path"] for row in key.files if row["form"] not in ("sr", "pr")}
    read: dict[str, list[tuple[str, pydicom.Dataset]]] = {}
    for path in sorted(key.folder.rglob("*")):
        name = str(path.relative_to(key.folder))
        if path.is_file() and name not in unread and not name.endswith(".nii.gz"):
            header = pydicom.dcmread(path, force=True)
            read.setdefault(str(header.SeriesInstanceUID), []).append((name, header))
    return Example(key, read)
