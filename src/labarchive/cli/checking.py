"""The verb that judges by numbers: check."""

import argparse

from labarchive.cli.opening import opened
from labarchive.cli.render import as_json, say
from labarchive.cli.verbs import Verb, json_word


def _words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project")
    parser.add_argument("words", nargs="*", help="filter words that select scans: kind=T1w")
    json_word(parser)
    parser.add_argument("--again", action="store_true", help="measure what is measured already too")


def _check(args: argparse.Namespace) -> int:
    """0 also where scans depart: that is for people to judge."""
    found = opened(args)[args.project].scans(*args.words).check(again=args.again)
    say(as_json(found.as_dict()) if args.json else repr(found))
    return 0


VERBS = (Verb("check", _words, _check, example="check tau-pet kind=T1w"),)
