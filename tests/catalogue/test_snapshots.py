"""What a kernel loads: whole generations, cheap where nothing changed, kept while somebody reads them."""

import json
import time

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from labarchive.catalogue import views
from tests.catalogue.conftest import ROOT, Bench, loaded, study

HEADERS = ("header_key", "study_uid", "series_uid", "path", "header")


def header(n: int, words: dict[str, object]) -> dict[str, str]:
    path = f"{ROOT}/study{n}/s1/1.dcm"
    return {
        "header_key": f"1.{n}|1.{n}.1", "study_uid": f"1.{n}", "series_uid": f"1.{n}.1", "path": path,
        "header": json.dumps(words),
    }  # fmt: skip


def test_a_header_is_a_view_on_the_parts_and_never_written_twice(bench: Bench) -> None:
    run = bench.catalogue.begin("tau", "index", [ROOT]).run
    bench.catalogue.observe(run, 1, "files", pa.Table.from_pylist(study(1) + study(2)))
    bench.catalogue.observe(run, 2, "headers", pa.Table.from_pylist([header(1, {"00080060": {"vr": "CS"}})]))
    assert bench.catalogue.series(run).to_pylist() == [{"study_uid": "1.1", "series_uid": "1.1.1"}]
    bench.catalogue.finish(run)
    found = bench.rows(
        "select h.header->>'$.\"00080060\".vr', s.series_uid from header h join scan s using (scan_id)"
    )
    assert found == [("CS", "1.1.1")]
    linked = (
        bench.catalogue.manifest("tau").folder / "identified" / "header_fact" / f"{run:06d}-00002.parquet"
    )
    assert linked.stat().st_ino == bench.catalogue.observations.path_of(run, 2, "headers").stat().st_ino


def test_the_second_pass_says_where_it_stands_and_resumes(bench: Bench) -> None:
    rows = study(1, scans=1, slices=4)
    run = bench.catalogue.begin("tau", "index", [ROOT]).run
    bench.catalogue.observe(run, 1, "files", pa.Table.from_pylist(rows))
    bench.catalogue.observe(run, 2, "headers", pa.Table.from_pylist([header(1, {"a": 1, "b": 2})]))
    bench.catalogue.finish(run)
    assert bench.rows("select header_complete from scan") == [(0.0,)]
    run = bench.catalogue.begin("tau", "headers", [ROOT]).run
    todo = bench.catalogue.known(run)
    assert todo.num_rows == 4
    assert {"path", "study_uid", "series_uid", "sop_uid"} <= set(todo.column_names)
    patches = [
        {
            "header_key": "1.1|1.1.1", "study_uid": row["study_uid"], "series_uid": row["series_uid"],
            "sop_uid": row["sop_uid"], "path": row["path"], "patch": json.dumps({"b": row["instance"]}),
        }
        for row in rows[:3]
    ]  # fmt: skip
    bench.catalogue.observe(run, 1, "instances", pa.Table.from_pylist(patches))
    assert bench.catalogue.known(run).num_rows == 1
    bench.catalogue.finish(run)
    assert bench.rows("select header_complete from scan") == [(0.75,)]
    found = bench.rows("select sop_uid, header::varchar from instance_header order by sop_uid")
    assert found == [(f"1.1.1.{n}", f'{{"a":1,"b":{n}}}') for n in (1, 2, 3)]
    bench.index([{**rows[0], "mtime_ns": 9}])
    run = bench.catalogue.begin("tau", "headers", [ROOT]).run
    assert bench.catalogue.known(run).num_rows == 2  # a changed file's header is read again


def test_three_generations_are_kept_and_those_that_somebody_holds(bench: Bench) -> None:
    bench.index(study(1))
    held = bench.catalogue.manifest("tau", lease="kernel")
    for n in range(2, 7):
        bench.index(study(n))
        bench.catalogue.manifest("tau")
    folders = sorted(path.name for path in held.folder.parent.glob("gen-*"))
    assert folders == [held.folder.name, *folders[-3:]]
    assert loaded(held).sql("select count(*) from scan").fetchall() == [(2,)]
    bench.catalogue.manifest("tau", lease="kernel")
    bench.index(study(8))
    bench.catalogue.manifest("tau")
    assert not held.folder.exists()


def test_a_restarted_owner_goes_on_from_the_generation_on_disk(bench: Bench) -> None:
    bench.index(study(1))
    bench.say("tag", bench.ids("scan")[0], tag="x")
    before = bench.catalogue.manifest("tau")
    bench.again()
    bench.say("tag", bench.ids("scan")[0], tag="y")
    after = bench.catalogue.manifest("tau")
    assert (after.folder, after.facts_generation) == (before.folder, before.facts_generation)
    assert bench.rows("select tags from scan where len(tags) > 0") == [(["x", "y"],)]


def test_projects_do_not_see_each_other(bench: Bench) -> None:
    bench.index(study(1), project="one")
    bench.index(study(2, root="/nas/two"), project="two", roots=["/nas/two"])
    assert bench.rows("select distinct study_uid from scan", "one") == [("1.1",)]
    manifest = bench.catalogue.manifest("two")
    assert all(
        "1.1.1" not in str(pq.read_table(path).to_pylist()) for path in manifest.folder.rglob("*.parquet")
    )


def test_an_index_that_found_nothing_new_publishes_nothing(bench: Bench) -> None:
    bench.index(study(1))
    before = bench.catalogue.manifest("tau")
    started = time.monotonic()
    assert bench.index().new == 0
    assert time.monotonic() - started < 30
    assert bench.catalogue.manifest("tau").folder == before.folder


def test_a_saying_appears_in_the_folder_although_nobody_asks(bench: Bench) -> None:
    bench.index(study(1))
    manifest = bench.catalogue.manifest("tau")
    seq = bench.say("tag", bench.ids("scan")[0], tag="x").last
    until = time.monotonic() + 20
    while json.loads((manifest.folder / "manifest.json").read_bytes())["journal_seq"] < seq:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert loaded(manifest).sql("select tags from scan where len(tags) > 0").fetchall() == [(["x"],)]


def test_the_same_series_in_two_projects_has_its_header_in_both(bench: Bench) -> None:
    for project in ("one", "two"):
        run = bench.catalogue.begin(project, "index", [ROOT]).run
        bench.catalogue.observe(run, 1, "files", pa.Table.from_pylist(study(1)))
        bench.catalogue.observe(run, 2, "headers", pa.Table.from_pylist([header(1, {"a": project})]))
        bench.catalogue.finish(run)
    both = duckdb.connect()
    manifests = [bench.catalogue.manifest(project) for project in ("one", "two")]
    for table, place in manifests[0].files.items():
        files = [str(manifest.folder / place) for manifest in manifests]
        both.execute(f"create view {table} as from read_parquet({files})")
    both.execute(views())
    assert both.sql("select project, header->>'a' from header order by 1").fetchall() == [
        ("one", "one"),
        ("two", "two"),
    ]
