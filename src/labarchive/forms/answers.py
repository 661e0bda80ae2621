"""Answers against their form: what is wrong with them, what is hidden, what a score comes to."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from labarchive.forms.expressions import evaluate, is_empty
from labarchive.forms.form import Form, Item, Score


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and with which item."""

    item: str
    words: str


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A score, how many of its items have a code in place of a value, and how many have nothing yet."""

    value: float | None
    missing: int
    open: int


Codes = Mapping[str, str]
"""item -> code, of what is missing"""


def problems(form: Form, answers: Mapping[str, Any], missing: Codes | None = None) -> list[Problem]:
    """Everything that is wrong, in the order of the items; nothing for answers that can be signed.

    A hidden item is not missing; one that is hidden and answered is a problem.
    """
    codes = missing or {}
    names = [item.name for item in form.items]
    found = [Problem(name, "is no item of this form") for name in (*answers, *codes) if name not in names]
    for item in form.items:
        found += [Problem(item.name, words) for words in _wrong(item, answers, codes)]
    return found


def told(wrong: Sequence[Problem]) -> str:
    """All of them in one line."""
    return "; ".join(f"{each.item} {each.words}" for each in wrong)


def _wrong(item: Item, answers: Mapping[str, Any], codes: Codes) -> list[str]:
    value, code = answers.get(item.name), codes.get(item.name)
    empty = is_empty(value)
    if _hidden(item, answers, codes):
        return [] if empty and code is None else ["is answered, and by the other answers it is not asked"]
    if code is not None and not empty:
        return [f"has a value and the code {code}"]
    if code is not None:
        allowed = ", ".join(item.missing) or "none"
        return [] if code in item.missing else [f"cannot be {code} (there is {allowed})"]
    if empty:
        return ["is not answered"] if _required(item, answers, codes) else []
    words = _unfit(item, value)
    return [words] if words else []


def _hidden(item: Item, answers: Mapping[str, Any], missing: Codes | None = None) -> bool:
    """By what the other items say, this one is not asked."""
    return not evaluate(item.show, answers, missing)


def _required(item: Item, answers: Mapping[str, Any], missing: Codes | None = None) -> bool:
    """By what the other items say, this one must be answered."""
    return bool(evaluate(item.required, answers, missing))


def _unfit(item: Item, value: Any) -> str:
    match item.type:
        case "choice":
            return (
                ""
                if _code(value) in item.choices
                else f"has no {value!r}: there are {', '.join(item.choices)}"
            )
        case "several":
            return _several(item, value)
        case "text":
            return _text(item, value)
        case "yes":
            return "" if isinstance(value, bool) else "is neither true nor false"
        case "date":
            return "" if _is_date(value) else f"{value!r} is no date: 2026-01-14"
    return _number(item, value)


def _several(item: Item, value: Any) -> str:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return "is no list of words"
    if strange := next((each for each in value if each not in item.choices), None):
        return f"has no {strange!r}: there are {', '.join(item.choices)}"
    return "" if len(set(value)) == len(value) else "says one thing twice"


def _text(item: Item, value: Any) -> str:
    if not isinstance(value, str):
        return "is no text"
    return "" if len(value) <= item.longest else f"has {len(value):,} characters of {item.longest:,}"


def _number(item: Item, value: Any) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return f"{value!r} is no number"
    if item.range and not item.range[0] <= value <= item.range[1]:
        return f"{value} is not from {item.range[0]} to {item.range[1]}"
    return ""


def _code(value: Any) -> str | None:
    """Choices have words for codes; a number stands for the word that it writes."""
    return None if isinstance(value, bool) or not isinstance(value, str | int) else str(value)


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def reckoned(form: Form, score: Score, answers: Mapping[str, Any], missing: Codes | None = None) -> Reckoned:
    """The score of these answers; an item with a code is left out and counted."""
    codes = missing or {}
    numbers = {name: _as_number(form, name, value) for name, value in answers.items()}
    shown = [name for name in _names(score.value) if _shown(form, name, answers, codes)]
    untold = [name for name in shown if name not in codes and is_empty(answers.get(name))]
    value = evaluate(score.value, numbers, codes)
    return Reckoned(value, sum(name in codes for name in shown), len(untold))


def _shown(form: Form, name: str, answers: Mapping[str, Any], codes: Codes) -> bool:
    item = form.item(name)
    return item is not None and not _hidden(item, answers, codes)


def _as_number(form: Form, name: str, value: Any) -> Any:
    """Choices whose codes are whole numbers count as those."""
    item = form.item(name)
    text = _code(value)
    counts = item is not None and item.type == "choice" and text is not None and text.lstrip("-").isdecimal()
    return int(text) if counts and text is not None else value


def _names(tree: list[Any]) -> list[str]:
    if tree[0] == "name":
        return [tree[1]]
    if tree[0] == "value":
        return []
    return list(dict.fromkeys(name for part in tree[1:] for name in _names(part)))
