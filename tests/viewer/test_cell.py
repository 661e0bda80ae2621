"""What the widget of a cell holds: ids and labels, and no picture; its cost when nobody looks."""

import subprocess
import sys

import pytest

from labarchive.errors import BadInput
from labarchive.viewer import MOST, Shown, in_cell
from tests.selection.conftest import archive, tables  # noqa: F401

from labarchive.selection.archive import Archive  # isort: skip


def test_it_tells_the_page_ids_and_labels() -> None:
    view = in_cell([Shown("tau", "scan_a", "S1/m06/T1w", "usable", "MR", "DICOM")], 3, 1)
    state = view.get_state()
    told = {"project": "tau", "id": "scan_a", "path": "S1/m06/T1w", "quality": "usable", "modality": "MR", "format": "DICOM"}  # fmt: skip
    assert state["scans"] == [told]
    assert state["manner"] == "mosaics"
    assert (state["left_out"], state["columns"]) == (3, 1)
    assert repr(view) == "1 scan, as pictures in Jupyter"
    assert "render" in state["_esm"]


def test_a_selection_of_any_level_is_looked_at_by_its_scans(archive: Archive) -> None:  # noqa: F811
    tau = archive["tau-pet"]
    scans = tau.scans(kind="T1w")
    assert [each["id"] for each in scans.view().get_state()["scans"]] == scans.ids[:MOST]
    subject = tau.subjects[0]
    assert len(subject.view(columns=2).get_state()["scans"]) == len(subject.scans)
    assert len(scans[0].view().get_state()["scans"]) == 1


def test_volumes_over_one_scan_and_side_by_side(archive: Archive) -> None:  # noqa: F811
    t1, flair = archive.scans(kind="T1w"), archive.scans(kind="FLAIR")
    over = flair[:2].view(over=t1[0]).get_state()
    assert [each["id"] for each in over["scans"]] == [*t1[:1].ids, *flair[:2].ids]
    assert over["manner"] == "over"
    beside = t1[:3].view(beside=True).get_state()
    assert ([each["id"] for each in beside["scans"]], beside["manner"]) == (t1[:3].ids, "beside")
    for wrong, says in (
        (lambda: t1.view(over=flair[:2]), "laid over one scan"),
        (lambda: t1[:2].view(over=flair[0], beside=True), "laid over one scan"),
        (lambda: archive.scans[:5].view(beside=True), "5 volumes at once"),
    ):
        with pytest.raises(BadInput, match=says):
            wrong()


def test_what_cannot_be_shown_says_why(archive: Archive) -> None:  # noqa: F811
    for columns in (0, 13):
        with pytest.raises(BadInput, match=f"{columns} columns"):
            archive.scans.view(columns)
    with pytest.raises(BadInput, match="there is no scan"):
        archive.scans(kind="none").view()


def test_who_does_not_look_imports_no_widget() -> None:
    code = "import labarchive, sys; assert not {'anywidget', 'traitlets', 'ipywidgets'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
