"""A kernel in which ``archive`` is open, and what a notebook has beside it: ``%%sql``, and names for who writes code."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import labarchive
from labarchive.errors import LabarchiveError
from labarchive.kernel import cells
from labarchive.selection.amounts import count
from labarchive.selection.archive import Archive
from labarchive.selection.things import Project

FILTERS = ("between", "like", "not_")
"""Names that filters are written with."""


def open_in(shell: Any) -> None:
    """Put ``archive`` and the filters' names into a shell; without an archive, say so above the first cell."""
    shell.push({"labarchive": labarchive, **{name: getattr(labarchive, name) for name in FILTERS}})
    cells.load(shell)
    try:
        archive = labarchive.open()
        shell.push({"archive": archive})
        shell.banner2 = f"{sees(archive)}\n"
    except LabarchiveError as problem:
        _before_the_first_cell(
            shell, f'archive is not open: {problem}\nnext: archive = labarchive.open("/its/home")'
        )


def names_in(namespace: Mapping[str, Any]) -> str:
    """What a notebook calls the archive and its projects, and which filters it has: JSON for who writes code into it."""
    variables = {
        name: value.label if isinstance(value, Project) else ""
        for name, value in list(namespace.items())
        if isinstance(value, Archive | Project) and name.isidentifier() and not name.startswith("_")
    }
    imported = [name for name in FILTERS if namespace.get(name) is getattr(labarchive, name)]
    return json.dumps({"variables": variables, "imported": imported})


def sees(archive: Any) -> str:
    """One line: how much there is, and for whom.

    A console shows it as its banner; a notebook has no place for it before the first cell.
    """
    amounts = (
        count(len(archive), "project"),
        count(len(archive.sessions), "session"),
        count(len(archive.scans), "scan"),
    )
    return f"archive, as {archive.who} sees it: {', '.join(amounts)}"


def _before_the_first_cell(shell: Any, text: str) -> None:
    def tell(*_: object) -> None:
        shell.events.unregister("pre_run_cell", tell)
        print(text, file=sys.stderr)  # noqa: T201

    shell.events.register("pre_run_cell", tell)
