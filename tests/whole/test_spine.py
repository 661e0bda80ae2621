"""A study on the NAS becomes a catalogue: what the command line shows of the example archive."""

import hashlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.whole.conftest import Door, Example

COUNTS = ("ok", "not_imaging", "empty", "damaged", "unreadable")


def fingerprint(tree: Path) -> dict[str, tuple[str, int, int]]:
    """Every file's digest, mtime and mode."""
    seen = {}
    for path in sorted(tree.rglob("*")):
        stat = path.lstat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        seen[str(path.relative_to(tree))] = (digest, stat.st_mtime_ns, stat.st_mode)
    return seen


def test_every_file_gets_a_row_and_not_one_byte_changes(door: Door, example: Example) -> None:
    _, folder = example.project
    before = fingerprint(folder)
    summary = door.index(folder)
    assert summary["files"] == sum(summary[word] for word in COUNTS)
    assert summary["files"] == summary["new"] == sum(path.is_file() for path in folder.rglob("*"))
    assert fingerprint(folder) == before


def test_a_second_index_finds_nothing_new(door: Door, example: Example) -> None:
    _, folder = example.project
    first = door.index(folder)
    again = door.index(folder)
    assert (again["new"], again["changed"], again["gone"]) == (0, 0, 0)
    assert again["files"] == first["files"]


def test_an_unmounted_root_marks_nothing_gone(door: Door, example: Example, tmp_path: Path) -> None:
    _, folder = example.project
    mount = tmp_path / "mount"
    shutil.copytree(folder, mount)
    door.index(mount)
    shutil.rmtree(mount)
    mount.mkdir()
    assert door.index(mount)["gone"] == 0
    assert door.sql("select count(*) as n from scan where gone")[0]["n"] == 0


def test_a_moved_folder_keeps_what_people_said(door: Door, example: Example, tmp_path: Path) -> None:
    _, folder = example.project
    place = tmp_path / "study"
    shutil.copytree(folder, place)
    door.index(place)
    scan = door.sql("select scan_id from scan where modality = 'MR' order by scan_id limit 1")[0]["scan_id"]
    door.run("rate", scan, "unusable", "--reason", "motion")
    place.rename(tmp_path / "study-moved")
    door.index(tmp_path, words=())
    row = door.sql(f"select quality, gone, folder from scan where scan_id = '{scan}'")[0]
    assert row["quality"] == "unusable"
    assert not row["gone"]
    assert "study-moved" in row["folder"]


def test_it_works_on_a_tree_mounted_read_only(door: Door, example: Example, tmp_path: Path) -> None:
    _, folder = example.project
    place = tmp_path / "read-only"
    shutil.copytree(folder, place)
    for path in [place, *place.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert door.index(place)["ok"] > 0
    finally:
        for path in [place, *place.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_rebuild_gives_the_same_answers(door: Door, example: Example) -> None:
    _, folder = example.project
    door.index(folder)
    scan = door.sql("select scan_id from scan order by scan_id limit 1")[0]["scan_id"]
    door.run("rate", scan, "questionable", "--reason", "noise")
    while door.sql("select min(header_complete) as least from scan")[0]["least"] < 1:
        time.sleep(0.2)  # the second pass goes on meanwhile
    everything = "select * from scan order by scan_id"
    before = door.sql(everything)
    door.stop()
    (door.home / "catalogue.duckdb").unlink()
    door.run("rebuild")
    assert door.sql(everything) == before


def test_every_process_names_its_home(door: Door, example: Example) -> None:
    _, folder = example.project
    door.index(folder)
    assert door.processes()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("index", "/no/such/folder", "--project", "p"), "/no/such/folder"),
        (("find", "scans", "colour=red"), "colour"),
        (("sql", "select * from nothing"), "nothing"),
        (("restore", "/no/such/file.tar"), "/no/such/file.tar"),
    ],
)
def test_bad_input_is_one_sentence_and_an_exit_code(door: Door, words: tuple[str, ...], says: str) -> None:
    done = door.run(*words, check=False)
    assert done.returncode not in (0, 1)
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_environment_can_name_the_home_instead(door: Door, example: Example) -> None:
    _, folder = example.project
    door.index(folder)
    command = [
        word for word in door.command("find", "scans", "--json") if word not in ("--home", str(door.home))
    ]
    done = subprocess.run(
        command,
        env={**os.environ, "LABARCHIVE_HOME": str(door.home)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.soak
def test_it_works_on_a_mount_that_really_is_read_only(door: Door, example: Example, tmp_path: Path) -> None:
    assert os.getuid() == 0, "only root can mount: run this one with sudo"
    _, folder = example.project
    mount = tmp_path / "mount"
    mount.mkdir()
    script = 'mount --bind "$1" "$2" && mount -o remount,ro,bind "$2" && ! touch "$2/nothing" 2>/dev/null && shift 2 && "$@"'
    # In a mount namespace of its own: nothing is left mounted, however it ends.
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(folder), str(mount)]
    index = door.command("index", mount, "--project", "tau-pet", "--json")
    done = subprocess.run([*command, *index], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.strip().splitlines()[-1])
    assert summary["files"] == summary["new"] == sum(path.is_file() for path in folder.rglob("*"))
    assert summary["unreadable"] == 0
