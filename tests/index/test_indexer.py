"""A tree becomes batches of rows, each file once, and the next run knows what changed."""

import os
import shutil
import threading
from pathlib import Path

import nibabel
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from labarchive.index.batches import Indexer
from labarchive.index.readers import Process
from labarchive.index.schema import FILE_SCHEMA, KNOWN_SCHEMA
from labarchive.index.tasks import Task


def run(indexer: Indexer) -> tuple[pa.Table, pa.Table]:
    """All file rows and all headers of a run."""
    files, headers = [FILE_SCHEMA.empty_table()], []
    for batch in indexer:
        if batch.files is not None:
            files.append(batch.files)
        if batch.headers is not None:
            headers.append(batch.headers)
    return pa.concat_tables(files), pa.concat_tables(headers) if headers else pa.table({})


def known(files: pa.Table) -> pa.Table:
    """What the catalogue would tell the next run."""
    path = pc.coalesce(files["path_bytes"], files["path"].cast(pa.binary()))
    return files.select(KNOWN_SCHEMA.names).set_column(0, "path", path)


@pytest.fixture
def tree(dev_data: Path, tmp_path: Path) -> Path:
    """Eight slices of one Siemens series."""
    folder = tmp_path / "tree"
    (folder / "a").mkdir(parents=True)
    (folder / "b").mkdir()
    for i, path in enumerate(sorted((dev_data / "dcmstack").rglob("*.dcm"))[:8]):
        shutil.copy(path, folder / ("a" if i < 4 else "b") / path.name)
    return folder


def test_every_file_gets_one_row_and_every_series_one_header(tree: Path) -> None:
    indexer = Indexer([os.fsencode(tree)])
    files, headers = run(indexer)
    assert sorted(files["path"].to_pylist()) == sorted(str(p) for p in tree.rglob("*.dcm"))
    assert set(files["status"].to_pylist()) == {"ok"}
    names = ["study_uid", "series_uid"]
    series = {tuple(row.values()) for row in files.select(names).to_pylist()}
    assert sorted(tuple(row.values()) for row in headers.select(names).to_pylist()) == sorted(series)
    assert indexer.new == files.num_rows


def test_a_second_run_reads_only_what_is_new_or_changed(tree: Path) -> None:
    files, _ = run(Indexer([os.fsencode(tree)]))
    first, second, *_ = sorted(tree.rglob("*.dcm"))
    os.utime(first, ns=(1, 1))
    second.unlink()
    shutil.copy(first, tree / "new.dcm")
    indexer = Indexer([os.fsencode(tree)], known(files))
    again, _ = run(indexer)
    assert sorted(again["path"].to_pylist()) == sorted([str(first), str(tree / "new.dcm")])
    assert (indexer.new, indexer.changed, indexer.unchanged) == (1, 1, files.num_rows - 2)
    assert indexer.gone["path"].to_pylist() == [os.fsencode(second)]


def test_an_empty_or_missing_root_calls_nothing_gone(tree: Path) -> None:
    files, _ = run(Indexer([os.fsencode(tree)]))
    shutil.rmtree(tree)
    missing = Indexer([os.fsencode(tree)], known(files))
    run(missing)
    tree.mkdir()
    empty = Indexer([os.fsencode(tree)], known(files))
    run(empty)
    assert missing.walk.state == {os.fsencode(tree): "missing"}
    assert empty.walk.state == {os.fsencode(tree): "empty"}
    assert missing.gone.num_rows == empty.gone.num_rows == 0


def test_reader_processes_give_the_same_rows_as_this_process(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, _ = run(Indexer([os.fsencode(tree)]))
    monkeypatch.setattr("labarchive.index.batches.LITTLE", 1)
    indexer = Indexer([os.fsencode(tree)], batch=3)
    there, headers = run(indexer)
    assert there.sort_by("path").equals(here.sort_by("path"))
    assert headers.num_rows == len(set(here["series_uid"].to_pylist()))
    assert indexer.started_in > 0


def test_a_file_that_kills_its_reader_is_a_row_and_takes_no_other_with_it(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = sorted(os.fsencode(path) for path in tree.rglob("*.dcm"))
    real = Process.do

    def do(self: Process, task: Task) -> pa.Table:
        if task.verb == "rows" and any(one.path == paths[2] for one in task.things):
            self.close()
            raise EOFError
        return real(self, task)

    monkeypatch.setattr(Process, "do", do)
    monkeypatch.setattr("labarchive.index.batches.LITTLE", 1)
    files, _ = run(Indexer([os.fsencode(tree)], processes=1))
    rows = {row["path"]: row for row in files.to_pylist()}
    assert len(rows) == len(paths) == files.num_rows
    assert [path for path, row in rows.items() if row["status"] != "ok"] == [os.fsdecode(paths[2])]
    assert rows[os.fsdecode(paths[2])]["reason"] == "its reader died on it"


def test_a_header_that_cannot_be_read_is_sought_in_the_series_next_instance(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labarchive.index import tasks

    real, failed = tasks.headers.read_header, []

    def once(path: bytes) -> dict[str, object]:
        if not failed:
            failed.append(path)
            raise OSError(5, "Input/output error")
        return real(path)

    monkeypatch.setattr(tasks.headers, "read_header", once)
    files, headers = run(Indexer([os.fsencode(tree)], batch=1))
    assert headers.num_rows == len(set(files["series_uid"].to_pylist()))
    assert os.fsdecode(failed[0]) not in headers["path"].to_pylist()


def test_a_changed_sidecar_has_the_images_below_it_read_again(tmp_path: Path) -> None:
    image = tmp_path / "sub-01" / "anat" / "sub-01_T1w.nii"
    image.parent.mkdir(parents=True)
    nibabel.save(nibabel.Nifti1Image(np.zeros((4, 4, 4), np.int16), np.eye(4)), image)
    (tmp_path / "T1w.json").write_text('{"EchoTime": 0.01}')
    files, _ = run(Indexer([os.fsencode(tmp_path)]))
    (tmp_path / "T1w.json").write_text('{"EchoTime": 0.002}')
    indexer = Indexer([os.fsencode(tmp_path)], known(files))
    again, _ = run(indexer)
    rows = {row["path"]: row for row in again.to_pylist()}
    assert rows[str(image)]["te"] == 2.0
    assert (indexer.new, indexer.changed, indexer.unchanged) == (0, 2, 0)


def test_a_quick_run_reads_new_files_and_calls_nothing_gone_that_it_did_not_look_for(tree: Path) -> None:
    first = Indexer([os.fsencode(tree)])
    files, _ = run(first)
    shutil.copy(next((tree / "a").glob("*.dcm")), tree / "b" / "new.dcm")
    next(path for path in (tree / "b").glob("*.dcm") if path.name != "new.dcm").unlink()
    quick = Indexer([os.fsencode(tree)], known(files), known_folders=first.folders)
    again, _ = run(quick)
    assert again["path"].to_pylist() == [str(tree / "b" / "new.dcm")]
    assert quick.gone.num_rows == 1


def test_a_run_that_is_broken_off_leaves_no_process_and_no_thread(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labarchive.index.batches.LITTLE", 1)
    monkeypatch.setattr("labarchive.index.batches.ROWS", 1)
    before = threading.active_count()
    batches = iter(Indexer([os.fsencode(tree)], batch=1, processes=1))
    next(batches)
    batches.close()
    assert threading.active_count() == before


def test_names_that_are_not_utf8_keep_their_exact_bytes(tree: Path) -> None:
    odd = os.fsencode(tree) + b"/caf\xe9\n.dcm"
    shutil.copy(next(tree.rglob("*.dcm")), os.fsdecode(odd))
    files, _ = run(Indexer([os.fsencode(tree)]))
    (row,) = [one for one in files.to_pylist() if one["path_bytes"] is not None]
    assert (row["path_bytes"], row["path"].endswith("caf\\xe9\n.dcm"), row["status"]) == (odd, True, "ok")
    again, _ = run(Indexer([os.fsencode(tree)], known(files)))
    assert again.num_rows == 0
