"""The example archive on disk: made once, indexed again whenever somebody asks; knows no Jupyter."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from labarchive import phantom
from labarchive.archive import indexing
from labarchive.settings import Home

Say = Callable[[str], None]


def nas(home: Home) -> Path:
    """Where the invented files lie; beside them, in ``nas_key``, what is true about them."""
    return home.path / "demo" / "nas"


@contextmanager
def ready(home: Home, *, profile: str, say: Say) -> Iterator[phantom.AnswerKey]:
    """Make what is missing of the example and catalogue it; whole headers are read meanwhile."""
    key = made(home, profile=profile, say=say)
    readers: list[subprocess.Popen[bytes]] = []
    try:
        for project, folder in key.projects.items():
            done = indexing.index(home, [folder], project, headers=False)
            if not done["complete"]:
                raise KeyboardInterrupt
            say(repr(done))
            readers.append(_whole_headers(home, project))
        yield key
    finally:
        for reader in readers:
            reader.terminate()
            reader.wait(15)


def made(home: Home, *, profile: str, say: Say) -> phantom.AnswerKey:
    """The example's answer key; a half-made example of an interrupted start is made anew."""
    folder = nas(home)
    key = phantom.AnswerKey(folder)
    if (key.place / "summary.json").exists():
        return phantom.AnswerKey.read(folder)
    say(f"making an invented imaging archive in {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    return phantom.make(folder, profile=profile, jobs=min(4, os.cpu_count() or 1))


def _whole_headers(home: Home, project: str) -> subprocess.Popen[bytes]:
    """The second pass as our own child: it ends with the demo."""
    command = [sys.executable, "-m", "labarchive.archive", "--home", str(home.path), "headers"]
    with open(home.log / "headers.log", "ab") as log:
        return subprocess.Popen(
            [*command, "--project", project], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
