"""Writes docs/reference/cli.md and sql.md from the program itself; the suite fails when they are stale.

python -m tools.references
"""

import argparse
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import labarchive
from labarchive import phantom
from labarchive.access.table import table
from labarchive.archive import indexing
from labarchive.cli.door import exit_codes, verb_named
from labarchive.cli.verbs import TABLE
from labarchive.metrics.table import VERSION
from labarchive.metrics.table import table as measures
from labarchive.server.rest.app import document
from labarchive.settings import home

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
VIEWS = ROOT / "src" / "labarchive" / "catalogue" / "views.sql"
INNER = {"said", "measured"}
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


def rest() -> str:
    """The OpenAPI document of the REST app."""
    return json.dumps(document(), indent=1, sort_keys=True) + "\n"


def routes() -> str:
    """Every route of REST with what it takes, in the order of their paths."""
    parts = [
        "# REST",
        "Generated from [openapi.json](openapi.json) by `python -m tools.references`. Paths stand below the service's "
        "address, `/services/archive` in a hub; [how to use them](../how-to/rest.md).",
    ]
    for path, verbs in sorted(document()["paths"].items()):
        parts += [_operation(verb, path, words) for verb, words in verbs.items()]
    parts += [
        "Filter words of the lists are those of [find](../how-to/find.md): `labarchive filters scans` names them."
    ]
    return "\n\n".join(parts) + "\n"


def _operation(verb: str, path: str, words: Mapping[str, Any]) -> str:
    lines = [f"## {verb.upper()} {path}", "", words.get("description", "")]
    taken = [each for each in words.get("parameters", ()) if each["in"] == "query"]
    if taken:
        lines += ["", "| word | |", "|---|---|"]
        lines += [f"| `{each['name']}` | {each.get('description', '')} |" for each in taken]
    return "\n".join(lines)


def access() -> str:
    """Who may do what, as a table."""
    rights = table()
    parts = [
        "# Who may do what",
        "Generated from `access.toml` by `python -m tools.references`. Roles and visibilities are XNAT's, the verbs ours.",
        *(_rights(kind, name, row) for kind in ("role", "visibility") for name, row in rights[kind].items()),
        "## What a door lets through",
        "A door that is not named lets through what the role allows.",
        "\n".join(
            [
                "| door | verbs |",
                "|---|---|",
                *(f"| {door} | {', '.join(verbs)} |" for door, verbs in rights["door"].items()),
            ]
        ),
        "## In a project that is de-identified",
        "\n".join(
            [
                "| who may | may also |",
                "|---|---|",
                *(f"| {right} | {left} |" for left, right in rights["deidentified"].items()),
            ]
        ),
        "## What a saying needs",
        "\n".join(
            [
                "| saying | verb |",
                "|---|---|",
                *(f"| {said} | {verb} |" for said, verb in rights["saying"].items()),
            ]
        ),
        "Not found and not allowed answer alike: who has no role in a private project cannot tell it from none.",
    ]
    return "\n\n".join(parts) + "\n"


def _rights(kind: str, name: str, row: Mapping[str, Sequence[str]]) -> str:
    rows = [f"| {scope} | {', '.join(verbs) or 'nothing'} |" for scope, verbs in row.items()]
    return "\n".join([f"## {kind} {name}", "", "| of | may |", "|---|---|", *rows])


def metrics() -> str:
    """Every measure of image quality: unit, which way quality lies, what it is, and where it comes from."""
    of = {
        "still": "any volume", "mr": "magnetic resonance", "series": "a series over time", "dwi": "diffusion weighted",
        "ct": "CT", "tissue": "where a segmentation is given",
    }  # fmt: skip
    rows = [
        f"| `{each.name}` | {of[each.of]} | {each.unit} | {each.better} | {each.what} | {each.source} |"
        for each in measures().values()
    ]
    parts = [
        "# Measures of image quality",
        "Generated from the program by `python -m tools.references`. How scans are measured: [check](../how-to/check.md).",
        f"These are measures of version {VERSION}; in SQL they stand in `metric`, with the tool `labarchive`.",
        "\n".join(["| measure | of | unit | better | what | source |", "|---|---|---|---|---|---|", *rows]),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    (REFERENCE / "openapi.json").write_text(rest(), encoding="utf-8")
    (REFERENCE / "rest.md").write_text(routes(), encoding="utf-8")
    (REFERENCE / "access.md").write_text(access(), encoding="utf-8")
    (REFERENCE / "cli.md").write_text(cli(), encoding="utf-8")
    (REFERENCE / "metrics.md").write_text(metrics(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        key = phantom.make(Path(folder) / "nas", profile="tiny")
        place = home(Path(folder) / "home")
        place.path.mkdir(mode=0o700)
        for project, study in key.projects.items():
            indexing.index(place, [study], project, headers=False)
        (REFERENCE / "sql.md").write_text(sql(labarchive.open(place.path)), encoding="utf-8")


if __name__ == "__main__":
    main()
