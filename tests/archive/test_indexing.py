"""From folders to a catalogue, with real processes: runs, stops, resumes, and the second pass."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

import labarchive
from labarchive.archive import Archive, roots
from labarchive.archive.indexed import Indexed
from labarchive.archive.indexing import index
from labarchive.archive.progress import Line, here, sentence
from labarchive.archive.second_pass import read_headers
from labarchive.errors import BadInput, NotFound
from labarchive.settings import Home
from tests.archive.conftest import stopped


def write_slice(path: Path, series: int, number: int) -> None:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", f"1.9.{series}.{number}"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.9", f"1.9.{series}"
    dataset.Modality, dataset.PatientID, dataset.SeriesNumber = "MR", "P1", series
    dataset.InstanceNumber, dataset.EchoTime, dataset.RepetitionTime = number, 2.9, 2300
    dataset.SeriesDescription, dataset.Rows, dataset.Columns = "t1_mprage", 2, 2
    dataset.BitsAllocated, dataset.PixelData = 16, bytes(8)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two series of three slices, an empty file and a text."""
    folder = tmp_path / "nas"
    for series in (1, 2):
        for number in (1, 2, 3):
            write_slice(folder / f"s{series}" / f"{number}.dcm", series, number)
    (folder / "empty.dcm").touch()
    (folder / "notes.txt").write_text("nothing")
    return folder


@pytest.fixture
def archive(home: Home) -> Iterator[Archive]:
    opened = labarchive.open(home.path)
    yield opened
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            ours = os.fsencode(home.path) in place.read_bytes().split(b"\0")
        except OSError:
            continue
        if ours:
            stopped(int(place.parent.name))


def test_a_folder_becomes_scans_and_every_instance_its_header(archive: Archive, tree: Path) -> None:
    done = archive.index(tree, project="tau")
    assert (done["files"], done["ok"], done["new"], done["complete"]) == (8, 6, 8, True)
    assert {
        "empty",
        "not_imaging",
        "damaged",
        "unreadable",
        "changed",
        "gone",
        "seconds",
        "startup_seconds",
    } <= set(done)
    assert "8 files of tau" in repr(done)
    assert len(archive["tau"].scans) == 2
    for _ in range(200):
        if archive.sql("select min(header_complete) from scan").fetchall() == [(1.0,)]:
            break
        time.sleep(0.1)
    rows = archive.sql("select sop_uid, header from instance_header").fetchall()
    assert len(rows) == 6
    for uid, header in rows:
        _, _, series, number = uid.split(".")
        whole = json.loads(
            pydicom.dcmread(tree / f"s{series}" / f"{number}.dcm", stop_before_pixels=True).to_json()
        )
        kept = {tag: each for tag, each in json.loads(header).items() if not tag.startswith(("0002", "7FE0"))}
        assert kept == whole


def test_only_what_changed_is_read_again(home: Home, archive: Archive, tree: Path) -> None:
    index(home, [tree], "tau", headers=False)
    again = index(home, [tree], "tau", headers=False)
    assert (again["files"], again["new"], again["changed"], again["gone"]) == (8, 0, 0, 0)
    write_slice(tree / "s2" / "4.dcm", 2, 4)
    (tree / "s1" / "1.dcm").unlink()
    last = index(home, [tree], "tau", headers=False)
    assert (last["new"], last["changed"], last["gone"]) == (1, 0, 1)


def test_a_quick_run_loses_nothing_in_a_folder_that_was_young_below_an_old_one(
    tree: Path, home: Home
) -> None:
    """Studies were copied into an old folder a second before they were indexed."""
    os.utime(tree, ns=(0, 0))
    assert index(home, [tree], "tau", headers=False)["new"] == 8
    os.utime(tree, ns=(0, 0))
    done = index(home, [tree], "tau", quick=True, headers=False)
    assert (done["gone"], done["files"]) == (0, 8)
    (tree / "s1" / "2.dcm").unlink()
    assert index(home, [tree], "tau", quick=True, headers=False)["gone"] == 1


def test_a_quick_run_looks_where_folders_changed(
    home: Home, archive: Archive, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roots, "RACY", 0)
    index(home, [tree], "tau", headers=False)
    time.sleep(0.02)
    write_slice(tree / "s2" / "4.dcm", 2, 4)
    done = index(home, [tree], "tau", quick=True, headers=False)
    assert (done["new"], done["gone"], done["quick"]) == (1, 0, True)


def test_bad_folders_are_refused_before_anything_is_begun(archive: Archive, tree: Path) -> None:
    with pytest.raises(NotFound, match="no-such-folder"):
        archive.index(tree / "no-such-folder", project="tau")
    with pytest.raises(BadInput):
        archive.index(project="tau")
    with pytest.raises(BadInput, match="name a project"):
        archive.index(tree, project="a/b")
    with pytest.raises(BadInput, match="past"):
        archive.at("2026-01-01").index(tree, project="tau")
    assert archive.tables.owner.projects() == []


def many(tree: Path, n: int) -> None:
    for number in range(10, n):
        shutil.copy(tree / "s1" / "1.dcm", tree / "s1" / f"{number}.dcm")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_indexer_is_resumed(home: Home, archive: Archive, tree: Path, how: signal.Signals) -> None:
    many(tree, 3000)
    indexer = subprocess.Popen(
        [sys.executable, "-m", "labarchive.archive", "--home", str(home.path), "index", str(tree),
         "--project", "tau", "--json-progress"], stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert indexer.stdout
    indexer.stdout.readline()
    indexer.send_signal(how)
    out = indexer.communicate(timeout=60)[0].splitlines()
    if how == signal.SIGINT:
        assert not json.loads(out[-1])["summary"]["complete"]
    done = index(home, [tree], "tau", headers=False)
    assert done["complete"]
    assert done["files"] == 2998
    assert archive.tables.owner.hello()["work"] == [] or done["project"] == "tau"


def test_the_owner_may_be_killed_under_an_indexer(home: Home, archive: Archive, tree: Path) -> None:
    many(tree, 3000)
    killed: list[int] = []

    def kill(done: int, found: int) -> None:
        if not killed:
            killed.append(archive.tables.owner.hello()["pid"])
            stopped(killed[0], signal.SIGKILL)

    done = index(home, [tree], "tau", progress=kill, headers=False)
    assert killed
    assert (done["files"], done["complete"]) == (2998, True)


def test_the_second_pass_goes_on_where_it_was_stopped(home: Home, archive: Archive, tree: Path) -> None:
    index(home, [tree], "tau", headers=False)
    assert read_headers(home, "tau")["headers"] == 6
    assert read_headers(home, "tau")["headers"] == 0
    write_slice(tree / "s2" / "4.dcm", 2, 4)
    index(home, [tree], "tau", headers=False)
    assert read_headers(home, "tau")["headers"] == 1
    archive.tables.refresh()
    assert archive.sql("select count(*) from instance_header").fetchall() == [(7,)]


def test_progress_says_how_many_how_fast_and_how_long() -> None:
    seen: list[str] = []
    clock = iter((0.0, 0.1, 1.0, 9.0)).__next__
    line = Line(seen.append, clock)
    for done in (10, 100, 900):
        line(done, 1000)
    assert seen == [sentence(100, 1000, 1.0), sentence(900, 1000, 9.0)]
    assert "100 a second, about 9 s left" in seen[0]


def test_a_script_that_imports_jupyter_s_words_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert here() is None


def test_a_stopped_run_says_how_to_go_on() -> None:
    words = dict.fromkeys(
        ("files", "ok", "not_imaging", "empty", "damaged", "unreadable", "new", "changed", "gone"), 1
    )
    assert "index again" in repr(Indexed(words | {"project": "tau", "seconds": 1.0, "complete": False}))  # type: ignore[operator]
