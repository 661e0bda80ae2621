"""Verbs that keep an archive well: rebuild, fsck, doctor, backup, restore, names, rules, redact."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labarchive import catalogue
from labarchive.cli.opening import home_of, opened
from labarchive.cli.render import as_json, say, table
from labarchive.cli.verbs import Verb, json_word, project_word
from labarchive.errors import BadInput, Busy, Damaged, NotFound
from labarchive.selection.amounts import count, size

Answer = dict[str, Any]


def _shown(args: argparse.Namespace, answer: Answer, sentences: Callable[[Answer], list[str]]) -> int:
    """Print the answer; what is not ok is exit code 5."""
    say(as_json(answer)) if args.json else say(*sentences(answer))
    return Damaged.exit_code if answer.get("ok") is False else 0


def _ask(args: argparse.Namespace, verb: str, **words: Any) -> Answer:
    return opened(args).tables.owner.do(verb, **words)


def _rebuild(args: argparse.Namespace) -> int:
    """Without an owner the tables are made here, whatever became of the old ones."""
    try:
        answer = catalogue.rebuild(home_of(args))
    except Busy:
        answer = _ask(args, "rebuild")
    return _shown(args, answer, _rebuilt)


def _rebuilt(answer: Answer) -> list[str]:
    changed = answer.get("changed")
    said = [f"rebuilt from {answer['events']:,} entries of the journal in {answer['seconds']:.1f} s"]
    return said + ([f"different before: {', '.join(changed)}"] if changed else [])


def _fsck(args: argparse.Namespace) -> int:
    return _shown(args, _ask(args, "fsck"), _findings)


def _findings(answer: Answer) -> list[str]:
    if answer["ok"]:
        return [
            f"all is well: {answer['entries']:,} entries of the journal, and the tables are what they make"
        ]
    return [
        *answer["findings"],
        f"{count(len(answer['findings']), 'finding')}; next: labarchive rebuild, or restore",
    ]


def _doctor(args: argparse.Namespace) -> int:
    return _shown(args, _ask(args, "doctor"), _checks)


def _checks(answer: Answer) -> list[str]:
    shapes = {"green": "● well ", "yellow": "◆ watch", "red": "■ ill  "}
    return [
        f"{shapes[check['colour']]}  {check['name'].ljust(8)}  {check['says']}" for check in answer["checks"]
    ]


def _file_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    json_word(parser)


def _backup(args: argparse.Namespace) -> int:
    answer = _ask(args, "backup", file=str(args.file.absolute()))
    return _shown(
        args,
        answer,
        lambda done: [f"{done['file']} holds all that cannot be made again, {size(done['bytes'])}"],
    )


def _restore(args: argparse.Namespace) -> int:
    answer = catalogue.restore(home_of(args), args.file)
    return _shown(args, answer, lambda done: [f"{done['home']} is as it was {done['written'][:16]} UTC"])


def _names_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rules", type=Path, metavar="FILE", help="try these (default: names.toml of the home)"
    )
    project_word(parser)
    json_word(parser)


def _names(args: argparse.Namespace) -> int:
    """A dry run: nothing is written."""
    words = {"text": read(args.rules)} if args.rules else {}
    answer = _ask(args, "names", **words, project=args.project)
    if args.json:
        say(as_json(answer))
        return 0
    moves = answer["moves"]
    say(
        f"{answer['checked']:,} scans judged, {len(moves):,} would be called something else; nothing is changed"
    )
    if moves:
        table(list(moves[0]), [list(move.values()) for move in moves])
        say("next: labarchive rules FILE takes them; ids and what people said stay")
    return 0


def read(file: Path, name: str = "names.toml") -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f"there is no {file}", hint=f"give a {name}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not text in UTF-8", hint=f"give a {name}") from None


def _rules(args: argparse.Namespace) -> int:
    answer = _ask(args, "rules", text=read(args.file))
    says = "labels follow the new rules" if answer["changed"] else "these rules were in force already"
    return _shown(args, answer, lambda _: [says])


def _redact_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("seq", type=int, help="the saying's number")
    parser.add_argument("--reason", default="")
    json_word(parser)


def _redact(args: argparse.Namespace) -> int:
    answer = _ask(args, "redact", seq=args.seq, reason=args.reason)
    return _shown(
        args,
        answer,
        lambda done: [f"what was said under {done['seq']} is forgotten; it is still in {done['still_in']}"],
    )


VERBS = (
    Verb("rebuild", json_word, _rebuild),
    Verb("fsck", json_word, _fsck),
    Verb("doctor", json_word, _doctor),
    Verb("backup", _file_words, _backup, example="backup /mnt/nas/archive.tar"),
    Verb("restore", _file_words, _restore, example="--home H restore archive.tar"),
    Verb("names", _names_words, _names, example="names --rules mine.toml"),
    Verb("rules", _file_words, _rules, example="rules mine.toml"),
    Verb("redact", _redact_words, _redact, example="redact 412 --reason 'a name typed by mistake'"),
)
