"""Verbs that bring files in and say how things stand: index, status."""

import argparse
from collections.abc import Mapping
from typing import Any

from labarchive.archive import indexing, progress
from labarchive.archive.indexed import Indexed, Progress
from labarchive.cli.opening import home_of, opened
from labarchive.cli.render import as_json, say
from labarchive.cli.verbs import INTERRUPTED, Verb, json_word, project_word
from labarchive.settings import service_url


def _index_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="folders (or files) of one study; none: those it was made of"
    )
    project_word(parser, required=True)
    parser.add_argument(
        "--quick", action="store_true", help="skip folders whose modification time is unchanged"
    )
    json_word(parser)


def _index(args: argparse.Namespace) -> int:
    with progress.shown() as line:
        done = _indexed(args, line)
    say(as_json(done) if args.json else repr(done))
    if not args.json and done["empty"] + done["damaged"] + done["unreadable"]:
        say("next: labarchive find files status=empty,damaged,unreadable")
    return 0 if done["complete"] else INTERRUPTED


def _indexed(args: argparse.Namespace, line: Progress | None) -> Indexed:
    """Behind a hub by the service; else in this process, so that Ctrl-C is heard by the run itself."""
    if args.paths and not (args.home is None and service_url()):
        return indexing.index(
            home_of(args), args.paths, args.project, quick=args.quick, progress=line, door="cli"
        )
    return opened(args).index(*args.paths, project=args.project, quick=args.quick, progress=line)


def _under_way(work: Mapping[str, Any]) -> str:
    words = f"under way: {work['kind']} of {work['project']}"
    if work.get("found"):
        words += f", {work['done']:,} of {work['found']:,}"
    if work.get("seconds_left") is not None:
        words += f", about {work['seconds_left']:,} s left"
    return words


def _status(args: argparse.Namespace) -> int:
    archive = opened(args)
    hello = archive.tables.owner.hello()
    if args.json:
        say(as_json(hello))
        return 0
    whose = f", owner is process {hello['pid']}" if hello["pid"] else ""
    say(repr(archive), f"home {hello['home']}{whose}, labarchive {hello['version']}")
    say(*map(_under_way, hello.get("work", ())))
    return 0


VERBS = (
    Verb("index", _index_words, _index, example="index /mnt/nas/tau --project tau-pet"),
    Verb("status", json_word, _status),
)
