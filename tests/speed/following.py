"""How soon an investigator's selection follows what assistants say: 10,416 sessions, five ratings a second, another process."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import labarchive
from labarchive.records import Saying
from tests.lab import servers
from tests.speed import ours
from tests.speed.panel import at
from tests.speed.table import Row, Table

RATE, SECONDS = 5, 24
DAY, AT_ONCE = 8 * 3600 * RATE, 500
"""Ratings of a working day at this rate; how many are said together to have them said in minutes."""
KERNEL = """
import json, sys, time, labarchive
archive = labarchive.open(sys.argv[1])
(project,) = archive
usable = project.scans(usable=True)
print("ready", flush=True)
seen, until = [], time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    found = len(usable)
    if not seen or seen[-1][1] != found:
        seen.append((time.monotonic(), found))
    time.sleep(0.02)
print(json.dumps(seen), flush=True)
"""


def following(table: Table, files: int = 1_000_000) -> None:
    """From the answer to a saying until ``len(scans(usable=True))`` of a kernel that asks all the time has it."""
    with ours.fresh_home() as home:
        made = [sys.executable, "-m", "tests.speed.synthetic", str(home), str(files), "12"]
        subprocess.run(made, check=True, capture_output=True, cwd=servers.ROOT)
        archive = labarchive.open(home)
        (project,) = archive
        scans = list(project.scans[: RATE * SECONDS])
        kernel = subprocess.Popen(
            [sys.executable, "-c", KERNEL, str(home), str(SECONDS + 4)], stdout=subprocess.PIPE, text=True
        )
        assert kernel.stdout is not None
        kernel.stdout.readline()
        owner = archive.tables.owner
        said: list[float] = []
        for n, scan in enumerate(scans):
            time.sleep(max(0.0, (said[0] if said else time.monotonic()) + n / RATE - time.monotonic()))
            owner.say([Saying("rating", scan.project, scan.id, {"quality": "usable"})])  # as REST says it
            said.append(time.monotonic())
        seen = json.loads(kernel.stdout.read())
        kernel.wait(30)
        said_already, most = on_disk(home), 0
        everything = list(project.scans)
        for n in range(0, DAY, AT_ONCE):
            some = (everything[at % len(everything)] for at in range(n, n + AT_ONCE))
            owner.say([Saying("rating", scan.project, scan.id, {"quality": "usable"}) for scan in some])
            time.sleep(0.3)  # as the herald gathers them, each time is published
            most = max(most, on_disk(home) - said_already)
        left = on_disk(home) - said_already
    assert seen[-1][1] == len(scans), (seen[-1], len(scans))
    late = sorted(next(when for when, count in seen if count > n) - told for n, told in enumerate(said))
    shown = f"p95 {1000 * at(late, 0.95):.0f} ms, median {1000 * at(late, 0.5):.0f} ms"
    what = f"a rating until another kernel's usable=True has it, {files // 12 // 8:,} sessions"
    table.add(Row(what, shown, reach="p95 1,000 ms", remark=f"{RATE} a second, {len(scans)} of them"))
    table.add(
        Row(
            f"what a day of ratings adds to snapshots, {DAY:,} at {RATE} a second",
            f"{most / 1e6:.1f} MB at most, {left / 1e6:.1f} MB at its end",
            reach="50 MB",
            remark="three generations, every file counted once",
        )
    )


def on_disk(home: Path) -> int:
    """Bytes of the published snapshots; a file that several generations share counts once."""
    sizes = {}
    for folder, _, names in os.walk(home / "snapshots"):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # a generation that was put away meanwhile
                found = Path(folder, name).stat()
                sizes[found.st_ino] = found.st_size
    return sum(sizes.values())
