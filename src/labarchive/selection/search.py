"""The search field's language: ``kind:T1w,FLAIR -quality:unusable no:note "free words"``, words as Python's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from labarchive.errors import LabarchiveError
from labarchive.selection.terms import AnyOf, Like, Not, Term
from labarchive.selection.words import parse, word

_PIECE = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_QUOTED = re.compile(r'"([^"]*)"?')
_LACKING = re.compile(r"^(-?)no:(\w+)$")
_UNSAID = {
    "rating": ("quality", "unreviewed"),
    "quality": ("quality", "unreviewed"),
    "usable": ("quality", "unreviewed"),
}
"""What nobody said of a scan is a value of its own."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One term as it was typed, ``start`` to ``end`` of the whole text; ``wrong`` says why it is none."""

    text: str
    start: int
    end: int
    term: Term | None = None
    wrong: str = ""
    hint: str = ""


def pieces(level: str, text: str) -> list[Piece]:
    """All terms of a search. A bad one says what would be right; the rest goes on working.

    >>> [str(piece.term or piece.wrong) for piece in pieces("scan", 'kind:T1w,FLAIR tr>2000 knd:x')]
    ['kind = T1w or FLAIR', 'tr > 2000', "no filter of scans is called 'knd'"]
    """
    return [_piece(level, found) for found in _PIECE.finditer(text)]


def terms(level: str, text: str) -> tuple[Term, ...]:
    """The terms that can be understood."""
    return tuple(piece.term for piece in pieces(level, text) if piece.term is not None)


def _piece(level: str, found: re.Match[str]) -> Piece:
    text = found[0]
    try:
        return Piece(text, found.start(), found.end(), _term(level, text))
    except LabarchiveError as wrong:
        return Piece(text, found.start(), found.end(), None, wrong.what, wrong.hint)


def _term(level: str, text: str) -> Term:
    lacking = _LACKING.match(text)
    if lacking:
        name, value = _UNSAID.get(lacking[2], (lacking[2], None))
        test = AnyOf((value,))
        return Term(word(level, name).name, Not(test) if lacking[1] else test)
    bare = _QUOTED.sub(r"\1", text)
    if text.startswith(('"', '-"')):
        negated = text.startswith("-")
        words = AnyOf((Like(f"*{bare.removeprefix('-')}*"),))
        return Term("words", Not(words) if negated else words)
    return parse(level, bare)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a completion is for: the name of a word, or a value of a known word; ``begun`` was typed already."""

    start: int
    end: int
    begun: str
    word: str = ""
    """The filter word whose values are asked for; empty for names."""
    sign: str = ""


def asked(text: str, at: int) -> Asked:
    """What stands at the cursor.

    >>> asked("kind:T1w,FL", 11)
    Asked(start=9, end=11, begun='FL', word='kind', sign='')
    >>> asked("-qua", 4)
    Asked(start=1, end=4, begun='qua', word='', sign='-')
    """
    start, end = next(((a, b) for a, b in _places(text) if a <= at <= b), (at, at))
    piece = text[start:at]
    sign = "-" if piece.startswith("-") else ""
    name, colon, value = piece.removeprefix("-").partition(":")
    if not colon:
        return Asked(start + len(sign), end, name, sign=sign)
    begun = value.rpartition(",")[2]
    return Asked(at - len(begun), _value_end(text, at, end), begun.strip('"'), name, sign)


def _places(text: str) -> Iterator[tuple[int, int]]:
    yield from ((found.start(), found.end()) for found in _PIECE.finditer(text))


def _value_end(text: str, at: int, end: int) -> int:
    comma = text.find(",", at, end)
    return end if comma < 0 else comma
