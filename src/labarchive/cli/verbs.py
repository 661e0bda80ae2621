"""What a verb of the command line is, and the words that several verbs take."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from labarchive.errors import BadInput

TABLE: dict[str, tuple[str, str]] = {
    "index": ("indexing", "catalogue the files below some paths; nothing there is written"),
    "status": ("indexing", "what the archive holds, and what is under way"),
    "find": ("finding", "rows that fit some words"),
    "show": ("finding", "one thing in a few lines"),
    "header": ("finding", "the DICOM header of a scan"),
    "sql": ("finding", "your own question to the views"),
    "filters": ("finding", "the words that find takes"),
    "check": (
        "checking",
        "measure scans, and name those that depart from the others of their kind and scanner",
    ),
    "protocol": (
        "planning",
        "what a study plans: visits, kinds, limits; take another, or have a first one drafted",
    ),
    "missing": ("planning", "what the protocol plans and is not there, or not as planned"),
    "forms": ("forms", "which forms there are; REDCap's data dictionaries in and out"),
    "rate": ("saying", "say that scans are usable, questionable or unusable"),
    "correct": ("saying", "say what kind a scan is, or what something is called"),
    "tag": ("saying", "put a tag on"),
    "untag": ("saying", "take a tag off"),
    "note": ("saying", "write a note about"),
    "undo": ("saying", "take back what you said last"),
    "names": ("keeping", "what other naming rules would change, and why: nothing is written"),
    "rules": ("keeping", "take new naming rules; ids and what people said stay"),
    "rebuild": ("keeping", "make the tables again from journal and observations"),
    "fsck": ("keeping", "check journal, observations and tables against each other"),
    "doctor": ("keeping", "is all well, and what to do if not"),
    "backup": ("keeping", "copy what cannot be made again into one file"),
    "restore": ("keeping", "fill a new home from a backup"),
    "redact": ("keeping", "forget what was said under a number; that it was said stays"),
    "audit": ("auditing", "who looked at a subject, who said what of it, when and from where"),
    "members": ("people", "who has which role in a project"),
    "grant": ("people", "give somebody a role in a project"),
    "revoke": ("people", "take somebody's role: their next request finds no such project"),
    "hub": ("hubs", "whether this machine can be the lab's (check), and what makes it so (install)"),
    "demo": ("trying", "an example archive in JupyterLab, with the first notebook open; Ctrl-C stops it"),
    "phantom": ("example", "make an invented, realistic archive with an answer key"),
}
"""Every verb: the module it lies in, which is imported when it is wanted, and its line of help."""

INTERRUPTED = 130
"""The exit code of what Ctrl-C stopped."""

FORMATS = ("table", "csv", "json", "arrow")


@dataclass(frozen=True, slots=True)
class Verb:
    """One word after ``labarchive``: how its words are parsed, and what it does. ``run`` gives the exit code."""

    name: str
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
