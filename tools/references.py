"""Writes docs/reference/cli.md and sql.md from the program itself; the suite fails when they are stale.

python -m tools.references
"""

import argparse
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import labarchive
from labarchive import phantom
from labarchive.archive import indexing
from labarchive.cli.door import exit_codes, verb_named
from labarchive.cli.verbs import TABLE
from labarchive.settings import home

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
VIEWS = ROOT / "src" / "labarchive" / "catalogue" / "views.sql"
INNER = {"said"}
"""Views that others are made of and that nobody asks."""


def cli() -> str:
    """Every verb with its words, and the exit codes."""
    parts = [
        "# The command line",
        "Generated from the program by `python -m tools.references`.",
        "`labarchive [--home H] VERB ...`; `--home` may stand after the verb too. Every verb takes `--help`.",
        *(_verb(name) for name in TABLE),
        "## Exit codes",
        _codes(),
    ]
    return "\n\n".join(parts) + "\n"


def _verb(name: str) -> str:
    words = argparse.ArgumentParser(prog=f"labarchive {name}", add_help=False)
    verb = verb_named(name)
    verb.words(words)
    rows = [f"| `{_shown(action)}` | {_said(action)} |" for action in words._actions]
    table = "\n".join(["| word | meaning |", "|---|---|", *rows]) if rows else ""
    example = f"For example `labarchive {verb.example}`." if verb.example else ""
    return "\n\n".join(filter(None, [f"## {name}", f"{TABLE[name][1].capitalize()}.", table, example]))


def _shown(action: argparse.Action) -> str:
    if action.option_strings:
        value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
        return f"{', '.join(action.option_strings)}{value}"
    return f"{action.metavar or action.dest}{'...' if action.nargs in ('+', '*') else ''}"


def _said(action: argparse.Action) -> str:
    said = [str(action.help)] if action.help else []
    if action.choices:
        said.append(f"one of {', '.join(map(str, action.choices))}")
    return "; ".join(said).replace("|", "\\|").replace("%(default)s", str(action.default))


def _codes() -> str:
    lines = [line.strip().split(" ", 1) for line in exit_codes().splitlines()[1:]]
    return "\n".join(
        ["| code | meaning |", "|---|---|", *(f"| {code} | {says.strip()} |" for code, says in lines)]
    )


def sql(archive: "labarchive.Archive") -> str:
    """Every public view with its columns and their types, as ``archive`` has them."""
    parts = [
        "# The SQL views",
        "Generated from an archive by `python -m tools.references`. Labels (`subject`, `session`, `scan`) repeat and"
        " may change; ids (`*_id`) do not. Times are UTC; lengths are mm, times of a sequence ms, angles degrees.",
        *_views(archive),
    ]
    return "\n\n".join(parts) + "\n"


def public() -> list[str]:
    """The names of the views, in the order of their text."""
    names = re.findall(r"create or replace view \{into\}(\w+) as", VIEWS.read_text(encoding="utf-8"))
    return [name for name in names if name not in INNER]


def _views(archive: "labarchive.Archive") -> Iterator[str]:
    for view in public():
        described = archive.sql(f"select * from {view} limit 0")
        pairs = zip(described.columns, described.types, strict=True)
        rows = [f"| `{column}` | {str(kind).lower()} |" for column, kind in pairs]
        yield "\n".join([f"## {view}", "", "| column | type |", "|---|---|", *rows])


def main() -> None:
    (REFERENCE / "cli.md").write_text(cli(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        key = phantom.make(Path(folder) / "nas", profile="tiny")
        place = home(Path(folder) / "home")
        place.path.mkdir(mode=0o700)
        for project, study in key.projects.items():
            indexing.index(place, [study], project, headers=False)
        (REFERENCE / "sql.md").write_text(sql(labarchive.open(place.path)), encoding="utf-8")


if __name__ == "__main__":
    main()
