"""The verbs of what a study plans: protocol, missing."""

import argparse
from pathlib import Path

from labarchive.cli.keeping import read
from labarchive.cli.opening import opened
from labarchive.cli.render import as_json, say
from labarchive.cli.verbs import Verb, json_word
from labarchive.errors import BadInput, NotFound


def _protocol_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project")
    parser.add_argument(
        "file", nargs="?", type=Path, help="a protocol.toml to take; without it the one in force is told"
    )
    parser.add_argument("--draft", action="store_true", help="tell a first one, made of what is there")


def _protocol(args: argparse.Namespace) -> int:
    project = opened(args)[args.project]
    if args.draft:
        text = project.draft()
        if not text:
            raise NotFound(
                f"{args.project} has no visits to make a protocol of", hint="index its folders first"
            )
        say(text.rstrip("\n"))
    elif args.file is not None:
        say(repr(project.plan(read(args.file, "protocol.toml") + "\n")))
        gaps, others = project.missing(), project.deviations()
        say(f"{gaps.title}; {others.title}")
    elif project.protocol:
        say(project.protocol.rstrip("\n"))
    else:
        raise NotFound(
            f"{args.project} has no protocol",
            hint=f"labarchive protocol {args.project} --draft > protocol.toml",
        )
    return 0


def _missing_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project")
    parser.add_argument(
        "--settings",
        action="store_true",
        help="scans whose settings are not as planned, instead of what is missing",
    )
    json_word(parser)


def _missing(args: argparse.Namespace) -> int:
    project = opened(args)[args.project]
    if not project.protocol:
        raise BadInput(
            f"{args.project} plans nothing",
            hint=f"labarchive protocol {args.project} --draft > protocol.toml",
        )
    found = project.deviations() if args.settings else project.missing()
    say(as_json({"items": list(found.rows)}) if args.json else repr(found))
    return 0


VERBS = (
    Verb("protocol", _protocol_words, _protocol, example="protocol tau-pet protocol.toml"),
    Verb("missing", _missing_words, _missing, example="missing tau-pet"),
)
