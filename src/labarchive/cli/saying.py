"""Verbs that say something: rate, correct, tag, untag, note, undo."""

import argparse
from collections.abc import Callable

from labarchive.cli.opening import opened, told
from labarchive.cli.render import as_json, say
from labarchive.cli.verbs import Verb, json_word, project_word
from labarchive.errors import BadInput
from labarchive.records import QUALITIES
from labarchive.selection.said import Said
from labarchive.selection.selection import Selection

_WHAT = "stable ids, paths like tau-pet/S014/baseline/T1w, or filter words that select scans"


def _what(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="+", help=_WHAT)
    project_word(parser)
    json_word(parser)


def _each(args: argparse.Namespace, verb: Callable[[Selection], Said]) -> int:
    """Say it about everything that was named, and print the receipts."""
    done = [verb(selection) for selection in told(opened(args), args.what, args.project)]
    _receipts(args, done)
    return 0


def _receipts(args: argparse.Namespace, done: list[Said]) -> None:
    if args.json:
        seqs = [
            seq for said in done if said.receipt for seq in range(said.receipt.first, said.receipt.last + 1)
        ]
        ids = [target.about for said in done for target in said.targets]
        say(as_json({"said": sum(map(len, done)), "about": ids, "seq": seqs}))
    else:
        say(*(repr(said).replace(".undo() takes", "labarchive undo takes") for said in done))


def _rate_words(parser: argparse.ArgumentParser) -> None:
    _what(parser)
    parser.add_argument("quality", choices=QUALITIES[:3])
    parser.add_argument("--reason", default="", help="motion, or several: motion,ringing")
    parser.add_argument("--note", default="", help="free words")
    parser.add_argument("--unsure", action="store_true", help="you are not sure")


def _rate(args: argparse.Namespace) -> int:
    words = {"note": args.note, "confidence": "unsure" if args.unsure else ""}
    return _each(args, lambda selection: selection.scans.rate(args.quality, args.reason, **words))


def _correct_words(parser: argparse.ArgumentParser) -> None:
    _what(parser)
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--kind", default="", help="T1w, FLAIR, bold, ...")
    chosen.add_argument("--label", default="", help="what it is called")
    parser.add_argument("--reason", default="")


def _correct(args: argparse.Namespace) -> int:
    return _each(
        args, lambda selection: selection.correct(kind=args.kind, label=args.label, reason=args.reason)
    )


def _text_words(name: str) -> Callable[[argparse.ArgumentParser], None]:
    def words(parser: argparse.ArgumentParser) -> None:
        _what(parser)
        parser.add_argument(name)

    return words


def _tag(args: argparse.Namespace) -> int:
    return _each(args, lambda selection: selection.tag(args.tag))


def _untag(args: argparse.Namespace) -> int:
    return _each(args, lambda selection: selection.untag(args.tag))


def _note(args: argparse.Namespace) -> int:
    return _each(args, lambda selection: selection.note(args.text))


def _undo_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("seq", nargs="?", help="the saying's number; without it, what you said last")
    json_word(parser)


def _undo(args: argparse.Namespace) -> int:
    if args.seq is not None and not args.seq.isdigit():
        raise BadInput(
            f"{args.seq!r} is not a saying's number", hint='sql "select seq, verb, about from saying"'
        )
    _receipts(args, [opened(args).undo(None if args.seq is None else int(args.seq))])
    return 0


VERBS = (
    Verb("rate", _rate_words, _rate,
         example="rate scan_abcdefghij unusable --reason motion"),
    Verb("correct", _correct_words, _correct,
         example="correct scan_abcdefghij --kind FLAIR"),
    Verb("tag", _text_words("tag"), _tag, example="tag kind=T1w session=baseline pilot"),
    Verb("untag", _text_words("tag"), _untag, example="untag scan_abcdefghij pilot"),
    Verb("note", _text_words("text"), _note, example='note sess_abcdefghij "fell asleep"'),
    Verb("undo", _undo_words, _undo, example="undo"),
)  # fmt: skip
