"""From terms to SQL: every value is a parameter, every identifier comes from the tables of levels and words."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from labarchive.errors import BadInput
from labarchive.metrics.table import TOOL
from labarchive.selection.levels import LEVELS, STABLE_ID, Level, link
from labarchive.selection.terms import AnyOf, Between, Like, Not, Term, Value
from labarchive.selection.words import Word, word


@dataclass(frozen=True, slots=True)
class Query:
    """SQL text and its parameters, in order."""

    text: str
    params: tuple[Any, ...] = ()

    def __add__(self, other: "Query") -> "Query":
        return Query(self.text + other.text, self.params + other.params)


TRUE = Query("true")


def joined(parts: Iterable[Query], between: str) -> Query:
    parts = list(parts)
    params = tuple(param for part in parts for param in part.params)
    return Query(between.join(part.text for part in parts), params)


def where(level: Level, terms: Iterable[Term], within: Query = TRUE) -> Query:
    """The condition on rows of ``level``; terms of other levels become one sub-select a level."""
    groups: dict[str, list[tuple[Word, Term]]] = {level.name: []}
    for each in terms:
        known = word(level.name, each.word)
        groups.setdefault(known.level, []).append((known, each))
    conditions = [within] if within != TRUE else []
    for name, members in groups.items():
        inner = _there(LEVELS[name], members)
        inner += [_condition(known, each) for known, each in members]
        if name == level.name:
            conditions += inner
        elif inner:
            column = link(level, LEVELS[name])
            text = joined(inner, " and ")
            conditions.append(Query(f"{column} in (select {column} from {name} where ") + text + Query(")"))
    return joined(conditions, " and ") if conditions else TRUE


def _there(level: Level, members: list[tuple[Word, Term]]) -> list[Query]:
    """Scans and sessions whose files are all gone are left out, but where they are asked for."""
    asked = any(known.name == "gone" for known, _ in members)
    return [Query("not gone")] if level.name in ("scan", "session") and not asked else []


def _condition(known: Word, term: Term) -> Query:
    test = term.test
    if isinstance(test, Not):
        return Query("not coalesce(") + _any_of(known, test.test) + Query(", false)")
    return _any_of(known, test)


def _any_of(known: Word, test: AnyOf) -> Query:
    if not test.values:
        return Query("false")
    plain = [value for value in test.values if not isinstance(value, Like | Between) and value is not None]
    parts = [_ALTERNATIVE[known.type](known, value) for value in test.values if isinstance(value, Between)]
    parts += [_like(known, value.pattern) for value in test.values if isinstance(value, Like)]
    if None in test.values and known.type == "metric":
        parts.append(_metric(known, None))
    elif None in test.values:
        parts.append(Query(f"{known.column} is null"))
    if plain and known.type in ("text", "label"):
        parts += _among(known, [str(value) for value in plain])
    else:
        parts += [_ALTERNATIVE[known.type](known, value) for value in plain]
    return Query("(") + joined(parts, " or ") + Query(")")


def _among(known: Word, values: list[str]) -> list[Query]:
    """Equality; a stable id in place of a label is taken for what it is."""
    ids = [value for value in values if known.type == "label" and STABLE_ID.match(value)]
    labels = [value for value in values if value not in ids]
    return [
        Query(f"{column} in ({', '.join('?' * len(some))})", tuple(some))
        for column, some in ((known.column, labels), (f"{known.name}_id", ids))
        if some
    ]


def _like(known: Word, pattern: str) -> Query:
    if known.type == "list":
        text = f"array_to_string({known.column}, chr(10))"
        return Query(f"concat(chr(10), {text}, chr(10)) ilike ? escape '\\'", (f"%\n{_glob(pattern)}\n%",))
    return Query(f"cast({known.column} as varchar) ilike ? escape '\\'", (_glob(pattern),))


def _glob(pattern: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", pattern).replace("*", "%").replace("?", "_")


def _text(known: Word, value: Value) -> Query:
    if isinstance(value, Between):
        return _between(known, value, str)
    return Query(f"{known.column} = ?", (str(value),))


def _number(known: Word, value: Value) -> Query:
    def number(given: object) -> float:
        try:
            return float(given)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            raise BadInput(f"{known.name} is a number, not {given!r}", hint=f"{known.name}=2300") from None

    if isinstance(value, Between):
        return _between(known, value, number)
    return Query(f"{known.column} = ?", (number(value),))


def _between(known: Word, value: Between, read: Callable[[object], Any]) -> Query:
    equal = "" if value.strict else "="
    ends = [
        Query(f"{known.column} {sign}{equal} ?", (read(end),))
        for sign, end in ((">", value.low), ("<", value.high))
        if end is not None
    ]
    return Query("(") + joined(ends or [TRUE], " and ") + Query(")")


def _time(known: Word, value: Value) -> Query:
    low, high = (value.low, value.high) if isinstance(value, Between) else (value, value)
    strict = isinstance(value, Between) and value.strict
    ends = []
    if low is not None:
        ends.append(Query(f"{known.column} >= ?", (period(known.name, low)[1 if strict else 0],)))
    if high is not None:
        ends.append(Query(f"{known.column} < ?", (period(known.name, high)[0 if strict else 1],)))
    return Query("(") + joined(ends or [TRUE], " and ") + Query(")")


def period(name: str, given: object) -> tuple[datetime, datetime]:
    """First moment of what a date names, and the first after it.

    >>> period("acquired", "2026-02")
    (datetime.datetime(2026, 2, 1, 0, 0), datetime.datetime(2026, 3, 1, 0, 0))
    """
    if isinstance(given, datetime):
        return given, given + timedelta(microseconds=1)
    if isinstance(given, date):
        given = given.isoformat()
    text = str(given).strip()
    try:
        if re.fullmatch(r"\d{4}", text):
            return datetime(int(text), 1, 1), datetime(int(text) + 1, 1, 1)
        if re.fullmatch(r"\d{4}-\d{2}", text):
            first = datetime.fromisoformat(f"{text}-01")
            return first, (first + timedelta(days=31)).replace(day=1)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{name} is a date, not {given!r}", hint="2026, 2026-01 or 2026-01-14") from None
    lasts = (
        timedelta(days=1) if len(text) <= 10 else timedelta(minutes=1 if len(text) <= 16 else 0, seconds=1)
    )
    return moment, moment + lasts


def _flag(known: Word, value: Value) -> Query:
    return Query(f"{known.column} = ?", (truth(known.name, value),))


def truth(name: str, value: object) -> bool:
    """A switch's value, also as text."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    try:
        return words[str(value).lower()]
    except KeyError:
        raise BadInput(f"{name} is true or false, not {value!r}", hint=f"{name}=true") from None


def _usable(known: Word, value: Value) -> Query:
    return Query("quality = 'usable'" if truth(known.name, value) else "quality <> 'usable'")


def _outlier(known: Word, value: Value) -> Query:
    inside = "in" if truth(known.name, value) else "not in"
    return Query(f"{known.column} {inside} (select scan_id from outlier)")


def _metric(known: Word, value: Value) -> Query:
    """By a number that was measured of the scan; nothing for scans of which it was not."""
    measured = Query(
        f"{known.column} in (select scan_id from metric where metric = ? and tool = ?", (known.name, TOOL)
    )
    if value is None:
        return Query("not ") + measured + Query(")")
    return (
        measured + Query(" and ") + _number(Word(known.name, "scan", "number", "value"), value) + Query(")")
    )


def _list(known: Word, value: Value) -> Query:
    return Query(f"list_contains({known.column}, ?)", (str(value),))


_ALTERNATIVE: dict[str, Callable[[Word, Value], Query]] = {
    "text": _text,
    "label": _text,
    "free": _text,
    "number": _number,
    "time": _time,
    "flag": _flag,
    "usable": _usable,
    "list": _list,
    "outlier": _outlier,
    "metric": _metric,
}
