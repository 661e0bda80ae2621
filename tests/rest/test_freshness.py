"""What requests read: everything that was said before them, also while an index is being taken in."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from labarchive.catalogue import replay
from labarchive.catalogue.journal import Draft
from labarchive.server.rest import reading
from labarchive.server.rest.reading import Reading
from tests.catalogue.conftest import Bench, study


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "home")
    made.index(study(1))
    yield made
    made.catalogue.close()


def test_what_is_said_while_an_index_is_taken_in_is_read_as_soon_as_it_is_published(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PATIENCE", 0.1)
    read = Reading(bench.catalogue, bench.home)
    scan = bench.ids("scan")[0]
    catalogue = bench.catalogue
    (event,) = catalogue.journal.append(
        [Draft("rules", "", "", {"digest": "0", "text": ""})], catalogue.tick()
    )
    bench.say(
        "note", scan, note="the table moved"
    )  # its number comes after one that the tables do not have yet
    query = "select note from scan where scan_id = ?"
    assert read.rows(query, (scan,), "tau") == [{"note": None}]
    with catalogue._after_journal() as cursor:
        replay.apply(cursor, event, catalogue.pending)
    bench.say("tag", scan, tag="seen")
    assert read.rows(query, (scan,), "tau") == [{"note": "the table moved"}]
    read.tables.refresh()
    assert read.rows("select tags from scan where scan_id = ?", (scan,), "tau") == [{"tags": ["seen"]}]


def test_a_request_waits_for_what_is_about_to_be_published(bench: Bench) -> None:
    read = Reading(bench.catalogue, bench.home)
    scan, catalogue = bench.ids("scan")[0], bench.catalogue
    (event,) = catalogue.journal.append(
        [Draft("rules", "", "", {"digest": "0", "text": ""})], catalogue.tick()
    )
    bench.say("note", scan, note="seen at once")

    def taken_in() -> None:
        with catalogue._after_journal() as cursor:
            replay.apply(cursor, event, catalogue.pending)

    soon = threading.Timer(0.2, taken_in)
    soon.start()
    assert read.rows("select note from scan where scan_id = ?", (scan,), "tau") == [{"note": "seen at once"}]
    soon.join()
