"""One term of a selection: a filter word and the values it may have. Knows no SQL."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

Plain = str | int | float | bool | date | datetime


@dataclass(frozen=True, slots=True)
class Like:
    """Text that fits a glob: ``*`` any text, ``?`` one letter, upper and lower case alike."""

    pattern: str

    def __str__(self) -> str:
        return f"like {self.pattern}"


@dataclass(frozen=True, slots=True)
class Between:
    """From ``low`` to ``high``, both included; None is open. A date means the whole day, a month the whole month."""

    low: Plain | None
    high: Plain | None
    strict: bool = False
    """The ends are not included."""

    def __str__(self) -> str:
        if self.low is None:
            return f"{'<' if self.strict else 'up to'} {self.high}"
        if self.high is None:
            return f"{'>' if self.strict else 'from'} {self.low}"
        return f"{self.low} to {self.high}"


Value = Plain | Like | Between | None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these values."""

    values: tuple[Value, ...]

    def __str__(self) -> str:
        return " or ".join(_say(value) for value in self.values) or "nothing"


@dataclass(frozen=True, slots=True)
class Not:
    """None of these values; a row without a value is kept."""

    test: AnyOf

    def __str__(self) -> str:
        return f"not {self.test}"


Test = AnyOf | Not


def _say(value: Value) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@dataclass(frozen=True, slots=True)
class Term:
    """A word and its test; ``said`` is how a repr shows it when that is shorter than the values."""

    word: str
    test: Test
    said: str = ""

    def __str__(self) -> str:
        if self.said:
            return self.said
        if self.word == "usable":
            return "usable" if self.test == AnyOf((True,)) else f"usable = {self.test}"
        only = self.test.values[0] if isinstance(self.test, AnyOf) and len(self.test.values) == 1 else None
        sign = " " if isinstance(only, Like | Between) else " = "
        if isinstance(self.test, Not):
            return f"{self.word} {self.test}"
        return f"{self.word}{sign}{self.test}"


def like(pattern: str) -> Like:
    """Text that fits a glob, upper and lower case alike.

    >>> tau.scans(description=like("*mprage*"))  # doctest: +SKIP
    """
    return Like(pattern)


def between(low: Plain | None, high: Plain | None) -> Between:
    """From ``low`` to ``high``, both included; None leaves an end open.

    >>> tau.scans(acquired=between("2026-01-01", "2026-06-30"))  # doctest: +SKIP
    """
    return Between(low, high)


def not_(value: Value | Iterable[Value]) -> Not:
    """Anything but this value, or these.

    >>> tau.scans(quality=not_("unusable"))  # doctest: +SKIP
    """
    if value is None or isinstance(value, Plain | Like | Between):
        return Not(AnyOf((value,)))
    return Not(AnyOf(tuple(value)))
