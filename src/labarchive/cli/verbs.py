"""What a verb of the command line is, and the words that several verbs take."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from labarchive.errors import BadInput

FORMATS = ("table", "csv", "json", "arrow")


@dataclass(frozen=True, slots=True)
class Verb:
    """One word after ``labarchive``: how its words are parsed, and what it does. ``run`` gives the exit code."""

    name: str
    help: str
    words: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    needs_home: bool = True
    example: str = ""


class Parser(argparse.ArgumentParser):
    """argparse that raises BadInput instead of printing its usage and leaving."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(message, hint=f"{self.prog} --help")


def home_word(parser: argparse.ArgumentParser, *, default: object = None) -> None:
    parser.add_argument(
        "--home",
        metavar="H",
        default=default,
        help="the archive's home (else $LABARCHIVE_HOME, else the data folder)",
    )


def json_word(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def format_word(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=FORMATS, default=None, help="how to answer (default: table)")


def project_word(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    parser.add_argument("--project", metavar="P", required=required, help="the study")


def form(args: argparse.Namespace) -> str:
    """The asked format; ``--json`` is short for ``--format json``."""
    return args.format or ("json" if args.json else "table")
