"""One index run from its folders to its summary: what is new goes to the owner while the rest is read."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from labarchive.archive import roots as of_roots
from labarchive.archive.indexed import Indexed, Progress
from labarchive.archive.sending import Sender
from labarchive.index.batches import Indexer
from labarchive.index.lean import environment
from labarchive.records import Owner, Run, RunSummary
from labarchive.settings import Home
from labarchive.wire import connect


def index(
    home: Home,
    paths: Sequence[str | os.PathLike[str]],
    project: str,
    *,
    quick: bool = False,
    progress: Progress | None = None,
    door: str = "python",
    began: float | None = None,
    headers: bool = True,
) -> Indexed:
    """Index these folders into ``project``, in this process; Ctrl-C keeps what is done and says so.

    ``began`` (time.monotonic) is when this process was started: the time until the run begins, and what the
    readers need to start, is ``startup_seconds`` and not in ``seconds``. ``headers``: start the second pass.
    """
    began = time.monotonic() if began is None else began
    roots = of_roots.checked(paths)
    owner = connect(home, door=door)
    run = owner.begin(project, "quick" if quick else "index", roots)
    started = time.monotonic()
    indexer = _indexer(owner, home, run)
    complete = False
    with _stoppable() as stopped:
        begun_ns = of_roots.now_ns()
        complete = _sent(owner, run, indexer, progress)
        of_roots.remember(home, project, indexer.folders, begun_ns)
    summary = owner.finish(run.run, complete=complete and not stopped)
    ended = time.monotonic()
    if headers and _worth_a_second_pass(summary):
        start_headers(home, project)
    return Indexed(
        **asdict(summary),
        seconds=round(max(ended - started - indexer.started_in, 0.0), 3),
        startup_seconds=round(started - began + indexer.started_in, 3),
        complete=complete and not stopped,
        quick=quick,
    )


def _indexer(owner: Owner, home: Home, run: Run) -> Indexer:
    series = owner.series(run.run)
    pairs: Any = zip(
        series.column("study_uid").to_pylist(), series.column("series_uid").to_pylist(), strict=True
    )
    return Indexer(
        [os.fsencode(root) for root in run.roots],
        owner.known(run.run),
        set(pairs),
        processes=min(4, os.cpu_count() or 1),
        known_folders=of_roots.recall(home, run.project) if run.kind == "quick" else None,
        words=("--home", str(home.path)),
    )


def _sent(owner: Owner, run: Run, indexer: Indexer, progress: Progress | None) -> bool:
    """True when everything was seen and sent."""
    sender = Sender(owner, run.run, lambda: indexer.reached)
    try:
        for batch in indexer:
            sender.put("files", batch.files)
            sender.put("headers", batch.headers)
            if progress:
                progress(batch.done, batch.found)
        sender.put("gone", indexer.gone)
    finally:
        sender.close()
    return True


@contextlib.contextmanager
def _stoppable() -> Iterator[list[str]]:
    """Ctrl-C ends what is inside, not the run: what came so far is taken in."""
    stopped: list[str] = []
    try:
        yield stopped
    except KeyboardInterrupt:
        stopped.append("Ctrl-C")


def _worth_a_second_pass(summary: RunSummary) -> bool:
    return summary.ok > 0


def start_headers(home: Home, project: str) -> None:
    """Start the second pass, every instance's whole header, as a process that nobody waits for."""
    command = [sys.executable, "-m", "labarchive.archive", "--home", str(home.path), "headers"]
    try:
        with open(home.log / "headers.log", "ab", opener=_private) as log:
            child = subprocess.Popen(
                [*command, "--project", project],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/", env=environment(),
            )  # fmt: skip
    except OSError:
        return  # the next index starts it again; `header_complete` says what is missing
    threading.Thread(target=child.wait, name="labarchive-headers-reaper", daemon=True).start()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
