"""Every file of a tree is met once, whatever its name; nothing is called gone that may still be there."""

import os
import posixpath
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from labarchive.files import Walk, walk


def paths(*roots: Path) -> list[bytes]:
    """What a walk meets, sorted."""
    return sorted(one.path for found in walk([os.fsencode(root) for root in roots]) for one in found)


def test_every_file_is_met_once_with_its_attributes(tmp_path: Path) -> None:
    for i in range(30):
        folder = tmp_path / f"d{i % 5}" / f"e{i % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{i}.dcm").write_bytes(b"x" * i)
    found = [one for batch in walk([os.fsencode(tmp_path)], batch=7) for one in batch]
    assert len({one.path for one in found}) == len(found) == 30
    for one in found:
        seen = os.stat(one.path)  # noqa: PTH116, its path is bytes
        assert (one.size, one.mtime_ns, one.inode) == (seen.st_size, seen.st_mtime_ns, seen.st_ino)


def test_names_may_hold_any_bytes(tmp_path: Path) -> None:
    names = [b"caf\xe9.dcm", b"two\nlines.dcm", b"tab\t.dcm", "ü ß.dcm".encode(), b"-rf"]
    for name in names:
        Path(os.fsdecode(posixpath.join(os.fsencode(tmp_path), name))).write_bytes(b"x")
    assert sorted(posixpath.basename(path) for path in paths(tmp_path)) == sorted(names)


def test_roots_inside_one_another_give_each_file_once(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x").write_bytes(b"x")
    assert len(paths(tmp_path, tmp_path / "a", tmp_path / "a" / "b")) == 1


def test_links_are_followed_inside_the_roots_only_and_never_in_loops(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "a").mkdir(parents=True)
    outside.mkdir()
    (root / "a" / "x").write_bytes(b"xyz")
    (outside / "secret").write_bytes(b"s")
    (root / "to-file").symlink_to(root / "a" / "x")
    (root / "to-folder").symlink_to(root / "a")
    (root / "a" / "loop").symlink_to(root)
    (root / "out").symlink_to(outside)
    (root / "out-file").symlink_to(outside / "secret")
    (root / "dangling").symlink_to(root / "nothing")
    found = {posixpath.basename(one.path): one for batch in walk([os.fsencode(root)]) for one in batch}
    assert set(found) == {b"x", b"to-file", b"out", b"out-file", b"dangling"}
    assert found[b"to-file"].size == 3
    assert "leads out" in found[b"out"].problem
    assert "leads out" in found[b"out-file"].problem
    assert "nothing" in found[b"dangling"].problem


def test_a_root_may_be_a_link_and_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert paths(tmp_path / "link") == [os.fsencode(tmp_path / "link" / "x")]
    assert paths(tmp_path / "real" / "x") == [os.fsencode(tmp_path / "real" / "x")]


_AS_NOBODY = """
import os, posixpath, sys
os.setuid(65534)
from labarchive.files import Walk
walk = Walk([os.fsencode(sys.argv[1])])
found = [one for batch in walk for one in batch]
locked = os.fsencode(sys.argv[1]) + b"/locked"
print([posixpath.basename(one.path).decode() for one in found if one.problem])
print(walk.covers(locked + b"/x"), walk.covers(os.fsencode(sys.argv[1]) + b"/other"))
"""


def test_nothing_below_an_unreadable_folder_is_called_gone(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o700)
    (tmp_path / "locked" / "x").write_bytes(b"x")
    (tmp_path / "y").write_bytes(b"y")
    if os.getuid():
        (tmp_path / "locked").chmod(0)
        program = _AS_NOBODY.replace("os.setuid(65534)\n", "")
    else:
        program = _AS_NOBODY
        for folder in (tmp_path, *tmp_path.parents):
            if folder == Path(tempfile.gettempdir()):
                break
            folder.chmod(0o755)
    try:
        told = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
        )
    finally:
        (tmp_path / "locked").chmod(0o700)
    if "No module named" in told.stderr or "PermissionError" in told.stderr:
        pytest.skip("another user cannot reach this environment")
    assert told.stdout.splitlines() == ["['locked']", "False True"], told.stderr


def test_an_empty_a_missing_and_a_filled_root_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_bytes(b"x")
    roots = [os.fsencode(tmp_path / name) for name in ("empty", "missing", "full")]
    walked = Walk(roots)
    assert sum(map(len, walked)) == 1
    assert [walked.state[root] for root in roots] == ["empty", "missing", "there"]
    assert [walked.covers(root + b"/gone") for root in roots] == [False, False, True]


def test_what_lies_below_a_skipped_folder_and_was_not_met_is_not_gone(tmp_path: Path) -> None:
    (tmp_path / "old" / "young").mkdir(parents=True)
    (tmp_path / "old" / "young" / "x").touch()
    known = {os.fsencode(path): path.stat().st_mtime_ns for path in (tmp_path, tmp_path / "old")}
    quick = Walk([os.fsencode(tmp_path)], known_folders=known)
    assert list(quick) == []
    assert not quick.covers(os.fsencode(tmp_path / "old" / "young" / "x"))


def test_a_quick_walk_looks_only_into_folders_that_changed(tmp_path: Path) -> None:
    for name in ("same", "grown"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "x").write_bytes(b"x")
        (tmp_path / name / "deep" / "y").write_bytes(b"y")
    first = Walk([os.fsencode(tmp_path)])
    assert sum(map(len, first)) == 4
    (tmp_path / "grown" / "deep" / "new").write_bytes(b"new")
    quick = Walk([os.fsencode(tmp_path)], known_folders=first.folders)
    found = sorted(one.path for batch in quick for one in batch)
    assert found == [os.fsencode(tmp_path / "grown" / "deep" / name) for name in ("new", "y")]
    assert not quick.covers(os.fsencode(tmp_path / "same" / "x"))
    assert quick.covers(os.fsencode(tmp_path / "grown" / "deep" / "gone"))
    assert set(quick.folders) == set(first.folders)


def test_a_walk_that_is_broken_off_leaves_no_thread(tmp_path: Path) -> None:
    import threading

    for i in range(300):
        (tmp_path / str(i)).mkdir()
        (tmp_path / str(i) / "x").write_bytes(b"x")
    before = threading.active_count()
    batches = iter(Walk([os.fsencode(tmp_path)], batch=1))
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
