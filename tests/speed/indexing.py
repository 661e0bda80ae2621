"""Rows about indexing: local and far, against the readers that people use today; counts, rescans, second pass."""

import subprocess
import tempfile
import time
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

from tests.speed import ours, trees
from tests.speed.latency import Missing, Mount, mounted
from tests.speed.table import Row, Table, rate

PEERS = (
    # peer, processes, files locally, files at 1 ms, reach locally, reach at 1 ms
    ("stop_before_pixels", 1, 3000, 600, "to 20x", "25x"),
    ("stop_before_pixels", 2, 6000, 1200, "8x the best", ""),
    ("stop_before_pixels", 4, 6000, 1200, "8x the best", ""),
    ("gdcm_scanner", 1, 3000, 600, "", "12x"),
    ("simpleitk_information", 1, 2000, 400, "", ""),
)


def local(table: Table, tree: Path, name: str, turns: int) -> None:
    """First pass, warm, against every peer: in turns, and the best of each counts."""
    files = _warm(tree)
    best: dict[tuple[str, int], dict[str, Any]] = {}
    first: dict[str, Any] = {}
    for _ in range(turns):
        with ours.fresh_home() as home:
            done = ours.index(home, tree)
        first = min(first or done, done, key=lambda one: one["seconds"])
        for peer, processes, sample, _, _, _ in PEERS:
            _keep(best, (peer, processes), files[:: max(1, len(files) // sample)])
    count = first["files"]
    speed, cpu = count / first["seconds"], first["cpu"] / count
    table.add(
        Row(
            f"index, local, {name}",
            rate(count, first["seconds"]),
            remark=f"{count:,} files in {first['seconds']:.2f} s; {first['cpu'] / count * 1e6:.0f} us CPU a file,"
            f" owner included; {first['memory'] >> 20} MB at most",
        )
    )
    table.add(Row("  start-up of index", f"{first['startup_seconds']:.2f} s", reach="1.5 s"))
    for peer, processes, _, _, reach, _ in PEERS:
        _beside(table, f"  {peer}, {processes} process(es)", speed, best.get((peer, processes)), reach, cpu)


def _warm(tree: Path) -> list[str]:
    """All files, read once, so that nobody waits for the disk."""
    files = trees.listed(tree)
    for path in files:
        Path(path).read_bytes()
    return files


def far(table: Table, tree: Path, rtt_us: int) -> None:
    """First pass and rescan behind a round trip of so long, and what each file costs in trips and bytes."""
    _warm(tree)  # the server has it in memory: what is measured is the way there, not its disk
    try:
        with tempfile.TemporaryDirectory(prefix="far-", dir=trees.KEPT) as place, ours.fresh_home() as home:
            _far(table, tree, Path(place), home, rtt_us)
    except Missing as missing:
        table.skip(f"index at {rtt_us / 1000:g} ms", missing)


def _far(table: Table, tree: Path, place: Path, home: Path, rtt_us: int) -> None:
    name = f"at {rtt_us / 1000:g} ms"
    with mounted(tree, place, rtt_us=rtt_us) as mount, ours.fresh_home() as other:
        once = ours.index(other, mount.path)
    with mounted(tree, place, rtt_us=rtt_us) as mount:
        first = ours.index(home, mount.path)
        total = mount.counts()
    first["seconds"] = min(first["seconds"], once["seconds"])  # the better of two turns, as elsewhere
    speed, cpu = first["files"] / first["seconds"], first["cpu"] / first["files"]
    remark = f"{total['most_in_flight']} in flight at most; {first['cpu'] / first['files'] * 1e6:.0f} us CPU a file"
    table.add(Row(f"index {name}", rate(first["files"], first["seconds"]), remark=remark))
    for peer, processes, _, sample, _, reach in PEERS:
        best: dict[tuple[str, int], dict[str, Any]] = {}
        with mounted(tree, place, rtt_us=rtt_us) as mount:
            files = trees.listed(mount.path)
            _keep(best, (peer, processes), files[:: max(1, len(files) // sample)])
        _beside(table, f"  {peer}, {processes} process(es)", speed, best.get((peer, processes)), reach, cpu)
    _counts(table, tree, place, first["files"], total)
    with mounted(tree, place, rtt_us=rtt_us) as mount:
        again = ours.index(home, mount.path)
        opened = mount.counts()["open"]
    with mounted(tree, place, rtt_us=rtt_us) as mount:
        began = time.perf_counter()
        subprocess.run(["find", str(mount.path), "-size", "+0", "-newermt", "2100-01-01"], check=True)
        find = time.perf_counter() - began
    table.add(
        Row(
            f"rescan unchanged {name}",
            rate(again["files"], again["seconds"]),
            f"find {rate(again['files'], find)}",
            find / again["seconds"],
            remark=f"{opened} files opened",
        )
    )


def _counts(table: Table, tree: Path, place: Path, files: int, total: dict[str, int]) -> None:
    """The walk and one whole header a series are counted again on mounts of their own, and taken off."""
    with mounted(tree, place, rtt_us=0) as mount:
        walk = _counted(mount, "only_walk", [str(mount.path)])
    with mounted(tree, place, rtt_us=0) as mount:
        firsts = trees.firsts(mount.path)
        headers = _counted(mount, "whole_headers", firsts, apart=True)
    kept = {key: total[key] - walk[key] - headers[key] for key in ("open", "read", "close", "bytes")}
    trips = (kept["open"] + kept["read"] + kept["close"]) / files
    table.add(Row("  round trips a file", f"{trips:.2f}", reach="3.1", remark="open, read and close"))
    table.add(Row("  bytes a file", f"{kept['bytes'] / files:,.0f}", reach="10,000"))
    folders = sum(walk[key] for key in ("lookup", "getattr", "readdir"))
    table.add(Row("  trips for folders and stats", f"{folders:,}", remark=f"{folders / files:.3f} a file"))
    read = sum(headers[key] for key in ("open", "read", "close")) / len(firsts)
    table.add(
        Row(
            "  a whole header a series",
            f"{read:.1f} trips",
            remark=f"{headers['bytes'] / len(firsts):,.0f} bytes, {len(firsts):,} series",
        )
    )


def _counted(mount: Mount, name: str, paths: list[str], *, apart: bool = False) -> dict[str, int]:
    before = mount.counts() if apart else dict.fromkeys(mount.counts(), 0)
    ours.peer(name, paths[1:] + paths[:1] if apart else paths)
    counts = {key: count - before[key] for key, count in mount.counts().items()}
    if apart:  # the peer's own warming up read one file twice
        counts = {key: count * len(paths) // (len(paths) + 1) for key, count in counts.items()}
    return counts


def rescan(table: Table, tree: Path, turns: int) -> None:
    """An unchanged tree, local and warm."""
    with ours.fresh_home() as home:
        ours.index(home, tree)
        runs = [ours.index(home, tree) for _ in range(turns)]
    best = min(runs, key=lambda one: one["seconds"])
    walks = [ours.peer("only_walk", [str(tree)]) for _ in range(turns)]
    walk = min(one["seconds"] for one in walks)
    table.add(
        Row(
            "rescan unchanged, local",
            rate(best["files"], best["seconds"]),
            f"walk and stat alone {rate(best['files'], walk)}",
            walk / best["seconds"],
            reach="20,000 files/s",
            remark=f"{best['files']:,} files in {best['seconds']:.2f} s;"
            f" {best['cpu'] / best['files'] * 1e6:.0f} us CPU a file, start-up included",
        )
    )


def second_pass(table: Table, files: int = 3000) -> None:
    """Every instance's whole header as a difference, against pydicom's own JSON."""
    tree = trees.plain("vendor", files)
    with ours.fresh_home() as home:
        ours.index(home, tree)
        done = ours.second_pass(home)
    peer = ours.peer("pydicom_json", trees.listed(tree)[::10])
    _beside(table, "second pass, local", done["rate"], peer, "")


def bids(table: Table, tree: Path, name: str, turns: int) -> None:
    """A BIDS data set, metadata and inheritance included."""
    done = min((_fresh(tree) for _ in range(turns)), key=lambda each: each["seconds"])
    peer = min(
        (ours.peer("pybids_layout", [str(tree)], limit=600) for _ in range(turns)),
        key=lambda each: each["seconds"],
    )
    peer["files"] = done["files"]  # pybids leaves sidecars out of its answer; it looks at all files, as we do
    _beside(table, f"index of {name} ({done['files']:,} files)", done["files"] / done["seconds"], peer, "10x")


def _fresh(tree: Path) -> dict[str, Any]:
    with ours.fresh_home() as home:
        return ours.index(home, tree)


def _keep(best: dict[tuple[str, int], dict[str, Any]], key: tuple[str, int], files: list[str]) -> None:
    try:
        done = ours.peer(*key[:1], files, key[1])
    except (TimeoutExpired, subprocess.CalledProcessError):
        return
    if key not in best or done["seconds"] / done["files"] < best[key]["seconds"] / best[key]["files"]:
        best[key] = done


def _beside(
    table: Table, what: str, speed: float, peer: dict[str, Any] | None, reach: str, cpu: float | None = None
) -> None:
    """``cpu``: our CPU seconds a file."""
    if peer is None:
        table.skip(what, "it failed or took longer than its limit")
        return
    theirs, used = peer["files"] / peer["seconds"], peer["cpu"] / peer["files"]
    table.add(
        Row(
            what,
            f"{speed:,.0f} files/s",
            f"{theirs:,.0f} files/s",
            speed / theirs,
            None if cpu is None else used / cpu,
            reach,
            f"{used * 1e6:,.0f} us CPU a file, {peer['files']:,.0f} files",
        )
    )
