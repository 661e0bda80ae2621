"""A disk that is really full: one sentence, and everything acknowledged is there when there is room again."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from labarchive.archive.tables import SnapshotTables
from labarchive.errors import NoRoom
from labarchive.records import Saying
from labarchive.settings import Home
from labarchive.wire import connect
from tests.archive.conftest import files, indexed, slices, stopped


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    made = os.getuid() == 0 and mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=24m", "tmpfs", place], check=False, capture_output=True
    )  # fmt: skip
    if not made or made.returncode:
        pytest.skip("only root can mount a small file system here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_loses_nothing_acknowledged(small: Path) -> None:
    wire = connect(Home(small / "home"))
    indexed(wire, files(slices(1)))
    tables = SnapshotTables(wire, wire.home)
    scan = tables.sql("select scan_id from scan").fetchall()[0][0]
    acknowledged = wire.say([Saying("note", "tau", scan, {"note": "before"})]).last
    filling = small / "filling"
    with contextlib.suppress(OSError), filling.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))
    with pytest.raises(NoRoom, match="make room"):
        for n in range(500):
            acknowledged = wire.say([Saying("note", "tau", scan, {"note": f"{n} {'x' * 3000}"})]).last
    filling.unlink()
    assert wire.say([Saying("note", "tau", scan, {"note": "after"})]).last > acknowledged
    tables.refresh()
    assert tables.sql("select max(seq) from saying where seq <= ?", [acknowledged]).fetchall() == [
        (acknowledged,)
    ]
    assert wire.do("fsck")["ok"]
    stopped(wire.hello()["pid"])
