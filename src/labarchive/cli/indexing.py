"""Verbs that bring files in and say how things stand: index, status."""

import argparse

from labarchive.archive import indexing, progress
from labarchive.cli.opening import home_of, opened
from labarchive.cli.render import as_json, say
from labarchive.cli.verbs import INTERRUPTED, Verb, json_word, project_word


def _index_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="folders (or files) of one study")
    project_word(parser, required=True)
    parser.add_argument(
        "--quick", action="store_true", help="skip folders whose modification time is unchanged"
    )
    json_word(parser)


def _index(args: argparse.Namespace) -> int:
    line = progress.here()
    try:
        done = indexing.index(
            home_of(args), args.paths, args.project, quick=args.quick, progress=line, door="cli"
        )
    finally:
        if line:
            line.end()
    say(as_json(done) if args.json else repr(done))
    if not args.json and done["empty"] + done["damaged"] + done["unreadable"]:
        say("next: labarchive find files status=empty,damaged,unreadable")
    return 0 if done["complete"] else INTERRUPTED


def _status(args: argparse.Namespace) -> int:
    archive = opened(args)
    hello = archive.tables.owner.hello()
    if args.json:
        say(as_json(hello))
        return 0
    say(
        repr(archive), f"home {hello['home']}, owner is process {hello['pid']}, labarchive {hello['version']}"
    )
    say(*(f"under way: {work['kind']} of {work['project']}" for work in hello.get("work", ())))
    return 0


VERBS = (
    Verb("index", _index_words, _index, example="index /mnt/nas/tau --project tau-pet"),
    Verb("status", json_word, _status),
)
