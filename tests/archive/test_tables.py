"""What a kernel sees of an archive, and when it sees what changed."""

import shutil
import signal
import threading
from datetime import UTC, datetime, timedelta

import pytest

from labarchive.archive import memory
from labarchive.archive import tables as of_archive
from labarchive.archive.tables import SnapshotTables
from labarchive.errors import BadInput, NotFound, TooNew
from labarchive.records import Saying
from labarchive.settings import Home
from labarchive.wire import Wire, connect
from tests.archive.conftest import files, headers, indexed, instances, slices, stopped


def scan_of(tables: SnapshotTables) -> str:
    return str(tables.sql("select min(scan_id) from scan").fetchall()[0][0])


def rating(scan: str, quality: str = "unusable") -> Saying:
    return Saying("rating", "tau", scan, {"quality": quality, "reason": "motion"})


def test_an_archive_without_projects_answers_with_nothing(owner: Wire, home: Home) -> None:
    empty = SnapshotTables(owner, home)
    for view in ("project", "scan", "file", "header", "instance_header", "duplicate", "conflict", "gone"):
        assert empty.sql(f"from {view}").fetchall() == []
    assert empty.loaded == {}


def test_metadata_files_and_headers_are_there(tables: SnapshotTables) -> None:
    assert tables.sql("select count(*) from scan").fetchall() == [(2,)]
    assert tables.sql("select count(*) from file where status = ?", ["ok"]).fetchall() == [(6,)]
    assert tables.sql("""select header->>'$."00100020".vr' from header""").fetchall() == [("LO",)] * 2
    assert set(tables.loaded) == {"tau"}


def test_who_says_something_sees_it_in_the_next_line(tables: SnapshotTables) -> None:
    scan = scan_of(tables)
    tables.say([rating(scan)])
    assert tables.sql("select quality from scan where scan_id = ?", [scan]).fetchall() == [("unusable",)]


def test_everybody_else_sees_it_soon(
    tables: SnapshotTables, owner: Wire, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = SnapshotTables(owner, home)
    scan = scan_of(tables)
    owner.say([rating(scan)])  # nobody asked for a manifest since
    monkeypatch.setattr(of_archive, "LOOK", 0)
    monkeypatch.setattr(of_archive, "ASK", 0)
    assert other.sql("select quality from scan where scan_id = ?", [scan]).fetchall() == [("unusable",)]


def test_a_saying_loads_its_delta_and_nothing_else(
    tables: SnapshotTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    insert = memory.Memory._insert

    def watched(self: memory.Memory, cursor: object, name: str, paths: list[str]) -> None:
        read.extend(paths)
        insert(self, cursor, name, paths)  # type: ignore[arg-type]

    scan = scan_of(tables)
    monkeypatch.setattr(memory.Memory, "_insert", watched)
    tables.say([rating(scan)])
    assert len(read) == 1
    assert "saying_fact" in read[0]


def test_sayings_stay_right_when_their_deltas_are_compacted(tables: SnapshotTables, owner: Wire) -> None:
    scan = scan_of(tables)
    for n in range(70):
        said = owner.say([rating(scan, ("usable", "questionable")[n % 2])])
        owner.manifest("tau", min_seq=said.last)
    tables.say([Saying("tag", "tau", scan, {"tag": "seen"})])
    assert tables.sql(
        "select count(*), count(distinct seq) from saying where verb = 'rating'"
    ).fetchall() == [(70, 70)]
    assert tables.sql("select quality, tags from scan where scan_id = ?", [scan]).fetchall() == [
        ("questionable", ["seen"])
    ]


@pytest.mark.parametrize("few", [1000, 2], ids=["few", "many"])
def test_what_is_held_as_a_table_is_what_the_views_say(
    tables: SnapshotTables, owner: Wire, home: Home, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(memory, "FEW", few)
    held = SnapshotTables(owner, home, scans=True)
    scan, session, subject = tables.sql(
        "select scan_id, session_id, subject_id from scan order by 1"
    ).fetchall()[0]

    def both_say(*sayings: Saying) -> int:
        said = owner.say(list(sayings)).last
        for each in (tables, held):
            owner.manifest("tau", min_seq=said)
            each.refresh()
        fresh = SnapshotTables(owner, home)  # made of everything at once
        for project in (None, "tau"):
            for view in (*memory.GATHERED, "scan"):
                one, two, three = (
                    each.sql(f"from {view} order by all", project=project).fetchall()
                    for each in (tables, held, fresh)
                )
                assert one == two == three, view
        return said

    rated = both_say(rating(scan))
    both_say(rating(scan, "usable"), Saying("tag", "tau", scan, {"tag": "seen"}))
    undone = both_say(Saying("undo", "tau", scan, {"seq": rated}))
    both_say(Saying("undo", "tau", scan, {"seq": undone}), Saying("untag", "tau", scan, {"tag": "seen"}))
    both_say(Saying("kind", "tau", scan, {"kind": "FLAIR"}), Saying("label", "tau", scan, {"label": "x"}))
    others = tables.sql("select subject_id from subject where subject_id <> ?", [subject]).fetchall()
    if others:
        both_say(Saying("merge", "tau", others[0][0], {"into": subject}))
    label = both_say(Saying("label", "tau", subject, {"label": "Sub1"}))
    both_say(
        Saying("label", "tau", session, {"label": "visit"}), Saying("note", "tau", session, {"note": "moved"})
    )
    assert held.sql("select subject, session from scan where scan_id = ?", [scan]).fetchall() == [
        ("Sub1", "visit")
    ]
    both_say(Saying("undo", "tau", subject, {"seq": label}))
    indexed(owner, files(slices(3)), headers((3, 1)))
    both_say(rating(scan, "usable"))
    assert held.sql("select count(*) from scan").fetchall() == [(3,)]
    for turn in range(70):  # deltas become one table again
        said = owner.say([rating(scan, ("usable", "questionable")[turn % 2])])
        owner.manifest("tau", min_seq=said.last)
    both_say(Saying("tag", "tau", scan, {"tag": "after"}))


def test_new_facts_are_seen_after_the_next_look(tables: SnapshotTables, owner: Wire) -> None:
    lazy = tables.sql("select count(*) from scan")
    indexed(owner, files(slices(3)), headers((3, 1)))
    tables.refresh()
    assert tables.sql("select count(*) from scan").fetchall() == [(3,)]
    assert tables.sql("select count(*) from file").fetchall() == [(9,)]
    assert lazy.fetchall() in ([(2,)], [(3,)])


def test_a_project_is_asked_alone(tables: SnapshotTables, owner: Wire) -> None:
    indexed(owner, files(slices(7, root="/nas/other")), project="other", root="/nas/other")
    tables.refresh()
    assert tables.sql("select count(*) from scan").fetchall() == [(3,)]
    for project, n in (("tau", 2), ("other", 1)):
        assert tables.sql("select count(*) from scan", project=project).fetchall() == [(n,)]
        assert tables.sql("select count(*) from file", project=project).fetchall() == [(3 * n,)]
    with pytest.raises(NotFound, match="there is other, tau"):
        tables.sql("from scan", project="tao")


def test_the_past_is_as_it_was(tables: SnapshotTables, owner: Wire) -> None:
    scan = scan_of(tables)
    then = datetime.now(UTC).replace(tzinfo=None)
    tables.say([rating(scan)])
    indexed(owner, files(slices(3)))
    tables.refresh()
    past = tables.at(then)
    assert past.sql("select count(*) from scan").fetchall() == [(2,)]
    assert past.sql("select distinct quality from scan", project="tau").fetchall() == [("unreviewed",)]
    assert past.at(then - timedelta(days=1)).sql("from scan").fetchall() == []
    with pytest.raises(BadInput, match="past"):
        past.say([rating(scan)])
    assert tables.sql("select count(*) from scan").fetchall() == [(3,)]


def test_reading_goes_on_while_the_owner_is_dead(home: Home) -> None:
    owner = connect(home)
    indexed(owner, files(slices(1), slices(2)))
    tables = SnapshotTables(owner, home)
    stopped(owner.hello()["pid"], signal.SIGKILL)
    tables.refresh()
    assert tables.sql("select count(*) from file").fetchall() == [(6,)]
    fresh = SnapshotTables(owner.quietly(), home)
    assert fresh.sql("select count(*) from scan").fetchall() == [(2,)]


def test_a_vanished_generation_is_replaced_by_the_newest(
    tables: SnapshotTables, owner: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tables.loaded["tau"].folder
    indexed(owner, files(slices(3)))
    shutil.rmtree(old)
    monkeypatch.setattr(of_archive, "LOOK", 0)
    assert tables.sql("select count(*) from file").fetchall() == [(9,)]


def test_a_newer_schema_says_restart(tables: SnapshotTables, home: Home) -> None:
    manifest = tables.loaded["tau"].folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    with pytest.raises(TooNew, match="restart the kernel"):
        tables.refresh()


def test_columns_of_a_newer_owner_are_left_out(tables: SnapshotTables, home: Home) -> None:
    import duckdb

    folder = tables.loaded["tau"].folder
    path = folder / tables.loaded["tau"].files["scan_fact"]
    duckdb.sql(f"create table wider as select *, 1 as later from '{path}'")
    path.unlink()
    duckdb.sql(f"copy wider to '{path}'")
    fresh = SnapshotTables(tables.owner, home)
    assert fresh.sql("select count(*) from scan").fetchall() == [(2,)]


def test_threads_ask_while_another_speaks(tables: SnapshotTables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_archive, "LOOK", 0)
    scan = scan_of(tables)
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(20):
            try:
                if tables.sql("select count(*) from scan").fetchall() != [(2,)]:
                    wrong.append("count")
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for n in range(5):
        tables.say([Saying("note", "tau", scan, {"note": str(n)})])
    for thread in threads:
        thread.join()
    assert not wrong


def test_headers_are_those_of_the_catalogue_s_own_views(tables: SnapshotTables, owner: Wire) -> None:
    indexed(owner, files(slices(5)), headers((1, 1), (5, 1), text='{"x": 1}'))
    run = owner.begin("tau", "headers", ["/nas/tau"]).run
    owner.observe(run, 1, "instances", instances(1))
    owner.observe(run, 2, "instances", instances(5))
    owner.finish(run)
    tables.refresh()
    then = datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=1)
    for view in ("header", "instance_header"):
        plain = tables.at(then).sql(f"from {view} order by all").fetchall()
        assert tables.sql(f"from {view} order by all").fetchall() == plain
        assert tables.sql(f"from {view} order by all", project="tau").fetchall() == plain
        assert plain


def test_every_instance_header_is_a_patch_on_its_series(tables: SnapshotTables, owner: Wire) -> None:
    run = owner.begin("tau", "headers", ["/nas/tau"]).run
    owner.observe(run, 1, "instances", instances(1))
    owner.finish(run)
    tables.refresh()
    assert tables.sql("select count(*) from instance_header").fetchall() == [(3,)]
    assert sorted(tables.sql("select header_complete from scan").fetchall()) == [(0.0,), (1.0,)]
