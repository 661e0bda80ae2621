"""An archive whose owner answers at its socket from a thread: no process to start for each claim."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from labarchive.archive.tables import SnapshotTables
from labarchive.catalogue import Catalogue
from labarchive.settings import Home
from labarchive.wire import Wire, connect
from tests.contract.conftest import files, headers, indexed, instances, slices, stopped
from tests.wire.standin import serving

__all__ = ["files", "headers", "indexed", "instances", "slices", "stopped"]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def owner(home: Home) -> Iterator[Wire]:
    catalogue = Catalogue(home)
    with serving(home, catalogue):
        wire = connect(home, start=False)
        yield wire
        wire.close()
    catalogue.close()


@pytest.fixture
def tables(owner: Wire, home: Home) -> SnapshotTables:
    """Two studies of one project, their headers too."""
    indexed(owner, files(slices(1), slices(2)), headers((1, 1), (2, 1)))
    return SnapshotTables(owner, home)
