"""The owner's process: one a home, started by whoever comes first, gone when nobody wants it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labarchive.errors import LabarchiveError, TooNew, Unreachable
from labarchive.records import Saying
from labarchive.server.once import say_once
from labarchive.server.use import Use
from labarchive.settings import Home
from labarchive.wire import connect
from tests.contract.conftest import files, indexed, slices, stopped
from tests.wire.standin import StandIn


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_many_who_come_at_once_find_one_owner(home: Home) -> None:
    ask = "import sys; from labarchive.wire import connect; from labarchive.settings import home; print(connect(home(sys.argv[1])).hello()['pid'])"
    callers = [
        subprocess.Popen([sys.executable, "-c", ask, str(home.path)], stdout=subprocess.PIPE, text=True)
        for _ in range(5)
    ]
    pids = {caller.communicate()[0].strip() for caller in callers}
    assert len(pids) == 1
    (pid,) = pids
    names = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    assert os.fsencode(home.path) in names
    stopped(int(pid))


def test_a_killed_owner_is_started_by_the_next_question(home: Home) -> None:
    wire = connect(home)
    indexed(wire, files(slices(1)))
    first = wire.hello()["pid"]
    stopped(first, signal.SIGKILL)
    assert [each["project"] for each in wire.projects()] == ["tau"]
    assert wire.hello()["pid"] != first
    stopped(wire.hello()["pid"])


def test_an_owner_that_nobody_asks_leaves_and_takes_its_socket(home: Home) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-m", "labarchive.server", "--home", str(home.path), "--idle", "0.5"]
    )
    assert owner.wait(30) == 0
    assert not home.socket.exists()


def test_a_stopped_owner_says_good_bye(home: Home) -> None:
    wire = connect(home)
    pid = wire.hello()["pid"]
    stopped(pid, signal.SIGTERM)
    assert not home.socket.exists()
    with pytest.raises(Unreachable):
        connect(home, start=False)


def test_what_keeps_an_owner_from_starting_is_said_to_who_asked(home: Home) -> None:
    import duckdb

    wire = connect(home)
    stopped(wire.hello()["pid"])
    with duckdb.connect(str(home.catalogue)) as con:
        con.execute("update schema_version set version = 99")
    with pytest.raises(TooNew, match="99"):
        connect(home)
    assert "Traceback" not in (home.log / "owner.log").read_text()


def test_a_second_home_is_a_second_owner(home: Home, tmp_path: Path) -> None:
    one, other = connect(home), connect(Home(tmp_path / "other"))
    assert one.hello()["pid"] != other.hello()["pid"]
    for wire in (one, other):
        stopped(wire.hello()["pid"])


def test_an_owner_is_found_from_another_run_time_folder(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = connect(home).hello()["pid"]
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    assert connect(home).hello()["pid"] == first
    stopped(first)


def test_a_copied_home_has_an_owner_of_its_own(home: Home, tmp_path: Path) -> None:
    first = connect(home)
    shutil.copytree(home.path, tmp_path / "copy")
    copy = connect(Home(tmp_path / "copy"))
    assert copy.hello()["home"] == str(tmp_path / "copy")
    for wire in (first, copy):
        stopped(wire.hello()["pid"])


class Journal:
    """The last sayings of a stand-in, as the catalogue's journal gives them."""

    def __init__(self, owner: StandIn) -> None:
        self.owner = owner

    @property
    def last_seq(self) -> int:
        return len(self.owner.said)

    def events(self, after: int) -> list[object]:
        class Event:
            def __init__(self, seq: int, payload: object) -> None:
                self.seq, self.payload = seq, payload

        return [Event(n, each.payload) for n, each in enumerate(self.owner.said, 1)][after:]


def test_a_saying_that_is_sent_again_is_said_once() -> None:
    owner = StandIn()
    owner.journal = Journal(owner)  # type: ignore[attr-defined]
    sayings = [Saying("tag", "tau", "scan_x", {"tag": tag}) for tag in ("a", "b", "c")]
    say_once(owner, sayings, "k1", again=False)
    owner.said.pop()  # the machine went down before the last of the group was on disk
    receipt = say_once(owner, sayings, "k1", again=True)
    assert [each.payload["tag"] for each in owner.said] == ["a", "b", "c"]
    assert receipt.first == 1
    say_once(owner, sayings, "k2", again=True)
    assert len(owner.said) == 6


def test_an_owner_whose_tables_are_lost_leaves() -> None:
    class FatalException(Exception):
        pass

    use = Use(StandIn())
    wrapped = LabarchiveError("no room")
    wrapped.__cause__ = FatalException()
    use.met(LabarchiveError("something small"))
    assert not use.fatal
    use.met(wrapped)
    assert use.fatal


def test_use_counts_requests_under_way() -> None:
    use = Use(StandIn())
    time.sleep(0.01)
    assert use.idle() > 0
    with use.counted():
        assert use.idle() == 0
