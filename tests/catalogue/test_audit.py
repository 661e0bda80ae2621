"""Who looked at whom is on disk before the answer, in a chain of its own, and tells a subject's story."""

import json
import threading
from datetime import datetime
from typing import Any

import pytest

from labarchive.catalogue import backup, restore
from labarchive.catalogue.audit import Audit, Look
from labarchive.errors import BadInput, NoRoom
from labarchive.settings import Home
from tests.catalogue.conftest import Bench, study


@pytest.fixture
def subjects(bench: Bench) -> list[str]:
    bench.index(study(1), study(2))
    return bench.ids("subject")


def look(bench: Bench, *subjects: str, who: str = "mia", what: str = "header", **words: Any) -> None:
    project_id = bench.catalogue.project_id("tau")
    bench.catalogue.audit.note(Look(who, "rest", "10.0.0.7", "tau", project_id, what, subjects, **words))


def story(bench: Bench, subject: str = "", **words: Any) -> list[dict[str, Any]]:
    return list(bench.catalogue.do("audit", project="tau", subject=subject, **words)["items"])


def test_a_look_is_on_disk_when_it_is_noted(bench: Bench, subjects: list[str]) -> None:
    look(bench, subjects[0])
    (line,) = (bench.home.audit / "000001.payload.jsonl").read_text().splitlines()
    assert json.loads(line)["payload"] == {
        "what": "header", "where": "10.0.0.7", "subjects": [subjects[0]], "n": 0,
    }  # fmt: skip


def test_a_subject_s_story_has_looks_and_sayings_of_it_and_of_nobody_else(
    bench: Bench, subjects: list[str]
) -> None:
    scan = bench.rows(f"select scan_id from scan where subject_id = '{subjects[0]}' order by 1")[0][0]
    look(bench, subjects[0])
    bench.say("rating", scan, quality="unusable", reason="motion", who="bo", where="10.0.0.9")
    look(bench, subjects[1])
    look(bench, who="carl", what="snapshot")  # the whole project's
    told = [(item["who"], item["verb"], item["about"], item["where"]) for item in story(bench, subjects[0])]
    assert told == [
        ("carl", "read", "snapshot", "10.0.0.7"),
        ("bo", "rating", scan, "10.0.0.9"),
        ("mia", "read", "header", "10.0.0.7"),
    ]


def test_an_address_is_in_the_journal_and_in_no_table(bench: Bench, subjects: list[str]) -> None:
    bench.say("tag", subjects[0], tag="pilot", where="10.0.0.9")
    (payload,) = bench.rows("select payload from saying where verb = 'tag'")[0]
    assert json.loads(payload) == {"tag": "pilot"}


def test_the_same_look_within_a_minute_is_one_look(bench: Bench, subjects: list[str]) -> None:
    for _ in range(3):
        look(bench, subjects[0])
        look(bench, *subjects)
    look(bench, subjects[0], who="bo")
    assert [(item["who"], sorted(item["subjects"])) for item in story(bench)[:3]] == [
        ("bo", [subjects[0]]), ("mia", sorted(subjects)), ("mia", [subjects[0]]),
    ]  # fmt: skip
    assert bench.catalogue.audit.journal.last_seq == 3


def test_many_who_look_at_once_are_all_written_down(bench: Bench, subjects: list[str]) -> None:
    def looking(n: int) -> None:
        for turn in range(25):
            look(bench, subjects[0], who=f"p{n}", what=f"t{turn}")

    threads = [threading.Thread(target=looking, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {(event.who, (event.payload or {})["what"]) for event in bench.catalogue.audit.newest("tau")}
    assert len(found) == 8 * 25
    assert list(bench.catalogue.audit.journal.problems()) == []


def test_a_story_is_read_page_by_page(bench: Bench, subjects: list[str]) -> None:
    for n in range(7):
        look(bench, subjects[0], what=f"w{n}")
        bench.say("tag", subjects[0], tag=f"t{n}")
    whole = story(bench, subjects[0], limit=100)
    pages, before = [], ""
    while True:
        page = bench.catalogue.do("audit", project="tau", subject=subjects[0], limit=3, before=before)
        pages += page["items"]
        before = page["next"]
        if before is None:
            break
    assert pages == whole
    assert len(whole) == 14
    assert [item["at"] for item in whole] == sorted((item["at"] for item in whole), reverse=True)


def test_the_chain_goes_on_after_a_restart_and_fsck_sees_a_forged_line(
    bench: Bench, subjects: list[str]
) -> None:
    look(bench, subjects[0])
    bench.again()
    look(bench, subjects[1])
    assert bench.catalogue.do("fsck")["ok"]
    path = bench.home.audit / "000001.jsonl"
    path.write_text(path.read_text().replace("mia", "bob", 1))
    assert any("audit" in finding for finding in bench.catalogue.do("fsck")["findings"])


def test_it_is_in_the_backup(bench: Bench, subjects: list[str], tmp_path: Any) -> None:
    look(bench, subjects[0])
    backup(bench.home, tmp_path / "kept.tar")
    other = Home(tmp_path / "other")
    restore(other, tmp_path / "kept.tar")
    assert Audit(other.audit).journal.last_hash == bench.catalogue.audit.journal.last_hash


def test_what_cannot_be_written_down_is_refused(
    bench: Bench, subjects: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise NoRoom("no room for the journal")

    monkeypatch.setattr(bench.catalogue.audit.journal, "append", full)
    with pytest.raises(NoRoom):
        look(bench, subjects[0])
    monkeypatch.undo()
    look(bench, subjects[0])
    assert bench.catalogue.audit.journal.last_seq == 1


def test_a_moment_that_is_none_is_refused(bench: Bench, subjects: list[str]) -> None:
    with pytest.raises(BadInput, match="no moment"):
        story(bench, before="yesterday")
    assert story(bench, before=datetime.min.isoformat()) == []
