"""rate, correct, tag, untag, note and undo: about ids, paths and filter words."""

import json
from typing import Any

from tests.selection.conftest import HandMade


def test_a_rating_by_id_by_path_and_by_words(run: Any) -> None:
    scan = json.loads(run("show", "tau-pet/S001/baseline/T1w", "--json").out)["scan_id"]
    done = run("rate", scan, "unusable", "--reason", "motion")
    assert done.code == 0
    assert done.out == f"said unusable about {scan}; labarchive undo takes it back\n"
    run("rate", "tau-pet/S002/baseline/T1w", "unusable", "--reason", "motion")
    said = json.loads(
        run("rate", "kind=FLAIR", "session=m06", "usable", "--project", "tau-pet", "--json").out
    )
    assert said["said"] == 10 and len(said["seq"]) == 10 and len(said["about"]) == 10
    rows = json.loads(run("find", "scans", "-quality=unreviewed", "--json").out)
    assert sorted(row["quality"] for row in rows) == ["unusable"] * 2 + ["usable"] * 10
    run("undo")
    assert len(json.loads(run("find", "scans", "-quality=unreviewed", "--json").out)) == 2


def test_tags_notes_and_corrections(run: Any, tables: HandMade) -> None:
    run("tag", "tau-pet/S001", "pilot")
    run("untag", "tau-pet/S001", "pilot")
    run("note", "tau-pet/S001/m06", "-te=80 was set by hand")
    run("correct", "tau-pet/S001/m06/T1w", "--kind", "FLAIR", "--reason", "seen")
    run("correct", "tau-pet/S001/m06", "--label", "m07")
    said = [(saying.verb, dict(saying.payload)) for saying in tables.said]
    assert said == [
        ("tag", {"tag": "pilot"}),
        ("untag", {"tag": "pilot"}),
        ("note", {"note": "-te=80 was set by hand"}),
        ("kind", {"kind": "FLAIR", "reason": "seen"}),
        ("label", {"label": "m07", "reason": ""}),
    ]


def test_undo_of_nothing_is_not_found(run: Any) -> None:
    assert run("undo").code == 3
    assert run("undo", "412").code == 3
    assert run("undo", "x").code == 2


def test_an_unknown_quality_names_the_known(run: Any) -> None:
    done = run("rate", "tau-pet/S001/baseline/T1w", "good")
    assert done.code == 2
    assert "usable" in done.err
