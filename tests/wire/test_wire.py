"""What crosses the socket arrives as it was sent, and a dead owner is found out."""

import inspect
import os
import pwd
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from labarchive.errors import BY_NAME, BadInput, LabarchiveError, NotFound, Unreachable
from labarchive.records import Owner, Receipt, Saying
from labarchive.settings import Home
from labarchive.wire import Wire, connect
from labarchive.wire.protocol import ROUTES, problem, read_problem, table_chunks
from tests.wire.standin import WHEN, StandIn, serving


@pytest.fixture
def standin() -> StandIn:
    return StandIn()


@pytest.fixture
def wire(tmp_path: Path, standin: StandIn) -> Iterator[Wire]:
    home = Home(tmp_path)
    with serving(home, standin):
        wire = connect(home, start=False)
        yield wire
        wire.close()


def test_every_method_of_the_owner_has_its_route() -> None:
    verbs = {name for name, _ in inspect.getmembers(Owner, inspect.isfunction) if not name.startswith("_")}
    assert set(ROUTES) == verbs


def test_records_arrive_equal(wire: Wire, standin: StandIn) -> None:
    roots = ("/nas/a", os.fsdecode(b"/nas/\xff"))
    assert wire.begin("tau", "index", roots) == standin.begin("tau", "index", roots)
    assert wire.finish(1, complete=False) == standin.finish(1, complete=False)
    there = wire.manifest("tau/pet ü", min_seq=7, lease="here")
    assert there == standin.manifest("tau/pet ü", min_seq=7, lease="here")
    assert there.written == WHEN
    assert wire.projects() == standin.projects()
    assert wire.do("names", dry=True) == {"verb": "names", "words": {"dry": True}}


def test_tables_arrive_equal_and_the_line_is_free_afterwards(wire: Wire, standin: StandIn) -> None:
    standin.rows = 150_000
    assert wire.known(1) == standin.known(1)
    assert wire.series(1) == standin.series(1)
    assert wire.projects() == standin.projects()


def test_a_part_arrives_with_its_numbers(wire: Wire, standin: StandIn) -> None:
    table = pa.table({"path": ["a\nb"], "n": pa.array([None], pa.int64())})
    wire.observe(3, 12, "files", table)
    assert standin.observed == [(3, 12, "files", table)]


def test_a_table_is_never_sent_in_one_piece() -> None:
    table = pa.table({"n": range(200_000)})
    chunks = list(table_chunks(table))
    assert len(chunks) > 3
    assert pa.ipc.open_stream(b"".join(chunks)).read_all() == table


@pytest.mark.parametrize("kind", BY_NAME.values())
def test_every_error_crosses_the_wire_by_its_name(kind: type[LabarchiveError]) -> None:
    status, body = problem(kind("what", hint="next"))
    assert status >= 400
    again = read_problem(body)
    assert type(again) is kind
    assert (again.what, again.hint) == ("what", "next")


def test_an_error_of_the_owner_is_raised_here(wire: Wire) -> None:
    with pytest.raises(NotFound, match=r"no project 'x': there is tau/pet ü"):
        wire.manifest("x")
    with pytest.raises(BadInput, match="no: never"):
        wire.do("refuse")


def test_a_strange_error_tells_no_names(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(LabarchiveError, match="ValueError") as met:
        wire.do("explode", name=["DOE", "JANE"])
    assert "DOE^" not in str(met.value) + caplog.text


def test_words_that_a_verb_does_not_know_are_bad_input(wire: Wire) -> None:
    with pytest.raises(BadInput, match="finish"):
        wire._ask("finish", run=1, completely=True)


def test_who_speaks_is_the_process_not_its_word(wire: Wire, standin: StandIn) -> None:
    receipt = wire.say([Saying("tag", "tau", "scan_x", {"tag": "nice"}, who="somebody else")])
    assert receipt == Receipt(1, 1)
    assert [each.who for each in standin.said] == [pwd.getpwuid(os.getuid()).pw_name]
    assert standin.said[0].payload["tag"] == "nice"


def test_sayings_carry_the_door_they_came_through(tmp_path: Path, standin: StandIn) -> None:
    with serving(Home(tmp_path), standin):
        connect(Home(tmp_path), start=False, door="cli").say([Saying("note", "tau", "scan_x", {"note": "n"})])
    assert standin.said[0].door == "cli"


def test_the_socket_is_for_its_user_only(wire: Wire) -> None:
    assert stat.S_IMODE(wire.home.socket.stat().st_mode) == 0o600
    assert len(os.fsencode(wire.home.socket)) < 108


def test_nobody_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no owner"):
        connect(Home(tmp_path), start=False)


def test_threads_do_not_share_a_line(wire: Wire, standin: StandIn) -> None:
    standin.rows = 20_000
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(5):
            if wire.known(1).num_rows != 20_000 or wire.projects() != standin.projects():
                wrong.append(1)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_owner_at_its_end_is_waited_out_whatever_it_is_asked(tmp_path: Path, standin: StandIn) -> None:
    """It did nothing of it: even what is not asked twice of an owner that vanished is asked again."""
    standin.dead = True
    over = threading.Timer(0.25, lambda: setattr(standin, "dead", False))
    with serving(Home(tmp_path), standin):
        over.start()
        assert connect(Home(tmp_path), start=False).begin("tau", "index", ["/nas"]).run == 1
    over.join()


def test_a_dead_owner_that_stays_is_one_sentence(tmp_path: Path, standin: StandIn) -> None:
    standin.dead = True
    with serving(Home(tmp_path), standin), pytest.raises(Unreachable):
        connect(Home(tmp_path), start=False).say([Saying("tag", "tau", "scan_x", {"tag": "nice"})])
    assert not standin.said


def test_a_line_survives_an_owner_that_was_replaced(tmp_path: Path, standin: StandIn) -> None:
    home = Home(tmp_path)
    with serving(home, standin):
        wire = connect(home, start=False)
    with serving(home, standin):
        assert wire.projects() == standin.projects()
