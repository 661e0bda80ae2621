"""Indexing behind a hub: the service begins the run where the archive lives, and who asked for it waits for its end."""

import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from labarchive.archive import progress as of_progress
from labarchive.archive.indexed import Indexed, Progress
from labarchive.errors import Ambiguous, Busy, Unreachable, met
from labarchive.wire import Remote

LOOK = 0.5
"""Seconds between two looks at how far it is."""


def index_afar(
    owner: Remote,
    paths: Sequence[str | os.PathLike[str]],
    project: str,
    *,
    quick: bool = False,
    progress: Progress | None = None,
) -> Indexed:
    """Index the project's own folders, or some of them, and wait for the summary. Ctrl-C ends the waiting only.

    Raises Busy while another run of the project goes on, and what kept the run from its end.
    """
    roots = [os.path.abspath(Path(path).expanduser()) for path in paths]  # noqa: PTH100, as they were typed once
    key = secrets.token_hex(16)
    with of_progress.shown(progress) as told:
        try:
            owner.index(project, roots, quick=quick, key=key)
        except Ambiguous as error:
            raise Busy(error.what, hint=error.hint) from error
        return _ended(owner, project, key, told)


def _ended(owner: Remote, project: str, key: str, progress: Progress | None) -> Indexed:
    while True:
        state = owner.index_state(project)
        if state["key"] != key:  # the service was started again meanwhile, or another run came after it
            raise Unreachable("nobody knows how the run ended", hint="index again: it goes on where it was")
        if state["summary"]:
            return Indexed(state["summary"])
        if state["problem"]:
            words = state["problem"]
            raise met(words["error"], words["detail"], words["hint"])
        if progress and state["work"]:
            progress(state["work"]["done"], state["work"]["found"])
        time.sleep(LOOK)
