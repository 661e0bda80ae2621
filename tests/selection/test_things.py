"""Project, subject, session and scan: found by label or id, with their facts, header and history."""

import json

import pytest

from labarchive.errors import Ambiguous, BadInput, NotFound
from labarchive.selection import things
from labarchive.selection.archive import Archive
from labarchive.selection.scan import Scan
from tests.selection.conftest import HandMade


def test_narrowing_by_labels_ends_in_a_scan(archive: Archive) -> None:
    scan = archive["tau-pet"]["S004"]["baseline"]["T1w"]
    assert isinstance(scan, Scan)
    assert (scan.project, scan.subject, scan.session, scan.kind) == ("tau-pet", "S004", "baseline", "T1w")
    assert list(scan) == [scan] and len(scan) == 1
    assert scan.tr == 2300


def test_every_place_takes_a_stable_id(archive: Archive) -> None:
    scan = archive["tau-pet"]["S004"]["baseline"]["T1w"]
    tau = archive["tau-pet"]
    for place in (archive, tau, tau["S004"], tau["S004"]["baseline"], archive.scans, tau.sessions):
        assert place[scan.id] == scan
    assert archive[scan.session_id] == tau["S004"]["baseline"]
    assert archive[scan.subject_id] == tau["S004"]
    with pytest.raises(NotFound):
        tau["S005"][scan.id]
    with pytest.raises(NotFound):
        archive["stroke-ct"][scan.id]


def test_a_kind_comes_before_a_label(archive: Archive, tables: HandMade) -> None:
    session = archive["tau-pet"]["S001"]["baseline"]
    assert session["t1_mprage_sag"] == session["T1w"]
    tables.con.execute("update scan_fact set scan = 'T1w' where scan_id = ?", [session["FLAIR"].id])
    assert session["T1w"].kind == "T1w"


def test_several_answers_are_named(archive: Archive) -> None:
    session = archive["tau-pet"]["S001"]["baseline"]
    session["FLAIR"].correct(kind="T1w")
    archive.tables.con.execute("update scan_fact set kind = 'T1w' where scan_id = ?", [session["FLAIR"].id])  # type: ignore[attr-defined]
    with pytest.raises(
        Ambiguous, match=r"2 scans answer to 'T1w' in S001/baseline: .*scan_.*t1_mprage_sag.*scan_.*t2_flair"
    ):
        session["T1w"]


def test_what_is_not_there_says_what_is(archive: Archive) -> None:
    with pytest.raises(NotFound, match=r"no T2w in S001/baseline: .*T1w"):
        archive["tau-pet"]["S001"]["baseline"]["T2w"]
    with pytest.raises(NotFound, match="no tau in the archive"):
        archive["tau"]


def test_tab_completes_labels(archive: Archive) -> None:
    tau = archive["tau-pet"]
    assert archive._ipython_key_completions_() == ["stroke-ct", "tau-pet"]
    assert "S001" in tau._ipython_key_completions_()
    assert {"T1w", "t2_flair"} <= set(tau["S001"]["baseline"]._ipython_key_completions_())


def test_who_speaks_sees_it_in_the_next_line(archive: Archive) -> None:
    scan = archive["tau-pet"]["S001"]["baseline"]["T1w"]
    same = archive[scan.id]
    scan.rate("unusable", reason="motion")
    assert (scan.quality, scan.quality_reason) == ("unusable", "motion")
    assert same.quality == "unusable"
    assert [row["verb"] for row in scan.history()] == ["rating"]


def test_undo_takes_back_the_last_thing_all_of_it(archive: Archive) -> None:
    t1 = archive["tau-pet"].scans(kind="T1w")
    t1[0].rate("questionable", reason="noise")
    t1.rate("usable")
    archive.undo()
    assert len(t1(usable=True)) == 0
    assert t1[0].quality == "questionable"
    archive.undo()
    assert t1[0].quality == "unreviewed"
    with pytest.raises(NotFound, match="nothing of yours to undo"):
        archive.undo()


def test_a_receipt_can_be_undone(archive: Archive) -> None:
    scan = archive.scans[0]
    said = scan.tag("pilot")
    assert scan.tags == ["pilot"]
    assert repr(said) == f"said tag pilot about {scan.id}; .undo() takes it back"
    said.undo()
    assert scan.tags == []


def test_a_saying_about_a_session_is_not_about_its_scans(archive: Archive, tables: HandMade) -> None:
    session = archive["tau-pet"]["S001"]["baseline"]
    session.tag("pilot")
    session.note("fell asleep")
    assert [saying.about for saying in tables.said] == [session.id] * 2
    session.rate("usable")  # a rating is about scans
    assert {saying.about for saying in tables.said[2:]} == set(session.ids)


def test_wrong_sayings_are_refused_before_anything_is_said(archive: Archive, tables: HandMade) -> None:
    scan = archive.scans[0]
    for wrong in (
        lambda: scan.rate("good"),
        lambda: scan.tag("  "),
        lambda: scan.correct(),
        lambda: scan.correct(kind="T1w", label="x"),
        lambda: archive["tau-pet"].rate("usable"),
        lambda: archive["tau-pet"]["S001"].correct(kind="T1w"),
        lambda: archive["tau-pet"]["S001"].merge(archive["stroke-ct"]["S011"]),
        lambda: archive.conflicts.tag("x"),
    ):
        with pytest.raises(BadInput):
            wrong()
    assert tables.said == []


def test_a_saying_about_nothing_says_so(archive: Archive, tables: HandMade) -> None:
    assert "about nothing" in repr(archive.scans(kind="none").rate("usable"))
    assert tables.said == []


def test_merge_and_split_name_the_sessions(archive: Archive, tables: HandMade) -> None:
    tau = archive["tau-pet"]
    tau["S001"].merge(tau["S002"], reason="one person")
    tau["S003"].split(tau["S003"]["m06"])
    merge, split = tables.said
    assert (merge.verb, merge.about, merge.payload["into"]) == ("merge", tau["S002"].id, tau["S001"].id)
    assert (split.verb, split.payload["sessions"]) == ("split", [tau["S003"]["m06"].id])
    with pytest.raises(BadInput):
        tau["S003"].split(tau["S004"]["m06"])


HEADER = {
    "00180081": {"vr": "DS", "Value": [2.98]},
    "00080008": {"vr": "CS", "Value": ["ORIGINAL", "PRIMARY"]},
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "<b>Doe^Jane"}]},
    "00081140": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["1.2"]}}]},
    "00191001": {"vr": "OB", "length": 4000, "sha256": "ab"},
    "00180050": {"vr": "DS"},
}


def test_the_header_is_read_by_keyword_or_tag(archive: Archive, tables: HandMade) -> None:
    scan = archive.scans[0]
    with pytest.raises(NotFound, match="is not in the catalogue"):
        _ = scan.header
    tables.con.execute("insert into header values (?, ?, ?)", [scan.project, scan.id, json.dumps(HEADER)])
    header = scan.header
    assert header["EchoTime"] == header["0018,0081"] == header["(0018, 0081)"] == header["00180081"] == 2.98
    assert header["ImageType"] == ["ORIGINAL", "PRIMARY"]
    assert header["PatientName"] == "<b>Doe^Jane"
    assert header["ReferencedImageSequence"][0]["ReferencedSOPInstanceUID"] == "1.2"
    assert header["00191001"]["length"] == 4000
    assert header["SliceThickness"] is None
    assert "EchoTime" in header and "FlipAngle" not in header and 3 not in header
    assert dict(header)["EchoTime"] == 2.98
    with pytest.raises(NotFound, match="did you mean EchoTime"):
        header["EchoTimes"]
    assert len(repr(header).splitlines()) <= 8
    assert "<b>" not in header._repr_html_()


def test_headers_of_every_instance_by_uid(archive: Archive, tables: HandMade) -> None:
    scan = archive.scans[0]
    tables.con.execute(
        "insert into instance_header values (?, ?, '1.5', ?)", [scan.project, scan.id, json.dumps(HEADER)]
    )
    assert scan.headers()["1.5"]["EchoTime"] == 2.98


def test_files_in_the_order_of_instances_with_odd_names_kept(archive: Archive, tables: HandMade) -> None:
    scan = archive.scans[0]
    odd = b"/nas/caf\xe9\n.dcm"
    for number, (path, exact) in enumerate([("/nas/b.dcm", None), ("/nas/caf\\xe9\\x0a.dcm", odd)]):
        tables.con.execute(
            "insert into file values (?,?,?,?,'ok','','dicom',10,1,'1',?)",
            [scan.project, scan.id, path, exact, 2 - number],
        )
    import os

    assert [os.fsencode(path) for path in scan.paths] == [odd, b"/nas/b.dcm"]
    assert len(scan.files) == 2
    assert len(archive.files(kind=scan.kind)) == 2
    assert scan.files(status="damaged").ids == []


def test_as_it_was_is_another_archive(archive: Archive) -> None:
    then = archive.at("2026-03-01")
    assert then.when is not None and then.when.isoformat().startswith("2026-03-0")
    assert "as it was" in repr(then)


def test_many_are_tagged_without_reading_any_of_them_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans = list(archive["tau-pet"].scans(kind="T1w"))
    asked: list[str] = []
    monkeypatch.setattr(things, "rows", lambda tables, sql, *values: asked.append(sql))
    for scan in scans:
        scan.tag("pilot")  # each moves the tables on
    assert len(scans) == 20
    assert asked == []
