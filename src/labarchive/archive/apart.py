"""Indexing in a process of its own: it goes on when the kernel that asked for it dies."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from labarchive.archive import progress as of_progress
from labarchive.archive import roots as of_roots
from labarchive.archive.indexed import Indexed, Progress
from labarchive.errors import BY_NAME, LabarchiveError, Unreachable
from labarchive.settings import Home


def index_apart(
    home: Home,
    paths: Sequence[str | os.PathLike[str]],
    project: str,
    *,
    quick: bool = False,
    progress: Progress | None = None,
    door: str = "python",
) -> Indexed:
    """Index and wait for the summary. Ctrl-C stops the run, and what came so far is kept."""
    roots = of_roots.checked(paths)
    line = of_progress.here() if progress is None else None
    words = [
        "index",
        *(["--quick"] if quick else []),
        "--json-progress",
        "--project",
        project,
        "--door",
        door,
    ]
    child = subprocess.Popen(
        [sys.executable, "-m", "labarchive.archive", "--home", str(home.path), *words, "--", *roots],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        last = _listen(child, progress or line)
    finally:
        if line:
            line.end()
    return _result(last, child.wait())


def _listen(child: "subprocess.Popen[bytes]", progress: Progress | None) -> dict[str, Any]:
    """Read its lines to the end; the last one counts."""
    last: dict[str, Any] = {}
    while True:
        try:
            for line in child.stdout or ():
                last = json.loads(line)
                if progress and "done" in last:
                    progress(last["done"], last["found"])
            return last
        except KeyboardInterrupt:
            child.send_signal(signal.SIGINT)


def _result(last: dict[str, Any], code: int) -> Indexed:
    if "summary" in last:
        return Indexed(last["summary"])
    if "error" in last:
        raise BY_NAME.get(last["error"], LabarchiveError)(last["what"], hint=last["hint"])
    raise Unreachable(
        f"the indexer ended early (exit code {code})", hint="index again: it goes on where it was"
    )
