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
    json_word(parser)


def _protocol(args: argparse.Namespace) -> int:
    project = opened(args)[args.project]
    if args.file is not None:
        said = project.plan(read(args.file, "protocol.toml") + "\n")
        gaps, others = project.missing(), project.deviations()
        if args.json:
            say(as_json({"project": args.project, "missing": len(gaps), "deviations": len(others)}))
        else:
            say(repr(said))
            say(f"{gaps.title}; {others.title}")
        return 0
    text = project.draft() if args.draft else project.protocol
    if not text and args.draft:
        raise NotFound(f"{args.project} has no visits to make a protocol of", hint="index its folders first")
    if not text:
        raise NotFound(f"{args.project} has no protocol", hint=f"labarchive protocol {args.project} --draft > protocol.toml")  # fmt: skip
    say(as_json({"project": args.project, "text": text}) if args.json else text.rstrip("\n"))
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
