"""Several kernels and a writer on one archive: the owner is killed, then one of them; nothing acknowledged is lost."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labarchive.archive.tables import SnapshotTables
from labarchive.errors import NoRoom
from labarchive.records import Saying
from labarchive.server.app import make_app
from labarchive.server.use import Use
from labarchive.settings import Home
from labarchive.wire import Wire, connect
from tests.archive.conftest import files, indexed, slices, stopped
from tests.wire.standin import StandIn, serving

ROUNDS = 12
READER = Path(__file__).with_name("reader.py")


def kernel(home: Home, name: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(READER), str(home.path), name, str(ROUNDS)], stdout=subprocess.PIPE, text=True
    )


def rest(kernel: "subprocess.Popen[str]") -> list[str]:
    """What it acknowledged since its first word: `communicate` would forget what `readline` read ahead."""
    assert kernel.stdout
    return kernel.stdout.read().split()


def test_kernels_go_on_when_the_owner_or_another_kernel_is_killed(home: Home) -> None:
    wire = connect(home)
    indexed(wire, files(slices(1), slices(2)))
    kernels = [kernel(home, f"k{n}") for n in range(4)]
    for each in kernels:
        assert each.stdout
        assert each.stdout.readline()  # all are at it
    for _ in range(2):
        stopped(wire.hello()["pid"], signal.SIGKILL)
        time.sleep(0.5)
    indexed(wire, files(slices(1)))
    kernels[0].kill()
    said = [(rest(each), each.wait(120)) for each in kernels]
    assert [code for _, code in said[1:]] == [0, 0, 0]
    acknowledged = {f"k{n}-0" for n in range(4)} | {word for words, _ in said for word in words}
    assert len(acknowledged) >= 3 * ROUNDS
    tags = SnapshotTables(wire, home).sql("select payload->>'tag' from saying where verb = 'tag'").fetchall()
    heard = [word for (word,) in tags]
    assert acknowledged <= set(heard)
    assert len(heard) == len(set(heard)), "a saying that was retried was said twice"
    stopped(wire.hello()["pid"])


def test_sayings_are_taken_while_files_are_observed(home: Home) -> None:
    wire = connect(home)
    indexed(wire, files(slices(1)))
    tables = SnapshotTables(wire, home)
    scan = tables.sql("select scan_id from scan").fetchall()[0][0]
    run = wire.begin("tau", "index", ["/nas/tau"]).run
    for part in range(1, 6):
        wire.observe(run, part, "files", files(slices(part + 10, n=500)))
        receipt = tables.say([Saying("note", "tau", scan, {"note": str(part)})])
        assert tables.sql("select note from scan where scan_id = ?", [scan]).fetchall() == [(str(part),)]
        assert receipt.last > 0
    assert wire.finish(run).new == 2500
    stopped(wire.hello()["pid"])


class Full(StandIn):
    """An owner whose disk is full: DuckDB gives up for good."""

    dead = False

    def say(self, sayings: object) -> object:  # type: ignore[override]
        self.dead = True
        raise NoRoom("the catalogue could not be written", hint="make room on the disk")


@pytest.fixture
def full(tmp_path: Path) -> Iterator[tuple[Wire, Full]]:
    owner = Full()
    home = Home(tmp_path / "full")
    with serving(home, owner):
        yield Wire(home, start=False), owner


def test_a_full_disk_is_one_sentence_and_the_end_of_that_owner(full: tuple[Wire, Full]) -> None:
    wire, owner = full
    with pytest.raises(NoRoom, match="make room"):
        wire.say([Saying("tag", "tau", "scan_x", {"tag": "a"})])
    use = Use(owner)
    make_app(owner, use)
    use.met(NoRoom("again"))
    assert use.fatal
