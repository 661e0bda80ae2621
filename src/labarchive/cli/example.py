"""Verbs that make something to play with: phantom."""

import argparse
from pathlib import Path

from labarchive import phantom
from labarchive.cli.render import as_json, say
from labarchive.cli.verbs import Verb, json_word


def _phantom_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="a new folder; its answer key lies beside it"
    )
    parser.add_argument("--profile", default="tiny", choices=sorted(phantom.PROFILES))
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes")
    parser.add_argument("--sessions", type=int, help="instead of the profile's number")
    parser.add_argument("--files", type=int, help="of the profiles vendor and scale")
    parser.add_argument("--jobs", type=int, default=1, help="processes that share the work")
    json_word(parser)


def _phantom(args: argparse.Namespace) -> int:
    key = phantom.make(
        args.folder,
        profile=args.profile,
        seed=args.seed,
        sessions=args.sessions,
        files=args.files,
        jobs=args.jobs,
    )
    if args.json:
        say(
            as_json(
                {
                    "folder": str(key.folder),
                    "key": str(key.place),
                    "projects": {n: str(p) for n, p in key.projects.items()},
                }
            )
        )
    else:
        say(
            f"{args.folder} holds {len(key.sessions):,} sessions of {', '.join(key.projects)}; the answers lie in {key.place}"
        )
        say(*(f"next: labarchive index {path} --project {name}" for name, path in key.projects.items()))
    return 0


VERBS = (
    Verb("phantom", _phantom_words, _phantom,
         needs_home=False, example="phantom /tmp/nas --profile demo"),
)  # fmt: skip
