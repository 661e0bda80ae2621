"""The verb audit: who looked at a subject, who said what of it, when and from where."""

import argparse
from typing import Any

from labarchive.cli.opening import found, opened
from labarchive.cli.render import as_json, say, table
from labarchive.cli.verbs import Verb, json_word
from labarchive.errors import BadInput
from labarchive.selection.things import Thing

HEADS = ("at", "who", "did", "of", "door", "from")


def _words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", help="a subject's id or path, as tau-pet/S014, or a project")
    parser.add_argument("--before", default="", help="a moment: what came before it")
    parser.add_argument("--limit", type=int, default=100, help="entries at most (default: 100)")
    json_word(parser)


def _audit(args: argparse.Namespace) -> int:
    archive = opened(args)
    thing: Thing = found(archive, args.what)
    if thing.own not in ("project", "subject"):
        raise BadInput(f"{args.what} is a {thing.own}", hint="the story is a subject's: tau-pet/S014")
    subject = thing.id if thing.own == "subject" else ""
    answer = archive.tables.owner.do(
        "audit", project=thing.project, subject=subject, before=args.before, limit=args.limit
    )
    if args.json:
        say(as_json(answer))
        return 0
    table(HEADS, [_line(item) for item in answer["items"]])
    if answer["next"]:
        say(f"older ones: --before {answer['next']}")
    return 0


def _line(item: dict[str, Any]) -> list[str]:
    if item["verb"] == "read":
        did = f"saw {item['about']} ({item['n']:,})"
        subjects = item["subjects"]
        of = f"{', '.join(subjects[:3])}{' ...' if len(subjects) > 3 else ''}" or "the whole project"
    else:
        did, of = item["verb"], item["about"]
    return [item["at"][:19].replace("T", " "), item["who"], did, of, item["door"], item["where"]]


VERBS = (Verb("audit", _words, _audit, example="audit tau-pet/S014"),)
