"""An indexed example archive for pages and notebooks to run on: made once, a copy of its home for each."""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from labarchive import phantom
from labarchive.archive import indexing
from labarchive.errors import LabarchiveError
from labarchive.settings import Home, home
from labarchive.wire import Wire


@dataclass(frozen=True, slots=True)
class Example:
    """The folder of studies that pages call /mnt/nas, and a home of one's own."""

    nas: Path
    home: Path


def rest(place: Home) -> None:
    """The owner of this home leaves, if it has one."""
    with contextlib.suppress(LabarchiveError, OSError):
        pid = int(Wire(place, start=False).hello()["pid"])
        os.kill(pid, signal.SIGTERM)
        for _ in range(500):
            os.kill(pid, 0)
            time.sleep(0.02)


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Example:
    folder = tmp_path_factory.mktemp("docs")
    key = phantom.make(folder / "nas", profile="tiny", seed=7)
    place = home(folder / "home")
    place.path.mkdir(mode=0o700)
    for project, study in key.projects.items():
        indexing.index(place, [study], project, headers=False)
    rest(place)
    return Example(folder / "nas", place.path)


@pytest.fixture
def page(indexed: Example, tmp_path: Path) -> Iterator[Example]:
    """The example with a home that may be changed."""
    place = home(tmp_path / "home")
    shutil.copytree(indexed.home, place.path, symlinks=True)
    yield Example(indexed.nas, place.path)
    rest(place)
