"""Our own runs: a fresh home, the command as people type it, its processes' memory, and nothing left running."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.speed.trees import KEPT

TICKS = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def fresh_home() -> Iterator[Path]:
    """A home of its own; its owner and its second pass are ended, and it is removed."""
    KEPT.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="home-", dir=KEPT))
    try:
        yield home
    finally:
        end(home)
        shutil.rmtree(home, ignore_errors=True)


def index(home: Path, tree: Path, project: str = "bench") -> dict[str, Any]:
    """The summary of ``labarchive index --json``; with ``cpu`` seconds and ``memory`` (most bytes) of all processes.

    The second pass, which ``index`` starts and does not wait for, is ended: it would slow what is measured next.
    """
    used, owner = os.times(), _owner_cpu(home)
    with _watched(home) as most:
        done = subprocess.run(_command(home, tree, project), stdout=subprocess.PIPE, text=True, check=True)
    end(home, "headers")
    after = os.times()
    cpu = after.children_user + after.children_system - used.children_user - used.children_system
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**summary, "cpu": cpu + _owner_cpu(home) - owner, "memory": most[0]}


def indexing(home: Path, tree: Path, project: str) -> "subprocess.Popen[bytes]":
    """The same under way, with nobody watching."""
    return subprocess.Popen(_command(home, tree, project), stdout=subprocess.DEVNULL)


def _command(home: Path, tree: Path, project: str) -> list[str]:
    words = ["--home", str(home), "index", str(tree), "--project", project, "--json"]
    return [sys.executable, "-m", "labarchive", *words]


def second_pass(home: Path, project: str = "bench") -> dict[str, Any]:
    """``headers``, ``seconds`` and ``rate`` of reading all whole headers, waited for."""
    command = [
        sys.executable,
        "-m",
        "labarchive.archive",
        "--home",
        str(home),
        "headers",
        "--project",
        project,
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])["summary"]
    return summary


def peer(name: str, paths: Sequence[str], processes: int = 1, limit: float = 300) -> dict[str, float]:
    """What a peer needs for these files, in a process of its own. Raises TimeoutExpired after ``limit`` seconds."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.speed.peers", name, str(processes)],
        input="\n".join(paths), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True,
        timeout=limit,
    )  # fmt: skip
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def end(home: Path, word: str = "") -> None:
    """End the processes that name this home on their command line (and ``word``, if given), and wait for them."""
    pids = [pid for pid, words in _processes(home) if not word or word in words]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + 10
    while time.monotonic() < until and any(pid in pids for pid, _ in _processes(home)):
        time.sleep(0.02)


def memory(home: Path) -> int:
    """Bytes that all processes of a home hold now."""
    total = 0
    for pid, _ in _processes(home):
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return total


@contextlib.contextmanager
def _watched(home: Path) -> Iterator[list[int]]:
    most, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            most[0] = max(most[0], memory(home))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield most
    finally:
        over.set()
        watcher.join()


def _processes(home: Path) -> list[tuple[int, list[str]]]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
                if str(home) in words and (entry / "stat").read_text().rpartition(") ")[2][0] != "Z":
                    found.append((int(entry.name), words))
    return found


def _owner_cpu(home: Path) -> float:
    total = 0.0
    for pid, words in _processes(home):
        if "labarchive.server" in words:
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
                total += (int(fields[11]) + int(fields[12])) / TICKS
    return total
