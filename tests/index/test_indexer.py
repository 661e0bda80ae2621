"""A tree becomes batches of rows, each file once, and the next run knows what changed."""

import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from labarchive.index.batches import Indexer
from labarchive.index.schema import FILE_SCHEMA, KNOWN_SCHEMA


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
