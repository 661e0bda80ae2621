"""What people say: durable, seen at once, undone and redone, and never in two minds."""

import json
import threading
import time

import pytest

from labarchive.errors import BadInput, NotFound
from labarchive.records import Saying
from tests.catalogue.conftest import ROOT, Bench, dicom, study


@pytest.fixture
def scan(bench: Bench) -> str:
    bench.index(study(1), study(2))
    return bench.ids("scan")[0]


def quality(bench: Bench, scan: str) -> tuple[str, str | None]:
    return bench.rows(f"select quality, quality_by from scan where scan_id = '{scan}'")[0]


def test_the_most_severe_current_rating_is_the_quality(bench: Bench, scan: str) -> None:
    bench.say("rating", scan, quality="unusable", reason="motion", who="ada")
    bench.say("rating", scan, quality="usable", who="bo")
    assert quality(bench, scan) == ("unusable", "ada")
    bench.say("rating", scan, quality="usable", who="ada")
    assert quality(bench, scan)[0] == "usable"


def test_an_undone_rating_has_no_effect_until_the_undo_is_undone(bench: Bench, scan: str) -> None:
    said = bench.say("rating", scan, quality="unusable", reason="motion").last
    undo = bench.say("undo", "", seq=said).last
    assert quality(bench, scan) == ("unreviewed", None)
    with pytest.raises(BadInput, match="undone already"):
        bench.say("undo", "", seq=said)
    redo = bench.say("undo", str(undo)).last
    assert quality(bench, scan)[0] == "unusable"
    bench.say("undo", "", seq=redo)
    assert quality(bench, scan)[0] == "unreviewed"
    flags = bench.rows("select seq, undone from saying where verb in ('rating', 'undo') order by seq")
    assert [undone for _, undone in flags] == [True, False, True, False]


def test_labels_kinds_tags_and_notes_win_over_what_files_say(bench: Bench, scan: str) -> None:
    bench.say("label", scan, label="good-t1")
    bench.say("kind", scan, kind="T2w")
    for tag in ("pilot", "phantom"):
        bench.say("tag", scan, tag=tag)
    bench.say("untag", scan, tag="phantom")
    bench.say("note", scan, note="ask the technician")
    bench.index([{**row, "mtime_ns": 5} for row in study(1)])
    found = bench.rows(f"select scan, kind, kind_confidence, tags, note from scan where scan_id = '{scan}'")
    assert found == [("good-t1", "T2w", 1.0, ["pilot"], "ask the technician")]


def test_a_saying_is_seen_under_the_number_of_its_receipt(bench: Bench, scan: str) -> None:
    before = bench.catalogue.manifest("tau")
    receipt = bench.catalogue.say(
        [Saying("tag", "tau", scan, {"tag": str(n)}, who="ada") for n in range(500)]
    )
    manifest = bench.catalogue.manifest("tau", min_seq=receipt.last)
    assert manifest.journal_seq >= receipt.last
    assert manifest.facts_generation == before.facts_generation
    assert manifest.folder == before.folder
    assert bench.rows(f"select len(tags) from scan where scan_id = '{scan}'") == [(500,)]


def test_many_deltas_become_one_table_again(bench: Bench, scan: str) -> None:
    for n in range(70):
        bench.catalogue.manifest("tau", min_seq=bench.say("tag", scan, tag=str(n)).last)
    manifest = bench.catalogue.manifest("tau")
    assert len(list((manifest.folder / "saying_fact").iterdir())) < 10
    assert bench.rows(f"select len(tags) from scan where scan_id = '{scan}'") == [(70,)]


def test_merged_subjects_stay_one_and_an_undo_parts_them(bench: Bench) -> None:
    bench.index(study(1), study(2))
    one, two = bench.ids("subject")
    merge = bench.say("merge", two, into=one).last
    assert bench.rows("select subject_id, n_sessions from subject") == [(one, 2)]
    bench.index([dicom(f"{ROOT}/later.dcm", "1.9", "1.9.1", patient_id="P-1.1-1"),
                 dicom(f"{ROOT}/later2.dcm", "1.8", "1.8.1", patient_id="P-1.2-1")])  # fmt: skip
    assert bench.rows("select subject_id, n_sessions from subject") == [(one, 4)]
    bench.say("undo", "", seq=merge)
    assert bench.rows("select n_sessions from subject") == [(2,), (2,)]


def test_split_sessions_are_a_subject_of_their_own_with_a_label_of_its_own(bench: Bench) -> None:
    bench.index([dicom(f"{ROOT}/{n}.dcm", f"1.{n}", f"1.{n}.1", patient_id="P12-9") for n in (1, 2, 3)])
    (subject,) = bench.ids("subject")
    session = bench.ids("session")[0]
    bench.say("split", subject, sessions=[session])
    assert bench.rows("select subject, n_sessions from subject order by subject") == [
        ("S001", 2),
        ("S002", 1),
    ]
    assert bench.rows(f"select subject from session where session_id = '{session}'") == [("S002",)]
    with pytest.raises(NotFound):
        bench.say("split", subject, sessions=[session])


def test_equal_labels_are_a_conflict_and_nothing_is_merged(bench: Bench) -> None:
    bench.index(study(1), study(2))
    one, two = bench.ids("subject")
    for subject in (one, two):
        bench.say("label", subject, label="S7")
    assert bench.rows("select ids from conflict where what = 'label'") == [([one, two],)]
    assert len(bench.ids("subject")) == 2


@pytest.mark.parametrize(
    ("verb", "about", "payload", "says"),
    [
        ("shout", "scan", {}, "nothing can be said with"),
        ("rating", "scan", {}, "needs quality"),
        ("rating", "scan", {"quality": "superb"}, "quality has no"),
        ("rating", "scan", {"quality": "unusable"}, "reason is not answered"),
        ("rating", "scan", {"quality": "unusable", "reason": "gloom"}, "reason has no"),
        ("rating", "scan", {"quality": "usable", "mood": "good"}, "mood is no item"),
        ("rating", "subj_aaaaaaaaaa", {"quality": "usable"}, "not said of"),
        ("tag", "scan_aaaaaaaaaa", {"tag": "x"}, "no scan"),
        ("undo", "", {"seq": 1}, "not a saying of a person"),
        ("undo", "", {"seq": 999}, "nothing was said"),
    ],
)
def test_what_cannot_be_said_is_refused_and_not_written(
    bench: Bench, scan: str, verb: str, about: str, payload: dict[str, object], says: str
) -> None:
    before = bench.catalogue.journal.last_seq
    with pytest.raises((BadInput, NotFound), match=says):
        bench.say(verb, scan if about == "scan" else about, **payload)
    assert bench.catalogue.journal.last_seq == before


def test_many_threads_may_speak_at_once(bench: Bench, scan: str) -> None:
    def speak(who: str) -> None:
        for n in range(10):
            bench.say("tag", scan, who=who, tag=f"{who}{n}")

    threads = [threading.Thread(target=speak, args=(who,)) for who in "abcd"]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        bench.catalogue.manifest("tau")
        time.sleep(0.01)
    assert bench.rows(f"select len(tags) from scan where scan_id = '{scan}'") == [(40,)]
    assert list(bench.catalogue.journal.problems()) == []


def test_as_things_were_at_a_moment(bench: Bench, scan: str) -> None:
    import duckdb

    from labarchive.catalogue import views

    bench.say("rating", scan, quality="usable")
    then = bench.catalogue.tick()
    bench.say("rating", scan, quality="unusable", reason="motion")
    bench.index(gone=[row["path"] for row in study(1)])
    kernel: duckdb.DuckDBPyConnection = bench.kernel()
    kernel.execute(f"create schema past; {views(then, base='main.', into='past.')}")
    now = kernel.sql("select quality, gone, count(*) from scan group by all order by all").fetchall()
    past = kernel.sql("select quality, gone, count(*) from past.scan group by all order by all").fetchall()
    assert past == [("unreviewed", False, 3), ("usable", False, 1)]
    assert sorted(row[1] for row in now) == [False, True, True] or sum(row[2] for row in now if row[1]) == 2
    assert kernel.sql("select count(*) from past.file").fetchall() == [(12,)]
    assert kernel.sql("select count(*) from past.gone").fetchall() == [(0,)]


def test_a_redacted_payload_is_nowhere_and_the_chain_holds(bench: Bench, scan: str) -> None:
    secret = "Erika Mustermann"
    seq = bench.say("note", scan, note=secret).last
    bench.catalogue.manifest("tau", min_seq=seq, lease="kernel")
    bench.catalogue.do("redact", seq=seq, reason="a name", who="ada")
    bench.catalogue.store.checkpoint()
    assert list(bench.catalogue.journal.problems()) == []
    assert bench.rows("select payload from saying where verb = 'note'") == [(None,)]
    assert json.loads(bench.rows("select payload from saying where verb = 'redact'")[0][0]) == {"seq": seq}
    for path in bench.home.path.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path.name
    assert bench.catalogue.do("fsck")["findings"] == []
