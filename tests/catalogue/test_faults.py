"""Torn lines, full disks, damaged files, killed owners: one clear sentence, and nothing lost that was acknowledged."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from labarchive.catalogue import Catalogue, backup, disk, rebuild, restore
from labarchive.catalogue import journal as journals
from labarchive.errors import BadInput, Busy, Damaged, NoRoom, NotFound, TooNew
from labarchive.settings import Home
from tests.catalogue.conftest import ROOT, Bench, study
from tests.catalogue.test_rebuild import tables


def test_a_torn_last_line_is_set_aside_and_speaking_goes_on(bench: Bench) -> None:
    bench.index(study(1))
    scan = bench.ids("scan")[0]
    bench.say("tag", scan, tag="kept")
    bench.catalogue.close()
    segment = bench.home.journal / "000001.jsonl"
    for path in (segment, journals.beside(segment)):
        with path.open("ab") as file:
            file.write(b'{"seq":99,"at":"2026')
    bench.catalogue = Catalogue(bench.home)
    bench.say("tag", scan, tag="after")
    assert bench.rows(f"select tags from scan where scan_id = '{scan}'") == [(["after", "kept"],)]
    assert list(bench.catalogue.journal.problems()) == []
    assert len(list(bench.home.journal.glob("torn-*"))) == 2


def test_an_entry_whose_payload_did_not_reach_the_disk_was_never_said(bench: Bench) -> None:
    bench.index(study(1))
    scan = bench.ids("scan")[0]
    last = bench.say("tag", scan, tag="kept").last
    bench.catalogue.close()
    shutil.copytree(bench.home.journal, bench.home.path / "before")
    bench.catalogue = Catalogue(bench.home)
    bench.say("tag", scan, tag="lost")
    bench.catalogue.close()
    payloads = journals.beside(bench.home.journal / "000001.jsonl")
    shutil.copy(bench.home.path / "before" / payloads.name, payloads)
    with pytest.raises(Damaged, match="the journal has"):
        Catalogue(bench.home)
    rebuild(bench.home)
    bench.catalogue = Catalogue(bench.home)
    assert bench.catalogue.journal.last_seq == last


def test_a_full_disk_refuses_the_saying_and_the_journal_stays_whole(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.index(study(1))
    scan = bench.ids("scan")[0]

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", full)
        with pytest.raises(NoRoom, match="make room"):
            bench.say("tag", scan, tag="x")
    bench.say("tag", scan, tag="y")
    assert list(bench.catalogue.journal.problems()) == []
    assert bench.rows(f"select tags from scan where scan_id = '{scan}'") == [(["y"],)]


def test_tables_that_cannot_follow_the_journal_end_the_owner_and_the_next_one_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    from labarchive.catalogue import scribe

    bench.index(study(1))
    scan = bench.ids("scan")[0]

    def fatal(*_: object) -> None:
        raise duckdb.FatalException("FATAL Error: no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(scribe, "insert_sayings", fatal)
        bench.say("tag", scan, tag="durable")  # the journal has it
        bench.catalogue.scribe.catch_up()
    assert bench.catalogue.dead
    with pytest.raises(NoRoom):
        bench.catalogue.projects()
    bench.again()
    assert bench.rows(f"select tags from scan where scan_id = '{scan}'") == [(["durable"],)]


def test_a_corrupt_catalogue_names_rebuild_and_rebuild_brings_it_back(bench: Bench) -> None:
    bench.index(study(1))
    before = tables(bench.catalogue.store)
    bench.catalogue.close()
    with bench.home.catalogue.open("r+b") as file:
        file.write(os.urandom(8192))
    with pytest.raises(Damaged, match="labarchive rebuild"):
        Catalogue(bench.home)
    rebuild(bench.home)
    bench.catalogue = Catalogue(bench.home)
    assert tables(bench.catalogue.store) == before


def test_a_newer_schema_is_refused(bench: Bench) -> None:
    with bench.catalogue.store.writing() as cursor:
        cursor.execute("update schema_version set version = 99")
    bench.catalogue.close()
    with pytest.raises(TooNew, match="schema 99"):
        Catalogue(bench.home)
    rebuild(bench.home)
    bench.catalogue = Catalogue(bench.home)


def test_fsck_names_what_does_not_add_up(bench: Bench) -> None:
    bench.index(study(1), study(2))
    scan = bench.ids("scan")[0]
    bench.say("tag", scan, tag="true")
    bench.say("tag", scan, tag="more")
    assert bench.catalogue.do("fsck")["ok"]
    with bench.catalogue.store.writing() as cursor:
        cursor.execute("update scan_fact set description = 'changed'")
    assert bench.catalogue.do("fsck")["findings"] == [
        "table scan_fact is not what journal and observations make"
    ]
    payloads = journals.beside(bench.home.journal / "000001.jsonl")
    payloads.write_bytes(payloads.read_bytes().replace(b'"true"', b'"lies"'))
    part = next(bench.home.observations.rglob("*-files.parquet"))
    content = bytearray(part.read_bytes())
    content[60] ^= 255
    part.write_bytes(content)
    findings = bench.catalogue.do("fsck")["findings"]
    assert any("is not what was said" in finding for finding in findings)
    assert any("of the observations cannot be read" in finding for finding in findings)


def test_a_changed_envelope_breaks_the_chain(bench: Bench) -> None:
    bench.index(study(1))
    for n in range(3):
        bench.say("tag", bench.ids("scan")[0], tag=str(n), who="ada")
    segment = bench.home.journal / "000001.jsonl"
    segment.write_bytes(segment.read_bytes().replace(b'"ada"', b'"bob"', 1))
    assert any("chain" in finding for finding in bench.catalogue.journal.problems())


def test_a_backup_restores_into_an_empty_home_only(bench: Bench, tmp_path: Path) -> None:
    bench.index(study(1))
    bench.say("tag", bench.ids("scan")[0], tag="kept")
    bench.catalogue.scribe.catch_up()
    before = tables(bench.catalogue.store)
    bench.catalogue.do("backup", file=str(tmp_path / "copy.tar"))
    with pytest.raises(BadInput, match="not empty"):
        restore(bench.home, tmp_path / "copy.tar")
    restore(Home(tmp_path / "again"), tmp_path / "copy.tar")
    again = Catalogue(Home(tmp_path / "again"))
    assert tables(again.store) == before
    again.close()
    with pytest.raises(NotFound, match=r"nothing\.tar"):
        restore(Home(tmp_path / "third"), tmp_path / "nothing.tar")
    (tmp_path / "odd.tar").write_bytes(b"no tar")
    with pytest.raises(BadInput, match="not a"):
        restore(Home(tmp_path / "third"), tmp_path / "odd.tar")
    with pytest.raises(BadInput, match="inside"):
        backup(bench.home, bench.home.path / "copy.tar")


def test_the_doctor_is_red_when_the_copy_is_late(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from labarchive.catalogue import check

    def colour() -> str:
        checks = bench.catalogue.do("doctor")["checks"]
        return next(each["colour"] for each in checks if each["name"] == "backup")

    bench.index(study(1))
    assert colour() == "yellow"
    bench.home.settings.write_text(f'[backup]\nto = "{tmp_path / "nas"}"\n')
    assert colour() == "green"
    later = check.utc_now() + timedelta(minutes=11)
    monkeypatch.setattr(check, "utc_now", lambda: later)
    assert colour() == "red"
    assert bench.catalogue.do("copy")["files"] >= 4
    assert colour() == "green"
    assert bench.catalogue.do("copy")["files"] == 0


def test_the_doctor_sees_a_network_home_and_open_rights(bench: Bench) -> None:
    bench.catalogue.file_system = lambda _: 0x6969
    bench.home.journal.chmod(0o755)
    checks = {each["name"]: each["colour"] for each in bench.catalogue.do("doctor")["checks"]}
    assert (checks["place"], checks["rights"]) == ("red", "red")
    assert disk.file_system(bench.home.path) != 0


def test_everything_in_the_home_is_the_owners_alone(bench: Bench) -> None:
    bench.index(study(1))
    bench.say("tag", bench.ids("scan")[0], tag="x")
    bench.kernel()
    for path in [bench.home.path, *bench.home.path.rglob("*")]:
        if path.suffix != ".wal":  # DuckDB's, inside the closed folder
            assert path.stat().st_mode & 0o077 == 0, path


def test_an_unknown_verb_or_word_is_said(bench: Bench) -> None:
    with pytest.raises(BadInput, match="no verb"):
        bench.catalogue.do("dance")
    with pytest.raises(BadInput, match="takes no"):
        bench.catalogue.do("fsck", colour="red")
    with pytest.raises(NotFound):
        rebuild(Home(bench.home.path / "nowhere"))
    with pytest.raises(Busy):
        rebuild(bench.home)


CHILD = """
import itertools, json, sys
from pathlib import Path
import pyarrow as pa
from labarchive.catalogue import Catalogue
from labarchive.records import Saying
from labarchive.settings import Home
sys.path.insert(0, sys.argv[2])
from tests.catalogue.conftest import study
catalogue = Catalogue(Home(Path(sys.argv[1])))
def ack(**words):
    print(json.dumps(words), flush=True)
scans = []
for n in itertools.count(int(sys.argv[3])):
    run = catalogue.begin("tau", "index", ["/nas/tau"], pid=1 << 22).run
    rows = study(n, scans=1, slices=2)
    catalogue.observe(run, 1, "files", pa.Table.from_pylist(rows))
    ack(paths=[row["path"] for row in rows])
    catalogue.finish(run)
    with catalogue.store.reading() as cursor:
        scans = [row[0] for row in cursor.execute("select distinct scan_id from scan_fact order by 1").fetchall()]
    for about in scans[-3:]:
        receipt = catalogue.say([Saying("tag", "tau", about, {"tag": f"t{n}"}, who="ada")])
        ack(seq=receipt.last, about=about)
"""


def killed_child(home: Path, first: int, seconds: float) -> list[dict[str, object]]:
    """What a child that was killed had acknowledged."""
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home), str(root), str(first)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    lines = [child.stdout.readline()]
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    lines += child.stdout.read().splitlines(keepends=True)
    child.wait()
    return [json.loads(line) for line in lines if line.endswith("\n")]


def test_a_killed_owner_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    rounds = int(os.environ.get("LABARCHIVE_KILLS", "5"))
    chance = random.Random(7)
    acknowledged: list[dict[str, object]] = []
    for n in range(rounds):
        acknowledged += killed_child(tmp_path / "home", 1000 * n, chance.uniform(0, 0.8))
    bench = Bench(tmp_path / "home")
    run = bench.catalogue.begin("tau", "index", [ROOT], pid=1 << 22).run
    known = {path.decode() for path in bench.catalogue.known(run)["path"].to_pylist()}
    bench.catalogue.finish(run)
    assert known >= {path for each in acknowledged for path in each.get("paths", [])}  # type: ignore[attr-defined]
    said = {(row[0], row[1]) for row in bench.rows("select seq, about from saying where verb = 'tag'")}
    assert said >= {(each["seq"], each["about"]) for each in acknowledged if "seq" in each}
    assert bench.catalogue.do("fsck")["findings"] == []
    bench.catalogue.close()


def test_a_part_that_disappears_is_named(bench: Bench, benches: Callable[[str], Bench]) -> None:
    run = bench.catalogue.begin("tau", "index", [ROOT]).run
    bench.catalogue.observe(run, 1, "files", pa.Table.from_pylist(study(1)))
    bench.catalogue.observations.path_of(run, 1, "files").unlink()
    with pytest.raises(Damaged, match="observations"):
        bench.catalogue.finish(run)
    assert not bench.catalogue.dead


def test_an_owner_that_died_between_taking_parts_and_deriving_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labarchive.catalogue import fold, replay

    monkeypatch.setattr(fold, "PORTION", 4)
    run = bench.catalogue.begin("tau", "index", [ROOT]).run
    for n in (1, 2, 3):
        bench.catalogue.observe(run, n, "files", pa.Table.from_pylist(study(n)))
    digests = pa.table({"path": [study(1)[0]["path"]], "sha256": ["ab"]})
    bench.catalogue.observe(run, 4, "digests", digests)

    def killed(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(replay, "derive", killed)
        with pytest.raises(MemoryError):
            bench.catalogue.finish(run)
    bench.again()
    assert bench.catalogue.finish(run).new == 18
    assert bench.rows("select count(*), count(distinct study_uid) from scan") == [(6, 3)]
    assert bench.rows("select sha256, count(*) from file group by all order by all") == [
        ("ab", 1),
        (None, 17),
    ]
    bench.index([{**study(1)[0], "mtime_ns": 7}], gone=[study(2)[0]["path"]])
    assert bench.catalogue.do("fsck")["findings"] == []
