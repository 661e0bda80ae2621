"""Verbs that keep an archive well: rebuild, fsck, doctor, backup, restore, names."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labarchive.cli.opening import home_of, opened
from labarchive.cli.render import as_json, say, table
from labarchive.cli.verbs import Verb, json_word, project_word
from labarchive.errors import Damaged, NotFound


def _answer(args: argparse.Namespace, answer: Mapping[str, Any]) -> int:
    """Print what the owner found; a problem among it is exit code 5."""
    if args.json:
        say(as_json(answer))
    else:
        say(*lines(answer))
    return Damaged.exit_code if answer.get("ok") is False else 0


def lines(answer: Mapping[str, Any]) -> list[str]:
    """``name: value``, lists an item a line."""
    said = []
    for name, value in answer.items():
        if isinstance(value, list):
            said.append(f"{name}: {len(value)}")
            said += [f"  {_item(each)}" for each in value]
        else:
            said.append(f"{name}: {_item(value)}")
    return said


def _item(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _do(verb: str) -> Any:
    def run(args: argparse.Namespace) -> int:
        return _answer(args, opened(args).tables.owner.do(verb))

    return run


def _file_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    json_word(parser)


def _backup(args: argparse.Namespace) -> int:
    return _answer(args, opened(args).tables.owner.do("backup", file=str(args.file.absolute())))


def _restore(args: argparse.Namespace) -> int:
    if not args.file.exists():
        raise NotFound(f"there is no {args.file}", hint="give the file that labarchive backup wrote")
    return _answer(args, opened(args).tables.owner.do("restore", file=str(args.file.absolute())))


def _names_words(parser: argparse.ArgumentParser) -> None:
    project_word(parser)
    parser.add_argument(
        "--rules", type=Path, metavar="FILE", help="rules to try (default: names.toml of the home)"
    )
    json_word(parser)


def _names(args: argparse.Namespace) -> int:
    rules = (args.rules or home_of(args).names).read_text(encoding="utf-8") if args.rules else None
    answer = opened(args).tables.owner.do("names", project=args.project, text=rules)
    if args.json or "rows" not in answer:
        return _answer(args, answer)
    rows = answer["rows"]
    heads = list(rows[0]) if rows else []
    table(heads, [[row[head] for head in heads] for row in rows])
    return 0


VERBS = (
    Verb("rebuild", "make the tables again from journal and observations", json_word, _do("rebuild")),
    Verb("fsck", "check journal, observations and tables against each other", json_word, _do("fsck")),
    Verb("doctor", "is all well, and what to do if not", json_word, _do("doctor")),
    Verb(
        "backup",
        "copy what cannot be made again into one file",
        _file_words,
        _backup,
        example="backup /mnt/nas/archive.tar",
    ),
    Verb(
        "restore",
        "fill an empty home from a backup",
        _file_words,
        _restore,
        example="--home H restore archive.tar",
    ),
    Verb("names", "why each scan is called what it is; try other rules", _names_words, _names),
)
