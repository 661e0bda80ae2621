"""``labarchive``: finds the verb, and turns what went wrong into one sentence and an exit code."""

import argparse
import errno
import os
import re
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn, TextIO

from labarchive import __version__
from labarchive.cli.verbs import INTERRUPTED, TABLE, Parser, Verb, home_word
from labarchive.errors import BY_NAME, BadInput, LabarchiveError
from labarchive.selection.amounts import plain
from labarchive.settings import home, service_url

PIPE = 141
UNFORESEEN = 70


def verb_named(name: str) -> Verb:
    """The verb, out of its module."""
    module = import_module(f"labarchive.cli.{TABLE[name][0]}")
    verbs: tuple[Verb, ...] = module.VERBS
    return next(verb for verb in verbs if verb.name == name)


def parser(wanted: str | None = None) -> Parser:
    """All verbs, the wanted one with its words; ``--home`` is taken before and after each."""
    top = Parser(
        prog="labarchive",
        description="A research archive: imaging studies on a NAS become a catalogue.",
        epilog=exit_codes(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"labarchive {__version__}")
    home_word(top)
    verbs = top.add_subparsers(dest="verb", metavar="VERB", parser_class=Parser)
    for name, (_, says) in TABLE.items():
        words = verbs.add_parser(name, help=says, description=says)
        if name == wanted:
            verb = verb_named(name)
            words.epilog = f"for example: labarchive {verb.example}" if verb.example else None
            home_word(words, default=argparse.SUPPRESS)
            verb.words(words)
    return top


def exit_codes() -> str:
    """The table that the help prints.

    >>> "130 Ctrl-C" in exit_codes()
    True
    """
    named: dict[int, list[str]] = {}
    for name, kind in BY_NAME.items():
        named.setdefault(kind.exit_code, []).append(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    named[1] = ["something else went wrong"]
    lines = [f"{code:>3} {', '.join(names)}" for code, names in sorted(named.items())]
    return "\n".join(
        ["exit codes:", "  0 done", *lines, f" {UNFORESEEN} a fault of labarchive", f"{INTERRUPTED} Ctrl-C"]
    )


_NEGATED = re.compile(r"^-(?=[A-Za-z_][A-Za-z0-9_]+(=|:|<|>))")
_ASIDE = "\0"
"""Stands before a word that begins with a dash and is no switch, while argparse looks at it."""


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """The words as argparse has them; ``-quality=unusable`` is a filter, not a switch."""
    words = [_ASIDE + word if _NEGATED.match(word) else word for word in argv]
    args, extra = parser(_wanted(words)).parse_known_args(words)
    if extra and hasattr(args, "terms") and not any(word.startswith("-") for word in extra):
        args.terms += extra  # filter words that stand after a switch
    elif extra:
        raise BadInput(f"{' '.join(extra)!r} is not understood", hint=f"labarchive {args.verb or ''} --help")
    for name, value in vars(args).items():
        setattr(args, name, _back(value))
    return args


def _back(value: Any) -> Any:
    if isinstance(value, list):
        return [_back(each) for each in value]
    return value.removeprefix(_ASIDE) if isinstance(value, str) else value


def _wanted(words: Sequence[str]) -> str | None:
    """The first word that is a verb and not the home."""
    for before, word in zip(["", *words], words, strict=False):
        if word in TABLE and before != "--home":
            return word
    return None


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; gives the exit code."""
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warned
            code = _run(list(sys.argv[1:] if argv is None else argv), again=argv is None)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # or Python says so once more at its end
        return PIPE
    except KeyboardInterrupt:
        print("labarchive: stopped", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        return told(error)
    return code


def _run(words: Sequence[str], *, again: bool) -> int:
    args = parsed(words)
    if args.verb is None:
        parser().print_help()
        return 0
    verb = verb_named(args.verb)
    if again and verb.needs_home and args.home is None and not service_url():
        again_with_home(words)
    return verb.run(args)


def _warned(
    message: Warning | str,
    category: type[Warning],  # noqa: ARG001
    filename: str,  # noqa: ARG001
    lineno: int,  # noqa: ARG001
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    print(plain(f"labarchive: {message}"), file=sys.stderr)


def again_with_home(words: Sequence[str]) -> NoReturn:
    """Start anew with the home on the command line, so that ``ps`` tells whose process this is."""
    place = str(home().path)
    os.execv(sys.executable, [sys.executable, "-P", "-m", "labarchive", "--home", place, *words])


def told(error: Exception) -> int:
    """One sentence on stderr, and the exit code."""
    if os.environ.get("LABARCHIVE_DEBUG") == "1":
        raise error
    code, sentence = _sentence(error)
    print(plain(f"labarchive: {sentence}".replace("\n", " ")), file=sys.stderr)
    return code


def _sentence(error: Exception) -> tuple[int, str]:
    if isinstance(error, LabarchiveError):
        return error.exit_code, str(error)
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, errno.EROFS, errno.EDQUOT)
        where = f"{error.filename}: " if error.filename else ""
        return BY_NAME["NoRoom"].exit_code if full else 1, f"{where}{error.strerror or type(error).__name__}"
    # the text of an error that nobody foresaw may hold a patient's name
    what = f"a fault of labarchive itself ({type(error).__name__})"
    return UNFORESEEN, f"{what}: LABARCHIVE_DEBUG=1 shows where; tell us"
