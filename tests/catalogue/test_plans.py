"""What a study plans beside what came: which session is which visit, what became of each, and which settings differ."""

from datetime import date, timedelta
from typing import Any

import pytest

from labarchive.catalogue.verbs import do
from labarchive.errors import BadInput
from tests.catalogue.conftest import ROOT, Bench, dicom

TODAY = date.today()


def visit(subject: str, label: str, ago: int, *kinds: str, **words: Any) -> list[dict[str, Any]]:
    """A session so many days ago, with a series of each kind."""
    day = (TODAY - timedelta(days=ago)).strftime("%Y%m%d")
    names = {"T1w": "t1_mprage_sag", "FLAIR": "t2_flair_tra"}
    settings = {"T1w": {}, "FLAIR": {"tr": 9000.0, "te": 120.0, "ti": 2500.0, "flip_angle": 150.0}}
    return [
        dicom(
            f"{ROOT}/{subject}/{label}/{n}/1.dcm", f"1.{subject[1:]}.{ago}", f"1.{subject[1:]}.{ago}.{n}",
            study_date=day, patient_id=f"P{subject}", description=names[kind], number=n, **{**settings[kind], **words},
        )
        for n, kind in enumerate(kinds, 1)
    ]  # fmt: skip


def plan(bench: Bench, text: str) -> None:
    bench.say("protocol", bench.ids("project")[0], text=text)


VISITS = """
[visit.baseline]
window = [-7, 7]
needs = { T1w = 1, FLAIR = 1 }
forms = ["nihss"]
[visit.m06]
day = 180
window = [160, 200]
needs = { T1w = 1 }
called = ["V02"]
[visit.m12]
day = 365
window = [335, 395]
needs = { T1w = 1 }
"""


def label(bench: Bench, subject: str, names: list[str]) -> None:
    """Call the sessions of a subject, in the order of their days."""
    rows = bench.rows(f"select session_id from session where subject = '{subject}' order by acquired")
    for (session,), name in zip(rows, names, strict=True):
        if name:
            bench.say("label", session, label=name)


def subjects(bench: Bench) -> list[str]:
    return [row[0] for row in bench.rows("select subject from subject order by subject_id")]


def status(bench: Bench, subject: str) -> dict[tuple[str, str], str]:
    rows = bench.rows(
        f"select visit, coalesce(kind, form), status from visit_status where subject = '{subject}' order by place"
    )
    return {(name, what): said for name, what, said in rows}


def name_of(bench: Bench, study: str) -> str:
    """The label of the subject whose study this is."""
    return str(bench.rows(f"select subject from session where study_uid = '{study}'")[0][0])


def test_a_session_is_its_labels_visit_else_the_one_whose_window_it_is_in_else_the_nearest(
    bench: Bench,
) -> None:
    bench.index(
        visit("S1", "a", 400, "T1w", "FLAIR") + visit("S1", "b", 215, "T1w") + visit("S1", "c", 20, "T1w"),
        visit("S2", "a", 300, "T1w") + visit("S2", "b", 91, "T1w") + visit("S2", "c", 100, "T1w"),
    )
    one, two = name_of(bench, "1.1.400"), name_of(bench, "1.2.300")
    label(bench, one, ["baseline", "", "v02"])
    label(bench, two, ["", "", ""])
    plan(bench, VISITS)
    rows = bench.rows("select subject, visit, came, off, due from visit order by subject, place")
    days = {(subject, name): (came and (TODAY - came).days, off) for subject, name, came, off, _ in rows}
    assert days[one, "baseline"] == (400, 0)
    assert days[one, "m06"] == (20, 180)  # its label says so, although it came 180 days after the window
    assert days[one, "m12"] == (None, None)  # the session at day 185 is nearest to m06, which is taken
    assert days[two, "baseline"] == (300, 0)
    assert days[two, "m06"] == (100, 0)  # both lie at the edges of the window; one is in it
    due = {(subject, name): (TODAY - when).days for subject, name, _, _, when in rows}
    assert due[one, "m06"] == 220


def test_what_becomes_of_each_visit(bench: Bench) -> None:
    bench.index(
        visit("S1", "a", 380, "T1w", "FLAIR") + visit("S1", "b", 200, "T1w"),
        visit("S2", "a", 380, "T1w") + visit("S2", "b", 170, "T1w"),
        visit("S3", "a", 30, "T1w", "FLAIR"),
        visit("S4", "a", 700, "T1w", "FLAIR"),
    )
    one, two, three, four = (
        name_of(bench, f"1.{n}.{ago}") for n, ago in ((1, 380), (2, 380), (3, 30), (4, 700))
    )
    plan(bench, VISITS)
    first = {
        row[0]: row[1]
        for row in bench.rows(
            f"select kind, scan_id from scan where subject = '{one}' order by acquired desc"
        )
    }
    bench.say("rating", first["T1w"], quality="usable")
    bench.say("rating", first["FLAIR"], quality="unusable", reason="motion")
    assert status(bench, one) == {
        ("baseline", "T1w"): "usable", ("baseline", "FLAIR"): "unusable", ("baseline", "nihss"): "missing",
        ("m06", "T1w"): "unreviewed", ("m12", "T1w"): "due",
    }  # fmt: skip
    assert status(bench, two)["baseline", "FLAIR"] == "missing"
    assert bench.rows(f"select off from visit where subject = '{two}' and visit = 'm06'") == [(10,)]
    assert status(bench, three)["m06", "T1w"] == "later"
    assert status(bench, four)["m12", "T1w"] == "missed"
    bench.say("rating", first["T1w"], quality="questionable", reason="noise")
    assert status(bench, one)["baseline", "T1w"] == "questionable"


def test_day_0_and_the_end_come_from_a_form(bench: Bench) -> None:
    bench.home.forms.mkdir(parents=True, exist_ok=True)
    form = '[[item]]\nname = "date"\ntype = "date"\n[[item]]\nname = "left"\ntype = "date"\n'
    (bench.home.forms / "enrolment.toml").write_text(
        f'name = "enrolment"\nversion = 1\nlevel = "subject"\n{form}'
    )
    bench.index(visit("S1", "a", 300, "T1w"), visit("S2", "a", 300, "T1w"))
    one, two = name_of(bench, "1.1.300"), name_of(bench, "1.2.300")
    plan(bench, f'anchor = "enrolment.date"\nwithdrawn = "enrolment.left"\n{VISITS}')
    assert status(bench, one)["m12", "T1w"] == "undated"
    ids = dict(bench.rows("select subject, subject_id from subject"))
    begun = (TODAY - timedelta(days=480)).isoformat()
    bench.say("entry", ids[one], form="enrolment", answers={"date": begun})
    bench.say(
        "entry",
        ids[two],
        form="enrolment",
        answers={"date": begun, "left": (TODAY - timedelta(days=250)).isoformat()},
    )
    assert status(bench, one)["m06", "T1w"] == "unreviewed"  # 180 days after enrolment
    assert status(bench, one)["m12", "T1w"] == "missed"
    assert status(bench, two)["m12", "T1w"] == "withdrawn"


def test_settings_that_are_not_as_planned_and_since_when(bench: Bench) -> None:
    series = [
        (500, 2300.0, "A"),
        (400, 2300.0, "A"),
        (300, 2400.0, "A"),
        (200, 2400.0, "A"),
        (100, 2300.0, "B"),
    ]
    bench.index(
        *(
            visit(f"S{n}", "a", ago, "T1w", tr=tr, station=station, manufacturer="SIEMENS")
            for n, (ago, tr, station) in enumerate(series, 1)
        )
    )
    plan(
        bench,
        '[limit.T1w]\ntr = 2300\nte = [2.8, 3.0]\nmanufacturer = ["GE", "SIEMENS"]\nexclude = ["tr"]\n[limit.T1w.scanner.B]\ntr = 2500',
    )
    rows = bench.rows(
        "select parameter, value, planned, verdict, scanner, acquired, since from deviation order by acquired"
    )
    assert [(row[0], row[1], row[2], row[3], row[4]) for row in rows] == [
        ("tr", "2400", "2300", "exclude", "A"), ("tr", "2400", "2300", "exclude", "A"), ("tr", "2300", "2500", "exclude", "B"),
    ]  # fmt: skip
    assert [(TODAY - row[6].date()).days for row in rows] == [300, 300, 100]
    assert bench.rows("select count(*) from compliance where not deviates") == [(2 + 5 + 5,)]


def test_a_protocol_is_said_and_taken_back_and_the_past_keeps_its_own(bench: Bench) -> None:
    bench.index(visit("S1", "a", 30, "T1w"))
    project = bench.ids("project")[0]
    bench.say("protocol", project, text="[visit.one]")
    second = bench.say("protocol", project, text="[visit.two]").last
    assert bench.rows("select visit from planned_visit") == [("two",)]
    bench.say("undo", "", seq=second)
    assert bench.rows("select visit from planned_visit") == [("one",)]
    with pytest.raises(BadInput, match="day is None"):
        bench.say("protocol", project, text="[visit.one]\n[visit.two]")
    bench.again()
    assert bench.rows("select text, anchor, who from protocol") == [("[visit.one]", "first", "ada")]
    do(bench.catalogue, "rebuild", {})
    assert bench.rows("select visit from planned_visit") == [("one",)]


def test_who_did_not_rate_a_scan_settles_what_two_say_of_it(bench: Bench) -> None:
    bench.index(visit("S1", "a", 30, "T1w"))
    scan = bench.ids("scan")[0]

    def quality() -> Any:
        return bench.rows("select quality, quality_by from scan")[0]

    bench.say("rating", scan, quality="unusable", reason="motion", who="ada")
    bench.say("rating", scan, quality="usable", who="bo")
    with pytest.raises(BadInput, match="rated this scan yourself"):
        bench.say("rating", scan, quality="usable", settles=True, who="bo")
    settled = bench.say("rating", scan, quality="questionable", reason="motion", settles=True, who="cy").last
    assert quality() == ("questionable", "cy")
    bench.say("undo", "", seq=settled)
    assert quality() == ("unusable", "ada")
    bench.say("rating", scan, quality="usable", settles=True, who="cy")
    bench.say(
        "rating", scan, quality="unusable", reason="ghost", who="dee"
    )  # somebody looks anew: it is open again
    assert quality() == ("unusable", "dee")
    with pytest.raises(BadInput, match="neither true nor false"):
        bench.say("rating", scan, quality="usable", settles="yes")
