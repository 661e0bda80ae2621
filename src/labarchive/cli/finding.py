"""Verbs that look: find, show, header, sql."""

import argparse

from labarchive.cli.opening import checked, found, level_named, opened, selected
from labarchive.cli.render import as_json, relation, say, table
from labarchive.cli.verbs import Verb, form, format_word, json_word, project_word
from labarchive.errors import BadInput
from labarchive.selection.amounts import HEADS, cell
from labarchive.selection.levels import LEVELS
from labarchive.selection.scan import Scan
from labarchive.selection.selection import Selection
from labarchive.selection.tables import bad_sql
from labarchive.selection.words import names


def _find_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("level", help="scans, sessions, subjects, projects, files, conflicts or duplicates")
    parser.add_argument(
        "terms", nargs="*", metavar="word=value",
        help="kind=T1w,FLAIR  acquired=2026-01..2026-06  description=*mprage*  usable=true  -quality=unusable",
    )  # fmt: skip
    project_word(parser)
    format_word(parser)
    json_word(parser)


def _find(args: argparse.Namespace) -> int:
    level = level_named(args.level)
    checked(level, args.terms)
    selection = selected(opened(args), level, args.terms, args.project)
    if form(args) == "table":
        _find_table(selection)
    else:
        relation(selection.relation(), form(args))
    return 0


def _find_table(selection: Selection) -> None:
    """The short columns and the id; an empty answer says which word to drop."""
    level = LEVELS[selection.level]
    columns = _COLUMNS.get(level.name, level.shown)
    found = [
        [cell(column, value) for column, value in zip(columns, row, strict=True)]
        for row in selection.relation(", ".join(f'"{column}"' for column in columns)).fetchall()
    ]
    if not found:
        say(repr(selection))
    else:
        table([HEADS.get(column, column) for column in columns], found)


_COLUMNS: dict[str, tuple[str, ...]] = {
    "project": ("project_id", "project", "created"),
    "subject": ("subject_id", "project", "subject", "n_sessions", "tags", "note"),
    "session": (
        "session_id",
        "project",
        "subject",
        "session",
        "acquired",
        "n_scans",
        "study_description",
        "station",
    ),
    "scan": (
        "scan_id",
        "subject",
        "session",
        "number",
        "kind",
        "description",
        "quality",
        "acquired",
        "n_files",
        "bytes",
    ),
    "file": ("scan_id", "status", "form", "bytes", "path", "reason"),
}
"""What a terminal shows of each level; csv, json and arrow have all columns."""


def _show_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", help="a stable id, or tau-pet/S014/baseline/T1w")
    json_word(parser)


def _show(args: argparse.Namespace) -> int:
    thing = found(opened(args), args.what)
    say(as_json(dict(thing.row)) if args.json else repr(thing))
    return 0


def _header(args: argparse.Namespace) -> int:
    scan = found(opened(args), args.what)
    if not isinstance(scan, Scan):
        raise BadInput(f"{args.what} is not a scan", hint="labarchive find scans shows their ids")
    header = scan.header
    if args.json:
        say(as_json(header.json))
    else:
        names = args.names or list(header)
        width = max((len(name) for name in names), default=0)
        say(*(f"{name.ljust(width)}  {_short(header[name])}" for name in names))
    return 0


def _short(value: object) -> str:
    text = as_json(value)
    return text if len(text) <= 200 else text[:197] + "..."


def _header_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", help="a scan's stable id, or tau-pet/S014/baseline/T1w")
    parser.add_argument("names", nargs="*", help="keywords or tags: EchoTime 0018,0081")
    json_word(parser)


def _sql_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "query", help="SQL over project, subject, session, scan, file, header, conflict, duplicate, ..."
    )
    project_word(parser)
    format_word(parser)
    json_word(parser)


def _sql(args: argparse.Namespace) -> int:
    import duckdb

    archive = opened(args)
    place = archive[args.project] if args.project else archive
    try:
        relation(place.sql(args.query), form(args))
    except duckdb.Error as error:
        raise bad_sql(error) from error
    return 0


def _filters_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("level", nargs="?", default="scans")
    json_word(parser)


def _filters(args: argparse.Namespace) -> int:
    found = names(level_named(args.level))
    say(as_json(found) if args.json else "  ".join(found))
    return 0


VERBS = (
    Verb("find", _find_words, _find, example="find scans kind=T1w usable=true"),
    Verb("show", _show_words, _show, example="show tau-pet/S014/baseline/T1w"),
    Verb(
        "header",
        _header_words,
        _header,
        example="header scan_abcdefghij EchoTime",
    ),
    Verb(
        "sql",
        _sql_words,
        _sql,
        example='sql "select * from scan" --format csv',
    ),
    Verb(
        "filters",
        _filters_words,
        _filters,
        needs_home=False,
        example="filters scans",
    ),
)
