"""``python -m labarchive.kernel -f FILE``: an IPython kernel in which ``archive`` is open."""

import os
import sys
from collections.abc import Sequence
from typing import Any

import labarchive
from labarchive.errors import LabarchiveError
from labarchive.settings import home


def main(words: Sequence[str]) -> None:
    """Start the kernel; it names its home on its command line like every process of ours."""
    if "--home" not in words:
        place = str(home().path)
        command = [sys.executable, "-m", "labarchive.kernel", "--home", place, *words]
        os.execv(sys.executable, command)
    at = words.index("--home")
    os.environ["LABARCHIVE_HOME"] = words[at + 1]
    launch([*words[:at], *words[at + 2 :]])


def launch(words: Sequence[str]) -> None:
    """ipykernel's own application, with our names in its namespace."""
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()
    app.initialize(list(words))
    open_in(app.shell)
    app.start()


def open_in(shell: Any) -> None:
    """Put ``archive`` and the filters' names into a shell; without an archive, say so above the first cell."""
    names = ("between", "like", "not_")
    shell.push({"labarchive": labarchive, **{name: getattr(labarchive, name) for name in names}})
    try:
        archive = labarchive.open()
        shell.push({"archive": archive})
        shell.banner2 = f"{sees(archive)}\n"
    except LabarchiveError as problem:
        _before_the_first_cell(
            shell, f'archive is not open: {problem}\nnext: archive = labarchive.open("/its/home")'
        )


def sees(archive: Any) -> str:
    """One line: how much there is.

    A console shows it as its banner; a notebook has no place for it before the first cell.
    """
    return (
        f"archive: {len(archive)} projects, {len(archive.sessions):,} sessions, {len(archive.scans):,} scans"
    )


def _before_the_first_cell(shell: Any, text: str) -> None:
    def tell(*_: object) -> None:
        shell.events.unregister("pre_run_cell", tell)
        print(text, file=sys.stderr)  # noqa: T201

    shell.events.register("pre_run_cell", tell)


if __name__ == "__main__":
    main(sys.argv[1:])
