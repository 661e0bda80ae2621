"""Indexing in a process of its own: it goes on when the kernel that asked for it dies."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

from labarchive.archive import progress as of_progress
from labarchive.archive import roots as of_roots
from labarchive.archive.indexed import Indexed, Progress
from labarchive.errors import LabarchiveError, Unreachable, met
from labarchive.index.lean import environment
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
    with of_progress.shown(progress) as told:
        child = _begun(home, roots, project, "--json-progress", quick=quick, door=door, out=subprocess.PIPE)
        last = _listen(child, told)
    return _result(last, child.wait())


class Apart:
    """An index run that was begun and is waited for by nobody: the owner's ``hello`` says how far it is."""

    def __init__(
        self, home: Home, paths: Sequence[str | os.PathLike[str]], project: str, *, quick: bool, door: str
    ) -> None:
        """Raises NotFound, NotAllowed."""
        roots = of_roots.checked(paths)
        self._child = _begun(home, roots, project, quick=quick, door=door, out=subprocess.PIPE)
        self._ended: Indexed | LabarchiveError | None = None
        threading.Thread(target=self._wait, name="indexer", daemon=True).start()

    def _wait(self) -> None:
        try:
            self._ended = _result(_listen(self._child, None), self._child.wait())
        except LabarchiveError as error:
            self._ended = error
        except ValueError:  # a line that the indexer did not write
            self._ended = Unreachable("the indexer was not understood", hint="index again")

    @property
    def ended(self) -> Indexed | LabarchiveError | None:
        """What it did, or what kept it from it; None while it goes on."""
        return self._ended


def _begun(
    home: Home, roots: Sequence[str], project: str, *more: str, quick: bool, door: str, out: int
) -> "subprocess.Popen[bytes]":
    words = ["index", *(["--quick"] if quick else []), *more, "--project", project, "--door", door]
    return subprocess.Popen(
        [sys.executable, "-m", "labarchive.archive", "--home", str(home.path), *words, "--", *roots],
        stdin=subprocess.DEVNULL, stdout=out, start_new_session=True, env=environment(),
    )  # fmt: skip


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
        raise met(last["error"], last["what"], last["hint"])
    raise Unreachable(
        f"the indexer ended early (exit code {code})", hint="index again: it goes on where it was"
    )
