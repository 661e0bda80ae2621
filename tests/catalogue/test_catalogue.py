"""From index runs to tables that a kernel reads."""

from pathlib import Path

import pyarrow as pa
import pytest

from labarchive.catalogue import Catalogue
from labarchive.errors import BadInput, Busy, NotFound
from tests.catalogue.conftest import ROOT, Bench, dicom, nifti, study


def test_a_run_becomes_scans_sessions_and_subjects(bench: Bench) -> None:
    summary = bench.index(study(1), study(2))
    assert (summary.files, summary.ok, summary.new, summary.changed, summary.gone) == (12, 12, 12, 0, 0)
    assert bench.rows("select count(*), sum(n_files) from scan") == [(4, 12)]
    assert bench.rows(
        "select n_sessions, n from (select n_sessions, count(*) n from subject group by all)"
    ) == [(1, 2)]
    scan = bench.rows(
        "select subject, session, kind, voxel, acquired::varchar, format from scan where number = 1"
    )[0]
    assert scan[2:] == ("T1w", (1.0, 1.0, 1.2), "2026-01-02 10:15:00", "DICOM")


def test_a_part_sent_twice_is_taken_once(bench: Bench) -> None:
    run = bench.catalogue.begin("tau", "index", [ROOT]).run
    for _ in range(2):
        bench.catalogue.observe(run, 1, "files", pa.Table.from_pylist(study(1)))
    assert bench.catalogue.known(run).num_rows == 6
    assert bench.catalogue.finish(run).new == 6
    assert bench.catalogue.finish(run).new == 6  # a finish that is asked for again answers the same


def test_the_second_pass_makes_the_whole_disk_no_root_of_the_project(bench: Bench) -> None:
    bench.index(study(1))
    run = bench.catalogue.begin("tau", "headers", ["/"]).run
    header = {
        "header_key": "1.1.1",
        "study_uid": "1.1",
        "series_uid": "1.1.1",
        "path": f"{ROOT}/study1/s1/1.dcm",
        "header": "{}",
    }
    bench.catalogue.observe(run, 1, "headers", pa.Table.from_pylist([header]))
    bench.catalogue.finish(run)
    assert bench.rows("select count(*) from header") == [(1,)]
    assert bench.catalogue.roots("tau") == [ROOT]


def test_files_that_are_not_images_have_rows_and_no_scan(bench: Bench) -> None:
    junk = {
        "path": f"{ROOT}/notes.txt",
        "status": "not_imaging",
        "reason": "text",
        "form": "text",
        "bytes": 3,
        "mtime_ns": 1,
    }
    bench.index([*study(1), junk])
    assert bench.rows("select status, scan_id from file where form = 'text'") == [("not_imaging", None)]


def test_changed_and_gone_files_keep_their_past(bench: Bench) -> None:
    rows = study(1)
    bench.index(rows)
    changed = bench.index([{**rows[0], "mtime_ns": 2, "bytes": 900}])
    assert (changed.new, changed.changed, changed.gone, changed.files) == (0, 1, 0, 6)
    gone = bench.index(gone=[row["path"] for row in rows[:3]])
    assert (gone.gone, gone.files) == (3, 3)
    assert bench.rows("select gone, count(*) from scan group by all order by all") == [(False, 1), (True, 1)]
    assert bench.rows("select count(*) from gone") == [(3,)]
    assert bench.rows("select count(*) from file_fact") == [(7,)]


def test_what_an_index_learnt_is_known_to_the_next_although_it_was_killed(bench: Bench) -> None:
    run = bench.catalogue.begin("tau", "index", [ROOT]).run
    bench.catalogue.observe(run, 1, "files", pa.Table.from_pylist(study(1)))
    bench.again()
    run = bench.catalogue.begin("tau", "index", [ROOT]).run
    assert bench.catalogue.known(run).num_rows == 6
    assert bench.catalogue.finish(run).files == 6


def test_known_covers_only_the_roots_of_the_run(bench: Bench) -> None:
    bench.index(study(1), study(2))
    run = bench.catalogue.begin("tau", "index", [f"{ROOT}/study1", f"{ROOT}/study"]).run
    known = bench.catalogue.known(run)
    assert known.num_rows == 6
    assert known["path"][0].as_py().startswith(f"{ROOT}/study1/".encode())


def test_a_second_run_of_a_project_waits_for_the_first(bench: Bench) -> None:
    bench.catalogue.begin("tau", "index", [ROOT])
    with pytest.raises(Busy, match="under way"):
        bench.catalogue.begin("tau", "index", [ROOT])
    bench.catalogue.begin("tau", "headers", [ROOT])
    bench.catalogue.begin("other", "index", [ROOT])


def test_the_run_of_a_dead_process_is_in_nobodys_way(bench: Bench) -> None:
    bench.catalogue.begin("tau", "index", [ROOT], pid=1 << 22)
    bench.catalogue.begin("tau", "index", [ROOT])


def test_one_home_has_one_owner(bench: Bench) -> None:
    with pytest.raises(Busy, match="has an owner already"):
        Catalogue(bench.home)


def test_a_home_on_nfs_is_refused_in_one_sentence(tmp_path: Path) -> None:
    from labarchive.settings import Home

    with pytest.raises(BadInput, match="lies on NFS"):
        Catalogue(Home(tmp_path), file_system=lambda _: 0x6969)


def test_a_wrong_project_names_the_near_one(bench: Bench) -> None:
    bench.index(study(1), project="tau-pet")
    with pytest.raises(NotFound, match="tau-pet"):
        bench.catalogue.manifest("tau-pte")


def test_a_moved_nifti_keeps_its_id_and_a_copy_gets_its_own(bench: Bench) -> None:
    bench.index([nifti(f"{ROOT}/sub-1/anat/sub-1_T1w.nii.gz", "a")])
    (first,) = bench.ids("scan")
    bench.index([nifti(f"{ROOT}/copy/sub-1/anat/sub-1_T1w.nii.gz", "a")])
    assert len(bench.ids("scan")) == 2
    bench.index(
        [nifti(f"{ROOT}/moved/sub-1/anat/sub-1_T1w.nii.gz", "a")],
        gone=[f"{ROOT}/sub-1/anat/sub-1_T1w.nii.gz"],
    )
    found = bench.rows(f"select folder, gone from scan where scan_id = '{first}'")
    assert found == [(f"{ROOT}/moved/sub-1/anat", False)]


def test_a_moved_bids_session_is_the_same_session(bench: Bench) -> None:
    names = ("anat/sub-1_ses-2_T1w.nii.gz", "func/sub-1_ses-2_bold.nii.gz")
    bench.index([nifti(f"{ROOT}/old/sub-1/ses-2/{name}", name) for name in names])
    before = bench.ids("session"), bench.ids("subject"), bench.ids("scan")
    bench.index(
        [nifti(f"{ROOT}/new/sub-1/ses-2/{name}", name) for name in names],
        gone=[f"{ROOT}/old/sub-1/ses-2/{name}" for name in names],
    )
    assert (bench.ids("session"), bench.ids("subject"), bench.ids("scan")) == before


def test_derivatives_of_a_visit_belong_to_the_visit(bench: Bench) -> None:
    places = ("", "derivatives/", "derivatives/fmriprep/", "rawdata/")
    bench.index([nifti(f"{ROOT}/{at}sub-1/ses-2/anat/x{n}.nii.gz", str(n)) for n, at in enumerate(places)])
    assert bench.rows("select subject, session, n_scans from session") == [("1", "2", 4)]


def test_two_equal_files_that_move_at_once_are_a_conflict_and_never_a_guess(bench: Bench) -> None:
    bench.index([nifti(f"{ROOT}/{name}/x.nii", "same") for name in "ab"])
    bench.index(
        [nifti(f"{ROOT}/{name}/x.nii", "same") for name in "cd"],
        gone=[f"{ROOT}/{name}/x.nii" for name in "ab"],
    )
    assert len(bench.ids("scan")) == 4
    assert bench.rows("select len(ids) from conflict where what = 'content'") == [(4,)]


def test_two_sessions_of_one_person_are_one_subject(bench: Bench) -> None:
    bench.index([dicom(f"{ROOT}/{n}.dcm", f"1.{n}", f"1.{n}.1", patient_id="P12-9") for n in (1, 2)])
    assert bench.rows("select n_sessions from subject") == [(2,)]


def test_a_new_home_answers_without_any_project(bench: Bench) -> None:
    assert bench.catalogue.projects() == []
    assert bench.catalogue.hello()["schema_version"] == 1


def test_runs_that_saw_nothing_new_leave_no_folders_and_numbers_are_never_given_twice(bench: Bench) -> None:
    bench.index(study(1))
    numbers = [bench.index().run for _ in range(3)]
    assert numbers == [2, 3, 4]
    assert bench.catalogue.observations.runs() == [1, 4]
    bench.again()
    assert bench.index().run == 5
