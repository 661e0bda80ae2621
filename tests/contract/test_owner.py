"""What every owner keeps, whether it is the catalogue itself or the wire to one."""

import pyarrow as pa
import pyarrow.parquet
import pytest

from labarchive.errors import BadInput, Busy, NotFound
from labarchive.records import Owner, Saying
from tests.contract.conftest import ROOT, files, headers, indexed, instances, slices


def one_scan(owner: Owner) -> str:
    """The id of a scan of project tau."""
    manifest = owner.manifest("tau")
    table = pa.parquet.read_table(manifest.folder / manifest.files["scan_fact"])
    return str(table.column("scan_id")[0])


class TestOwner:
    def test_it_says_who_it_is(self, owner: Owner) -> None:
        hello = owner.hello()
        assert {"version", "schema_version", "home", "pid", "projects"} <= set(hello)
        assert owner.projects() == []

    def test_a_run_counts_what_it_saw(self, owner: Owner) -> None:
        summary = indexed(owner, files(slices(1), slices(2)), headers((1, 1), (2, 1)))
        assert (summary.project, summary.files, summary.ok, summary.new) == ("tau", 6, 6, 6)
        (project,) = owner.projects()
        assert project["project"] == "tau"
        assert project["facts_generation"] > 0

    def test_one_run_a_project_at_a_time(self, owner: Owner) -> None:
        run = owner.begin("tau", "index", [ROOT])
        with pytest.raises(Busy):
            owner.begin("tau", "index", [ROOT])
        other = owner.begin("dementia", "index", [ROOT])
        assert other.run != run.run
        owner.finish(run.run)
        owner.begin("tau", "index", [ROOT])

    def test_what_is_known_is_what_was_observed(self, owner: Owner) -> None:
        indexed(owner, files(slices(1)), headers((1, 1)))
        run = owner.begin("tau", "index", [ROOT]).run
        known = owner.known(run)
        assert known.schema.field("path").type == pa.binary()
        assert sorted(known.column("path").to_pylist()) == [
            f"{ROOT}/study1/s1/{n}.dcm".encode() for n in (1, 2, 3)
        ]
        assert {"bytes", "mtime_ns", "inode"} <= set(known.column_names)
        assert owner.series(run).to_pylist() == [{"study_uid": "1.1", "series_uid": "1.1.1"}]

    def test_a_part_is_taken_once_however_often_it_is_sent(self, owner: Owner) -> None:
        run = owner.begin("tau", "index", [ROOT]).run
        for _ in range(3):
            owner.observe(run, 1, "files", files(slices(1)))
        assert owner.finish(run).new == 3

    def test_a_run_is_finished_once_however_often_it_is_asked(self, owner: Owner) -> None:
        run = owner.begin("tau", "index", [ROOT]).run
        owner.observe(run, 1, "files", files(slices(1)))
        assert owner.finish(run) == owner.finish(run)

    def test_a_stopped_run_is_resumed_by_the_next(self, owner: Owner) -> None:
        run = owner.begin("tau", "index", [ROOT]).run
        owner.observe(run, 1, "files", files(slices(1)))
        owner.finish(run, complete=False)
        again = owner.begin("tau", "index", [ROOT]).run
        assert owner.known(again).num_rows == 3

    def test_a_headers_run_asks_for_what_is_missing(self, owner: Owner) -> None:
        indexed(owner, files(slices(1)), headers((1, 1)))
        run = owner.begin("tau", "headers", [ROOT]).run
        missing = owner.known(run)
        assert missing.num_rows == 3
        assert {"path", "study_uid", "series_uid", "sop_uid"} <= set(missing.column_names)
        owner.observe(run, 1, "instances", instances(1))
        assert owner.known(run).num_rows == 0
        owner.finish(run)

    def test_a_saying_is_in_the_manifest_that_waits_for_it(self, owner: Owner) -> None:
        indexed(owner, files(slices(1)))
        scan = one_scan(owner)
        receipt = owner.say([Saying("rating", "tau", scan, {"quality": "unusable"})] * 3)
        assert receipt.last == receipt.first + 2
        manifest = owner.manifest("tau", min_seq=receipt.last, lease="me")
        assert manifest.journal_seq >= receipt.last
        said = pa.parquet.read_table(manifest.folder / "saying_fact")
        assert said.column("seq").to_pylist()[-3:] == list(range(receipt.first, receipt.last + 1))

    def test_a_manifest_names_files_that_are_there(self, owner: Owner) -> None:
        indexed(owner, files(slices(1)), headers((1, 1)))
        manifest = owner.manifest("tau")
        assert manifest.project == "tau"
        assert all(list(manifest.folder.glob(place)) for place in manifest.files.values())

    def test_what_cannot_be_is_refused_by_its_own_error(self, owner: Owner) -> None:
        with pytest.raises(NotFound, match="tua"):
            owner.manifest("tua")
        with pytest.raises(BadInput):
            owner.begin("tau", "sideways", [ROOT])
        with pytest.raises(NotFound):
            owner.say([Saying("tag", "tau", "scan_aaaaaaaaaa", {"tag": "x"})])
        with pytest.raises(BadInput):
            owner.do("fly")
        indexed(owner, files(slices(1)))
        with pytest.raises(NotFound):
            owner.say([Saying("tag", "tau", "scan_aaaaaaaaaa", {"tag": "x"})])
