"""``check()``: every planted fault of the example is found and no good scan is blamed; what is measured stays measured."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import labarchive
from labarchive import between, phantom
from labarchive.archive import indexing
from labarchive.archive.tables import SnapshotTables
from labarchive.catalogue.measures import MOST, Measures
from labarchive.errors import BadInput, NotFound
from labarchive.phantom.faults import PIXELS
from labarchive.selection.archive import Archive
from labarchive.settings import Home
from labarchive.wire import connect
from tests.contract.conftest import stopped

KINDS = ["T1w", "FLAIR", "T2w", "bold"]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example archive with its answer key."""
    folder = tmp_path_factory.mktemp("checks") / "nas"
    phantom.make(folder, profile="demo", seed=3)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, example: Path) -> Any:
    place = Home(tmp_path_factory.mktemp("checked") / "home")
    indexing.index(place, [example], "tau")
    yield place
    stopped(connect(place, start=False).hello()["pid"])


@pytest.fixture(scope="module")
def archive(home: Home) -> Archive:
    return labarchive.open(home.path)


@pytest.fixture(scope="module")
def faults(example: Path, archive: Archive) -> dict[str, str]:
    """scan -> what was planted in it, of the kinds that are checked here."""
    with (example.with_name("nas_key") / "series.csv").open() as file:
        key = {row["series_uid"]: row["fault"] for row in csv.DictReader(file)}
    return {scan.scan_id: key.get(scan.series_uid, "") for scan in archive.scans(kind=KINDS)}


def test_planted_faults_are_found_and_no_good_scan_is_blamed(
    archive: Archive, faults: dict[str, str]
) -> None:
    told: list[tuple[int, int]] = []
    found = archive.scans(kind=KINDS).check(progress=lambda done, all_: told.append((done, all_)))
    assert found.measured == len(faults)
    assert told[-1] == (len(faults), len(faults))
    flagged = {row["scan_id"] for row in found.outliers}
    planted = {scan for scan, fault in faults.items() if fault in PIXELS}
    good = {scan for scan, fault in faults.items() if not fault}
    print(f"precision {len(flagged - good)}/{len(flagged)}, recall {len(flagged & planted)}/{len(planted)}")
    assert len(planted) >= 5
    assert flagged >= planted
    assert not flagged & good
    assert f"{len(flagged)} scans depart" in repr(found)
    assert "<table" in found._repr_html_()
    assert found.problems == {}


def test_what_is_measured_is_not_measured_again(archive: Archive) -> None:
    scans = archive.scans(kind=KINDS)
    assert scans.check().measured == 0
    assert scans[:2].check(again=True).measured == 2
    wide = scans.check().metrics()
    assert len(wide) == len(scans)
    assert {"efc", "snrd", "fd_mean"} <= set(wide.columns)


def test_sql_has_measures_and_outliers(archive: Archive) -> None:
    metric = archive.sql("select * from metric where metric = 'efc'").fetchall()
    assert len(metric) == len(archive.scans(kind=KINDS))
    columns = archive.sql("select * from metric limit 0").columns
    assert columns[:8] == ["project", "scan_id", "scan", "metric", "value", "unit", "tool", "version"]
    worst = archive.sql("select metric, z from outlier order by abs(z) desc limit 1").fetchall()
    assert abs(worst[0][1]) > 3.5
    assert archive["tau"].sql("select count(*) from outlier").fetchall()[0][0] > 0
    later = archive.at(labarchive_now())
    assert len(later.sql("select * from metric limit 5").fetchall()) == 5


def test_scans_are_found_by_what_was_measured(archive: Archive) -> None:
    scans = archive.scans(kind=KINDS)
    found = scans.check()
    out = {row["scan_id"] for row in found.outliers}
    assert set(scans(outlier=True).ids) == out
    assert set(scans(outlier=False).ids) == set(scans.ids) - out
    limit = sorted(archive.sql("select value from metric where metric = 'efc'").fetchall())[-4][0]
    assert len(scans(f"efc>={limit}")) == 4
    assert len(scans(efc=between(limit, None))) == 4
    assert set(scans("-efc=0..1000").ids) == set(scans(efc=None).ids) == set()
    assert len(scans(fd_mean=None)) == len(scans) - len(archive.scans("fd_mean>=0"))
    assert archive.subjects(f"efc>={limit}").ids  # by what its scans are
    with pytest.raises(BadInput, match="efc is a number"):
        scans(efc="much")


def test_a_service_s_tables_say_the_same(home: Home, archive: Archive) -> None:
    service = SnapshotTables(connect(home), home, scans=True)
    wanted = archive.sql("select * from outlier order by all").fetchall()
    assert len(wanted) > 10
    for project in (None, "tau"):
        assert service.sql("select * from outlier order by all", (), project).fetchall() == wanted


def labarchive_now() -> Any:
    from labarchive.catalogue.clock import utc_now

    return utc_now()


def test_the_command_line_says_the_same(home: Home, archive: Archive) -> None:
    words = [
        sys.executable,
        "-m",
        "labarchive",
        "--home",
        str(home.path),
        "check",
        "tau",
        "kind=T1w",
        "--json",
    ]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    assert told["scans"] == len(archive.scans(kind="T1w"))
    assert {row["scan_id"] for row in told["outliers"]} == {
        row["scan_id"] for row in archive.scans(kind="T1w").check().outliers
    }
    assert not done.stderr


def test_an_owner_that_dies_loses_nothing_that_was_measured(home: Home, archive: Archive) -> None:
    os.kill(archive.tables.owner.hello()["pid"], 9)
    assert archive.scans(kind=KINDS).check().measured == 0


def test_a_scan_that_cannot_be_measured_is_told_and_not_tried_for_ever(archive: Archive) -> None:
    other = archive.scans(modality="SR")
    if not len(other):
        other = archive.scans(kind="localizer")
    assert other[:1].check().outliers == []
    assert other[:1].check().measured == 0


def test_the_past_is_not_measured(archive: Archive) -> None:
    with pytest.raises(BadInput, match="as they are"):
        archive.at(labarchive_now()).scans(kind="T1w").check()


def test_rows_that_are_none_are_refused(archive: Archive) -> None:
    owner = archive.tables.owner
    with pytest.raises(BadInput, match="not measured of a scan"):
        owner.do("measured", project="tau", rows=[{"scan_id": "scan_a"}], seen=[])
    with pytest.raises(NotFound):
        owner.do("measured", project="nobody", rows=[], seen=[])


def test_many_parts_become_one_and_the_newest_holds(tmp_path: Path) -> None:
    from labarchive.catalogue.clock import utc_now

    measures = Measures(tmp_path / "metrics")
    for n in range(MOST + 3):
        row = {
            "scan_id": f"scan_{n % 5}", "metric": "efc", "value": float(n), "unit": "", "tool": "labarchive",
            "version": "1", "better": "low", "least": 0.01, "share": 0.0,
        }  # fmt: skip
        seen = {"scan_id": f"scan_{n % 5}", "content": f"c{n}", "tool": "labarchive", "version": "1"}
        measures.add("proj_a", [row], [seen], utc_now())
    parts = list((tmp_path / "metrics" / "proj_a").glob("[0-9]*.parquet"))
    assert len(parts) < 5
    assert measures.newest("proj_a") == Measures(tmp_path / "metrics").newest("proj_a") > MOST
    contents = measures.contents("proj_a", "labarchive", "1")
    assert contents == {f"scan_{n % 5}": f"c{n}" for n in range(MOST - 2, MOST + 3)}
    assert measures.contents("proj_a", "labarchive", "2") == {}
