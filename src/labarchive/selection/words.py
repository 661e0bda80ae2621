"""The filter words of every door as one table: Python's keywords, the CLI's and REST's ``word=value``."""

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from labarchive import metrics
from labarchive.errors import BadInput
from labarchive.selection.levels import STABLE_ID, level_of
from labarchive.selection.terms import AnyOf, Between, Like, Not, Plain, Term, Test, Value

Type = Literal["text", "label", "number", "time", "flag", "list", "usable", "free", "outlier", "metric"]


@dataclass(frozen=True, slots=True)
class Word:
    """A filter word: where its column is and what its values are."""

    name: str
    level: str
    type: Type
    column: str


def _words(level: str, **columns: str) -> list[Word]:
    return [
        Word(name, level, kind, f'"{name}"')  # type: ignore[arg-type]
        for kind, names in columns.items()
        for name in names.split()
    ]


_TABLE: tuple[Word, ...] = (
    *_words(
        "scan",
        label="project subject session scan",
        text="""subject_id session_id scan_id description protocol kind kind_reason modality format manufacturer
             model station study_uid series_uid sop_class folder quality quality_reason quality_by note why""",
        number="""number kind_confidence field_strength tr te ti flip_angle rows columns frames n_files bytes
               header_complete warnings""",
        time="acquired",
        flag="gone",
        list="tags",
        usable="usable",
    ),
    Word("tag", "scan", "list", "tags"),
    Word("outlier", "scan", "outlier", "scan_id"),
    *(Word(name, "scan", "metric", "scan_id") for name in metrics.table()),
    Word("label", "scan", "text", "scan"),
    Word("words", "scan", "free", "concat_ws(' ', subject, session, scan, description, protocol, kind)"),
    *_words(
        "session",
        label="project subject session",
        text="""subject_id session_id study_uid study_description institution manufacturer model station note""",
        number="field_strength n_scans",
        time="acquired",
        flag="gone",
        list="tags",
    ),
    Word("tag", "session", "list", "tags"),
    Word("label", "session", "text", "session"),
    Word("words", "session", "free", "concat_ws(' ', subject, session, study_description, note)"),
    *_words("subject", label="project subject", text="subject_id note", number="n_sessions", list="tags"),
    Word("tag", "subject", "list", "tags"),
    Word("label", "subject", "text", "subject"),
    Word("words", "subject", "free", "concat_ws(' ', subject, note)"),
    *_words("project", label="project", text="project_id", time="created"),
    Word("label", "project", "text", "project"),
    Word("words", "project", "free", "project"),
    *_words(
        "file",
        label="project",
        text="""path status reason form sop_uid scan_id transfer_syntax charset image_type sequence_name body_part
             scanning_sequence sequence_variant contrast_agent""",
        number="bytes instance echo spacing slice_thickness b_value temporal_position bits",
    ),
    Word("words", "file", "free", "path"),
    *_words("gone", label="project", text="path scan_id", number="bytes", time="since"),
    *_words("conflict", label="project", text="about what detail"),
    *_words("duplicate", label="project", text="what key", number="n digested_share"),
    *_words("saying", label="project", text="who door about verb", number="seq", time="at", flag="undone"),
)

_BY_LEVEL: dict[str, dict[str, Word]] = {}
for _word in _TABLE:
    _BY_LEVEL.setdefault(_word.level, {})[_word.name] = _word

_REACH: dict[str, tuple[str, ...]] = {
    "scan": ("scan", "session", "subject", "project", "file"),
    "session": ("session", "scan", "subject", "project", "file"),
    "subject": ("subject", "scan", "session", "project", "file"),
    "project": ("project", "scan", "session", "subject", "file"),
    "file": ("file", "scan", "session", "subject", "project"),
}
"""Where a word is looked for, nearest first: sessions can be asked for by what their scans are."""


def word(level: str, name: str) -> Word:
    """The word as it is meant at ``level``. Raises BadInput naming near words."""
    for place in _REACH.get(level, (level,)):
        found = _BY_LEVEL[place].get(name)
        if found:
            return found
    raise BadInput(f"no filter of {level}s is called {name!r}", hint=near(name, names(level)))


def names(level: str) -> list[str]:
    """Every word that can narrow rows of ``level``."""
    found: dict[str, None] = {}
    for place in _REACH.get(level, (level,)):
        found.update(dict.fromkeys(_BY_LEVEL[place]))
    return list(found)


def near(name: str, known: list[str]) -> str:
    """What to type instead.

    >>> near("manufactorer", ["manufacturer", "model"])
    'did you mean manufacturer?'
    """
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    if close:
        alike = [difflib.SequenceMatcher(None, name, each).ratio() for each in close]
        close = [each for each, how in zip(close, alike, strict=True) if how > alike[0] - 0.15]
        return f"did you mean {' or '.join(close)}?"
    return "there are " + ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")


def term(level: str, name: str, value: object) -> Term:
    """A keyword of a Python call as a term. Raises BadInput for an unknown word or a value of the wrong type."""
    return Term(word(level, name).name, _test(value))


def _test(value: object) -> Test:
    if isinstance(value, AnyOf | Not):
        return value
    if isinstance(value, Like | Between):
        return AnyOf((value,))
    if isinstance(value, list | tuple | set | frozenset):
        return AnyOf(tuple(_plain(each) for each in value))
    return AnyOf((_plain(value),))


def _plain(value: object) -> Value:
    if value is None or isinstance(value, Like | Between | Plain):
        return value
    if hasattr(value, "item"):  # a numpy scalar, out of somebody's DataFrame
        return value.item()  # type: ignore[no-any-return]
    raise BadInput(
        f"a filter cannot be a {type(value).__name__}", hint="give text, a number, a date or a list"
    )


_DOOR = re.compile(
    r"^(?P<negated>-?)(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<sign>>=|<=|=|:|>|<)(?P<value>.*)$", re.DOTALL
)


def parse(level: str, text: str) -> Term:
    """``kind=T1w,FLAIR``, ``acquired=2026-01..2026-06``, ``-quality=unusable``, ``tr>2000`` as a term.

    A stable id selects what belongs to it; another word without a sign is looked for in labels and descriptions.
    """
    if STABLE_ID.match(text):
        return Term(word(level, f"{level_of(text)}_id").name, AnyOf((text,)))
    found = _DOOR.match(text)
    if found is None:
        return Term("words", AnyOf((Like(f"*{text}*"),)))
    known = word(level, found["name"])
    test = _range(found) or AnyOf(tuple(_door_value(known, each) for each in found["value"].split(",")))
    return Term(known.name, Not(test) if found["negated"] else test)


def _range(found: re.Match[str]) -> AnyOf | None:
    sign, value = found["sign"], found["value"]
    if sign.startswith(">"):
        return AnyOf((Between(value, None, strict=sign == ">"),))
    if sign.startswith("<"):
        return AnyOf((Between(None, value, strict=sign == "<"),))
    return None


def _door_value(known: Word, text: str) -> Value:
    if known.type in ("number", "time", "metric") and ".." in text:
        low, high = text.split("..", 1)
        return Between(low or None, high or None)
    if known.type in ("text", "label", "list") and re.search(r"[*?]", text):
        return Like(text)
    return text or None
