"""What every owner keeps, whether it is the catalogue itself or the wire to one."""

import pyarrow as pa
import pyarrow.parquet
import pytest

from labarchive.errors import BadInput, Busy, NotAllowed, NotFound
from labarchive.records import Owner, Saying
from labarchive.wire import Remote
from tests.contract.conftest import ROOT, files, headers, indexed, instances, slices


def one_scan(owner: Owner) -> str:
    """The id of a scan of project tau."""
    manifest = owner.manifest("tau")
    table = pa.parquet.read_table(manifest.folder / manifest.files["scan_fact"])
    return str(table.column("scan_id")[0])


class TestOwner:
    """For everybody who looks and speaks."""

    def test_it_says_who_it_is(self, owner: Owner) -> None:
        hello = owner.hello()
        assert {"version", "schema_version", "home", "pid", "projects"} <= set(hello)
        assert owner.projects() == []

    def test_a_run_counts_what_it_saw(self, owner: Owner, indexer: Owner) -> None:
        summary = indexed(indexer, files(slices(1), slices(2)), headers((1, 1), (2, 1)))
        assert (summary.project, summary.files, summary.ok, summary.new) == ("tau", 6, 6, 6)
        (project,) = owner.projects()
        assert project["project"] == "tau"
        assert project["facts_generation"] > 0

    def test_a_saying_is_in_the_manifest_that_waits_for_it(self, owner: Owner, indexer: Owner) -> None:
        indexed(indexer, files(slices(1)))
        scan = one_scan(owner)
        receipt = owner.say([Saying("rating", "tau", scan, {"quality": "unusable", "reason": "motion"})] * 3)
        assert receipt.last == receipt.first + 2
        manifest = owner.manifest("tau", min_seq=receipt.last, lease="me")
        assert manifest.journal_seq >= receipt.last
        said = pa.parquet.read_table(manifest.folder / "saying_fact")
        assert said.column("seq").to_pylist()[-3:] == list(range(receipt.first, receipt.last + 1))

    def test_a_manifest_names_files_that_are_there(self, owner: Owner, indexer: Owner) -> None:
        indexed(indexer, files(slices(1)), headers((1, 1)))
        if isinstance(owner, Remote):
            owner.whole()
        manifest = owner.manifest("tau")
        assert manifest.project == "tau"
        assert all(list(manifest.folder.glob(place)) for place in manifest.files.values())

    def test_what_cannot_be_is_refused_by_its_own_error(self, owner: Owner, indexer: Owner) -> None:
        with pytest.raises(NotFound, match="tua"):
            owner.manifest("tua")
        with pytest.raises(BadInput):
            indexer.begin("tau", "sideways", [ROOT])
        with pytest.raises(NotFound):
            owner.say([Saying("tag", "tau", "scan_aaaaaaaaaa", {"tag": "x"})])
        with pytest.raises(BadInput):
            indexer.do("fly")
        indexed(indexer, files(slices(1)))
        with pytest.raises(NotFound):
            owner.say([Saying("tag", "tau", "scan_aaaaaaaaaa", {"tag": "x"})])

    def test_what_was_said_is_taken_back(self, owner: Owner, indexer: Owner) -> None:
        indexed(indexer, files(slices(1)))
        scan = one_scan(owner)
        said = owner.say([Saying("rating", "tau", scan, {"quality": "unusable", "reason": "motion"})] * 2)
        numbers = range(said.first, said.last + 1)
        undone = owner.say([Saying("undo", "tau", scan, {"seq": number}) for number in numbers])
        assert undone.last == undone.first + 1
        table = pa.parquet.read_table(owner.manifest("tau", min_seq=undone.last).folder / "saying_fact")
        assert table.column("verb").to_pylist()[-2:] == ["undo", "undo"]

    def test_saying_nothing_is_answered_with_now(self, owner: Owner, indexer: Owner) -> None:
        indexed(indexer, files(slices(1)))
        now = owner.hello()["journal_seq"]
        assert owner.say([]).last == now

    def test_runs_are_the_archive_s_own_user_s(self, owner: Owner, indexer: Owner) -> None:
        indexed(indexer, files(slices(1)))
        if isinstance(owner, Remote):
            for ask in (
                lambda: owner.begin("tau", "index", [ROOT]), lambda: owner.known(1), lambda: owner.series(1),
                lambda: owner.observe(1, 1, "files", files()), lambda: owner.finish(1), lambda: owner.do("fsck"),
                lambda: owner.reached(1, 1, 1, walked=True),
            ):  # fmt: skip
                with pytest.raises(NotAllowed, match="where the archive lives"):
                    ask()
        else:
            assert owner.do("fsck")["ok"]


class TestIndexer:
    """For who indexes."""

    def test_one_run_a_project_at_a_time(self, indexer: Owner) -> None:
        run = indexer.begin("tau", "index", [ROOT])
        with pytest.raises(Busy):
            indexer.begin("tau", "index", [ROOT])
        other = indexer.begin("dementia", "index", [ROOT])
        assert other.run != run.run
        indexer.finish(run.run)
        indexer.begin("tau", "index", [ROOT])

    def test_how_far_a_run_is_is_told_while_it_lasts(self, indexer: Owner) -> None:
        indexed(indexer, files(slices(1, n=9)))
        run = indexer.begin("tau", "index", [ROOT]).run
        indexer.known(run)
        indexer.reached(run, 2, 3, walked=False)
        (work,) = indexer.hello()["work"]
        assert work == {
            "run": run, "project": "tau", "kind": "index", "done": 2, "found": 9, "walked": False,
            "files_per_second": None, "seconds_left": None,
        }  # fmt: skip
        indexer.finish(run)
        assert indexer.hello()["work"] == []

    def test_what_is_known_is_what_was_observed(self, indexer: Owner) -> None:
        indexed(indexer, files(slices(1)), headers((1, 1)))
        run = indexer.begin("tau", "index", [ROOT]).run
        known = indexer.known(run)
        assert known.schema.field("path").type == pa.binary()
        assert sorted(known.column("path").to_pylist()) == [
            f"{ROOT}/study1/s1/{n}.dcm".encode() for n in (1, 2, 3)
        ]
        assert {"bytes", "mtime_ns", "inode"} <= set(known.column_names)
        assert indexer.series(run).to_pylist() == [{"study_uid": "1.1", "series_uid": "1.1.1"}]

    def test_a_part_is_taken_once_however_often_it_is_sent(self, indexer: Owner) -> None:
        run = indexer.begin("tau", "index", [ROOT]).run
        for _ in range(3):
            indexer.observe(run, 1, "files", files(slices(1)))
        assert indexer.finish(run).new == 3

    def test_a_run_is_finished_once_however_often_it_is_asked(self, indexer: Owner) -> None:
        run = indexer.begin("tau", "index", [ROOT]).run
        indexer.observe(run, 1, "files", files(slices(1)))
        assert indexer.finish(run) == indexer.finish(run)

    def test_a_stopped_run_is_resumed_by_the_next(self, indexer: Owner) -> None:
        run = indexer.begin("tau", "index", [ROOT]).run
        indexer.observe(run, 1, "files", files(slices(1)))
        indexer.finish(run, complete=False)
        again = indexer.begin("tau", "index", [ROOT]).run
        assert indexer.known(again).num_rows == 3

    def test_a_headers_run_asks_for_what_is_missing(self, indexer: Owner) -> None:
        indexed(indexer, files(slices(1)), headers((1, 1)))
        run = indexer.begin("tau", "headers", [ROOT]).run
        missing = indexer.known(run)
        assert missing.num_rows == 3
        assert {"path", "study_uid", "series_uid", "sop_uid"} <= set(missing.column_names)
        indexer.observe(run, 1, "instances", instances(1))
        assert indexer.known(run).num_rows == 0
        indexer.finish(run)
