"""``python -m labarchive.kernel -f FILE``: an IPython kernel in which ``archive`` is open."""

import os
import sys
from collections.abc import Sequence
from typing import Any

from labarchive.settings import home

START = """
import labarchive
from labarchive import between, like, not_
try:
    archive = labarchive.open()
    print(f"archive: {len(archive)} projects, {len(archive.sessions):,} sessions, {len(archive.scans):,} scans")
except labarchive.LabarchiveError as problem:
    print(f"No archive is open: {problem}")
    print('next: archive = labarchive.open("/its/home")')
"""
"""Run in the person's namespace before the first cell."""


def main(words: Sequence[str]) -> None:
    """Start the kernel; it names its home on its command line like every process of ours."""
    if "--home" not in words:
        place = str(home().path)
        command = [sys.executable, "-m", "labarchive.kernel", "--home", place, *words]
        os.execv(sys.executable, command)  # noqa: S606
    at = words.index("--home")
    os.environ["LABARCHIVE_HOME"] = words[at + 1]
    launch([*words[:at], *words[at + 2 :]])


def launch(words: Sequence[str]) -> None:
    """ipykernel's own entry point, with our first lines."""
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance(exec_lines=[START])
    app.initialize(list(words))
    app.start()


if __name__ == "__main__":
    main(sys.argv[1:])
