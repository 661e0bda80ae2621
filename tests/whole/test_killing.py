"""kill -9 of the indexer and of the owner at random points: nothing acknowledged is lost, all comes back."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pydicom
import pytest

from labarchive.index.by_pydicom import header as header_by_pydicom
from tests.whole.conftest import Door, Example

PATIENCE = 120.0
EVERYTHING = (
    "select * exclude (header_complete) from scan order by scan_id",
    "select * from session order by session_id",
    "select * from subject order by subject_id",
    "select * from file order by path",
    "select * from saying order by seq",
)


def killed(door: Door, what: str) -> bool:
    """End one process of this archive at once; whether there was one."""
    for pid in door.processes():
        with contextlib.suppress(OSError):
            if what in (Path("/proc") / str(pid) / "cmdline").read_bytes().decode(errors="replace"):
                os.kill(pid, signal.SIGKILL)
                return True
    return False


def one_round(door: Door, folder: Path, rng: random.Random, said: list[tuple[str, str]]) -> bool:
    """Index while something is killed and people speak; whether the victim was at work."""
    indexing = subprocess.Popen(
        door.command("index", folder, "--project", "tau-pet", "--json"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(rng.uniform(0.2, 1.2))
    victim = rng.choice(["labarchive.server", "labarchive.archive", "index"])
    saying = subprocess.Popen(
        door.command("note", said_of(door, rng), f"round {len(said)}", "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    time.sleep(rng.uniform(0.0, 0.5))
    hit = killed(door, victim)
    out, _ = saying.communicate(timeout=PATIENCE)
    if saying.returncode == 0 and out.strip():
        said.append((json.loads(out.strip().splitlines()[-1]).get("about", ""), f"round {len(said)}"))
    indexing.wait(PATIENCE)
    return hit


def said_of(door: Door, rng: random.Random) -> str:
    rows = door.sql("select scan_id from scan order by scan_id")
    return str(rng.choice(rows)["scan_id"])


def whole_headers(door: Door, tree: Path) -> list[dict[str, Any]]:
    """Wait for the second pass, then every instance's header; one that was killed goes on with the next index."""
    until, again = time.monotonic() + PATIENCE, time.monotonic() + PATIENCE / 6
    while door.sql("select min(header_complete) as least from scan")[0]["least"] < 1:
        assert time.monotonic() < until, "the second header pass does not end"
        if time.monotonic() > again:
            door.index(tree)
            again = time.monotonic() + PATIENCE / 6
        time.sleep(0.5)
    return door.sql("select sop_uid, header from instance_header")


def through(door: Door, example: Example, tree: Path, rounds: int, seed: int) -> None:
    _, folder = example.project
    shutil.copytree(folder, tree)
    door.index(tree)
    rng, said, hits = random.Random(seed), [], 0
    for turn in range(rounds):
        for path in rng.sample(sorted(tree.rglob("*.dcm")), 40):
            os.utime(path, ns=(time.time_ns(), time.time_ns() + turn))
        hits += one_round(door, tree, rng, said)
    assert hits >= rounds // 2
    door.index(tree)
    headers = whole_headers(door, tree)
    notes = {
        row["note"] for row in door.sql("select payload->>'note' as note from saying where verb = 'note'")
    }
    assert {note for _, note in said} <= notes
    before = [door.sql(query) for query in EVERYTHING]
    door.run("fsck")
    assert "different" not in door.run("rebuild").stdout
    assert [door.sql(query) for query in EVERYTHING] == before
    compared = equal_to_pydicom(tree, headers)
    assert compared > 100


def equal_to_pydicom(tree: Path, headers: list[dict[str, Any]]) -> int:
    kept = {row["sop_uid"]: row["header"] for row in headers}
    compared = 0
    for path in sorted(tree.rglob("*.dcm")):
        with contextlib.suppress(Exception):
            uid = str(pydicom.dcmread(path, specific_tags=["SOPInstanceUID"]).SOPInstanceUID)
            if uid in kept:
                seen = kept[uid] if isinstance(kept[uid], dict) else json.loads(kept[uid])
                assert seen == json.loads(json.dumps(header_by_pydicom(path.read_bytes()))), path.name
                compared += 1
    return compared


def test_a_few_rounds_of_kill_lose_nothing(door: Door, example: Example, tmp_path: Path) -> None:
    through(door, example, tmp_path / "nas", rounds=4, seed=1)


@pytest.mark.soak
def test_a_hundred_rounds_of_kill_lose_nothing(door: Door, example: Example, tmp_path: Path) -> None:
    through(door, example, tmp_path / "nas", rounds=100, seed=2)
