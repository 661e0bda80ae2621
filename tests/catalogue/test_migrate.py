"""Archives of earlier versions open; nothing that people said is lost on the way."""

import shutil
from pathlib import Path

import duckdb
import pytest

from labarchive.catalogue import migrate, store
from labarchive.catalogue.migrate import REBUILD
from tests.catalogue.conftest import Bench
from tests.catalogue.test_rebuild import tables

VERSION_1 = Path(__file__).parent / "data" / "version-1"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    shutil.copytree(VERSION_1, tmp_path / "home")
    (tmp_path / "home").chmod(0o700)
    return tmp_path / "home"


def test_an_archive_of_version_1_opens_as_it_was_left(old: Path) -> None:
    bench = Bench(old)
    found = bench.rows("select subject, scan, kind, quality, tags, gone from scan order by all")
    assert len(found) == 5
    assert [(row[3], row[4]) for row in found if row[3] != "unreviewed"] == [("unusable", ["pilot"])]
    assert bench.rows("select n_sessions from subject order by 1") == [(1,), (2,)]
    assert sum(row[5] for row in found) == 1
    assert bench.catalogue.do("fsck")["findings"] == []
    bench.catalogue.close()


def test_an_archive_of_version_1_without_its_tables_is_made_again(old: Path) -> None:
    bench = Bench(old)
    before = tables(bench.catalogue.store)
    bench.catalogue.close()
    (old / "catalogue.duckdb").unlink()
    bench = Bench(old)
    assert tables(bench.catalogue.store) == before
    bench.catalogue.close()


def test_a_step_of_sql_adds_a_column_and_keeps_the_rows(old: Path) -> None:
    file = old / "catalogue.duckdb"
    migrate.migrate(file, 1, {2: "alter table scan_fact add column coil varchar"}, wanted=2)
    with duckdb.connect(str(file)) as connection:
        assert connection.execute("select max(version) from schema_version").fetchall() == [(2,)]
        assert connection.execute("select count(*), count(coil) from scan_fact").fetchall()[0][1] == 0


def test_a_step_that_cannot_be_said_in_sql_makes_the_tables_anew(old: Path) -> None:
    migrate.migrate(old / "catalogue.duckdb", 1, {2: REBUILD}, wanted=2)
    assert not (old / "catalogue.duckdb").exists()
    bench = Bench(old)
    assert bench.rows("select count(*) from scan") == [(5,)]
    bench.catalogue.close()


def test_a_catalogue_whose_making_was_cut_short_is_made_again(old: Path) -> None:
    (old / "catalogue.duckdb").unlink()
    duckdb.connect(str(old / "catalogue.duckdb")).close()
    bench = Bench(old)
    assert bench.rows("select count(*) from scan") == [(5,)]
    assert bench.catalogue.store.version == store.SCHEMA_VERSION
    bench.catalogue.close()
