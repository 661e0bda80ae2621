"""protocol.toml is read whole or refused with the place that is wrong; a first one is made of what is there."""

import tomllib

import pytest

from labarchive.errors import BadInput
from labarchive.protocols import Seen, draft, planned, read

GOOD = """
anchor = "enrolment.date"
[visit.baseline]
needs = { T1w = 1, bold = 2 }
forms = ["nihss"]
called = ["BL", "V01"]
[visit."6 months"]
day = 180
window = [159, 201]
[limit.T1w]
tr = 2300
te = [2.9, 3.0]
model = "Prisma"
SoftwareVersions = ["syngo MR E11", "syngo MR XA30"]
exclude = ["tr"]
[limit.T1w.scanner.MRC35131]
tr = 2400
"""


def test_visits_and_limits_are_rows() -> None:
    found = read(GOOD)
    first, second = found["visits"]
    assert (first["day"], first["low"], first["high"], first["place"]) == (0, 0, 0, 0)
    assert first["called"] == ["baseline", "bl", "v01"]
    assert first["needs"] == [{"kind": "T1w", "n": 1}, {"kind": "bold", "n": 2}]
    assert (second["visit"], second["day"], second["low"], second["high"]) == ("6 months", 180, 159, 201)
    limits = {(each["parameter"], each["scanner"]): each for each in found["limits"]}
    assert (limits["tr", ""]["low"], limits["tr", ""]["high"]) == pytest.approx((2297.7, 2302.3))
    assert (limits["te", ""]["low"], limits["te", ""]["high"]) == (2.9, 3.0)
    assert limits["model", ""]["allowed"] == ["Prisma"]
    assert limits["SoftwareVersions", ""]["tag"] == "00181020"
    assert limits["tr", ""]["verdict"] == limits["tr", "MRC35131"]["verdict"] == "exclude"
    assert limits["te", ""]["verdict"] == "warn"
    assert (found["anchor"], found["withdrawn"]) == ("enrolment.date", "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("visit = 3", "visit is no table"),
        ("[visit.a", "no TOML"),
        ("", "plans nothing"),
        ("[visits.a]\nday = 0", "has no 'visits'"),
        ("[visit.a]\n[visit.b]\nneeds = {T1w = 1}", "visit b: day is None"),
        ("[visit.a]\nday = 1.5", "day is 1.5"),
        ("[visit.a]\nday = 10\nwindow = [0, 5]", "day 10 is not in its window"),
        ("[visit.a]\nwindow = [5, 0]", r"window is \[5, 0\]"),
        ("[visit.a]\nneeds = {T1w = 0}", "needs T1w = 0"),
        ("[visit.a]\nneeds = {T1w = true}", "needs T1w = True"),
        ('[visit.a]\nforms = "nihss"', "forms is 'nihss'"),
        ('[visit.a]\n[visit.b]\nday = 9\ncalled = ["A"]', "two visits are called 'a'"),
        ("[limit.T1w]\ntr = true", "tr is True"),
        ("[limit.T1w]\nnonsense = 3", "no column and no DICOM keyword"),
        ('[limit.T1w]\ntr = 3\nexclude = ["te"]', "exclude names 'te'"),
        ("[limit.T1w]\ntr = [1, 2, 3]", r"tr is \[1, 2, 3\]"),
        ("[limit.T1w.scanner]\nPrisma = 3", "scanner Prisma is no table"),
        ('anchor = "soon"\n[visit.a]', "anchor is 'soon'"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as error:
        read(text)
    assert error.value.hint


def test_what_is_no_text_is_no_protocol() -> None:
    with pytest.raises(BadInput, match="no protocol"):
        planned({"text": ["[visit.a]"]})
    with pytest.raises(BadInput, match="no protocol"):
        planned({"text": "#" * 300_000})


def scans(*kinds: str, tr: float = 2300.0) -> list[dict[str, object]]:
    return [
        {"kind": kind, "tr": tr, "te": 3.0, "flip_angle": None, "rows": 256, "columns": 240} for kind in kinds
    ]


def test_a_draft_is_a_protocol_of_what_is_there() -> None:
    """Two names of one visit are joined, a rare kind and a rare label are left out, a setting that most have is a limit."""
    sessions = [Seen(f"S{n}", "baseline", 0, scans("T1w", "FLAIR", "localizer")) for n in range(20)]
    sessions += [Seen(f"S{n}", "m06" if n % 3 else "V02", 178 + n, scans("T1w")) for n in range(12)]
    sessions += [Seen("S0", "rescan", 3, scans("PT")), Seen("S1", "", 9, scans("CT"))]
    sessions[0] = Seen("S0", "baseline", 0, scans("T1w", "FLAIR", "PT", tr=2400.0))
    found = read(draft(sessions))
    assert [(visit["visit"], visit["called"], visit["day"]) for visit in found["visits"]] == [
        ("baseline", ["baseline"], 0),
        ("rescan", ["rescan"], 3),
        ("m06", ["m06", "v02"], 184),
    ]
    assert [need["kind"] for need in found["visits"][0]["needs"]] == ["FLAIR", "T1w"]
    limits = {(each["kind"], each["parameter"]) for each in found["limits"]}
    assert ("T1w", "tr") in limits
    assert ("localizer", "tr") not in limits


def test_a_draft_of_undated_sessions_has_them_in_the_order_of_their_names() -> None:
    sessions = [Seen(f"S{n}", name, None, scans("T1w")) for n in range(4) for name in ("v2", "v1", 'v "3"')]
    text = draft(sessions)
    assert [visit["visit"] for visit in read(text)["visits"]] == ['v "3"', "v1", "v2"]
    assert [visit["day"] for visit in tomllib.loads(text)["visit"].values()] == [0, 1, 2]
    assert draft([]) == ""
