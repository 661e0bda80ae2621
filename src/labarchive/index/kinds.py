"""What a scan is, from the physics of its acquisition and from words; the rules stand in kinds.toml.

Physics decides and words confirm: agreement raises the confidence, disagreement lowers it and the reason says so.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from labarchive.errors import BadInput
from labarchive.records import Kind

Facts = Mapping[str, Any]
Condition = Callable[[Facts], bool]

_RANGES = frozenset(
    (
        "tr",
        "te",
        "ti",
        "flip_angle",
        "b_value",
        "n_files",
        "n_echoes",
        "volumes",
        "temporal_position",
        "frames",
    )
)
_WORDS = frozenset(
    ("modality", "sop_class", "image_type", "scanning_sequence", "sequence_variant", "acquisition_type")
)
_SPOKEN = ("description", "protocol", "sequence_name")
_REMEMBERED = 10_000
_PART = re.compile(r"[\s_\-.,:;/\\=+()<>\[\]|]+")
_SUFFIX = re.compile(r"_([A-Za-z0-9]+)\.nii(?:\.gz)?$")


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of kinds.toml: what must hold, and what it then says."""

    kind: str
    confidence: float
    because: str
    also: tuple[str, ...]
    text: re.Pattern[str] | None
    """The pattern of a rule about words."""
    conditions: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool:
        """Every condition is met; an attribute that is missing meets none."""
        return all(met(facts) for met in self.conditions)


def _nothing_in(columns: Sequence[str]) -> Condition:
    return lambda facts: all(facts.get(column) in (None, "", 0) for column in columns)


def _within(column: str, least: float, greatest: float) -> Condition:
    def met(facts: Facts) -> bool:
        value = facts.get(column)
        return value is not None and least <= value <= greatest

    return met


def _any_of(column: str, words: Sequence[str]) -> Condition:
    return lambda facts: not _parts(facts.get(column)).isdisjoint(words)


def _all_of(column: str, words: Sequence[str]) -> Condition:
    wanted = frozenset(words)
    return lambda facts: _parts(facts.get(column)) >= wanted


def _like(column: str, pattern: re.Pattern[str]) -> Condition:
    return lambda facts: pattern.search(str(facts.get(column) or "")) is not None


def _not(met: Condition) -> Condition:
    return lambda facts: not met(facts)


def _parts(value: Any) -> frozenset[str]:
    return _split(value) if isinstance(value, str) else _split("\\".join(map(str, value or ())))


@lru_cache(maxsize=4096)
def _split(value: str) -> frozenset[str]:
    """The values of a text with several; UIDs as they are, words in capitals.

    >>> sorted(_split("original\\\\Primary"))
    ['ORIGINAL', 'PRIMARY']
    """
    parts = [part.strip() for part in value.split("\\")] if value else []
    return frozenset(part if "." in part else part.upper() for part in parts)


@dataclass(frozen=True, slots=True)
class Rules:
    """The tables of kinds.toml."""

    certain: tuple[Rule, ...]
    physics: tuple[Rule, ...]
    text: tuple[Rule, ...]
    suffix: Mapping[str, str]
    asked: tuple[str, ...]
    """The facts that the physics rules look at."""
    _known: dict[tuple[Any, ...], Rule | None] = field(default_factory=dict, compare=False, repr=False)

    def physics_of(self, seen: Facts) -> Rule | None:
        """The first physics rule that holds; scans of one protocol, and there are many, are judged once."""
        key = tuple(_hashable(seen.get(name)) for name in self.asked)
        if key not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = next((rule for rule in self.physics if rule.holds(seen)), None)
        return self._known[key]

    @classmethod
    def read(cls, text: str) -> "Rules":
        """Raises BadInput naming the table, the rule's number and what it may say."""
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as wrong:
            raise BadInput(
                f"kinds.toml is not TOML: {wrong}", hint="quote words, and patterns in 'single' quotes"
            ) from None
        parsed: dict[str, Any] = {
            table: tuple(_rule(table, number, entry) for number, entry in enumerate(tables.get(table, ()), 1))
            for table in ("certain", "physics", "text")
        }
        asked = {name for entry in tables.get("physics", ()) for name in _asked(entry)}
        return cls(**parsed, suffix=tables.get("suffix", {}), asked=tuple(sorted(asked)))


def _asked(entry: Mapping[str, Any]) -> Iterator[str]:
    """The facts that a rule's conditions look at."""
    for name, wanted in entry.items():
        if name == "absent":
            yield from wanted
        elif name not in ("kind", "confidence", "because", "also"):
            yield re.sub("_(not|all)$", "", name)


def _hashable(value: Any) -> Any:
    return str(value) if isinstance(value, list) else value


def _rule(table: str, number: int, entry: Mapping[str, Any]) -> Rule:
    rest = dict(entry)
    try:
        kind, confidence = str(rest.pop("kind")), float(rest.pop("confidence"))
    except KeyError as missing:
        raise BadInput(
            f"rule {number} of [[{table}]] has no {missing}", hint="say kind and confidence"
        ) from None
    because, also = str(rest.pop("because", "")), tuple(rest.pop("also", ()))
    conditions = tuple(_condition(table, number, name, wanted) for name, wanted in rest.items())
    text = re.compile(rest["text"], re.IGNORECASE) if "text" in rest else None
    return Rule(kind, confidence, because, also, text, conditions)


def _condition(table: str, number: int, name: str, wanted: Any) -> Condition:
    stem, _, mode = name.rpartition("_")
    where = f"rule {number} of [[{table}]]: {name}"
    if mode == "not" and stem != "absent":
        return _not(_condition(table, number, stem, wanted))
    if name == "absent":
        return _nothing_in(_listed(where, wanted))
    if name in _WORDS:
        return _any_of(name, _listed(where, wanted))
    if mode == "all" and stem in _WORDS:
        return _all_of(stem, _listed(where, wanted))
    if name in _RANGES:
        if isinstance(wanted, list) and len(wanted) == 2:
            return _within(name, *wanted)
        raise BadInput(f"{where} is not a range", hint="write [least, greatest]")
    if name in ("text", "sequence_name") and isinstance(wanted, str):
        try:
            return _like(name, re.compile(wanted, re.IGNORECASE))
        except re.error as wrong:
            raise BadInput(
                f"{where} is not a regular expression: {wrong}", hint="try it in Python's re"
            ) from None
    known = ", ".join(sorted(_RANGES | _WORDS | {"text", "sequence_name", "absent"}))
    raise BadInput(f"{where} is no condition", hint=f"there are {known}, and most with _not")


def _listed(where: str, wanted: Any) -> tuple[str, ...]:
    if isinstance(wanted, list):
        return tuple(wanted)
    raise BadInput(f"{where} is not a list", hint='write ["A", "B"]')


@lru_cache(maxsize=1)
def _packaged() -> Rules:
    return Rules.read(Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8"))


def kind_of(facts: Facts, rules: Rules | None = None) -> Kind | None:
    """The kind of a series, how sure, and the reason in words; None when nothing speaks.

    ``facts``: the columns of FILE_SCHEMA of its first file, and n_files, n_echoes, b_values where known.
    """
    rules = rules or _packaged()
    seen = _seen(facts)
    named = rules.suffix.get(seen["suffix"], "")
    for rule in () if named else rules.certain:
        if rule.holds(seen):
            return Kind(rule.kind, rule.confidence, _because(rule, seen))
    if not named and seen["modality"] not in ("MR", ""):
        return Kind(seen["modality"], 0.95, f"the modality is {seen['modality']}")
    physics = rules.physics_of(seen)
    if named:
        return _named(named, physics, seen)
    words = [rule for rule in rules.text if rule.holds(seen)]
    return _weighed(physics, words, seen)


def _seen(facts: Facts) -> dict[str, Any]:
    """The facts with what is computed from them: the words, the BIDS suffix, the volumes, the greatest b value."""
    seen = dict(facts)
    words = " ".join(str(facts.get(column) or "") for column in _SPOKEN)
    if facts.get("form") == "nifti":  # a converter's file name is all that is left of the description
        words += " " + str(facts.get("path") or "").rpartition("/")[2]
    seen["text"] = _PART.sub(" ", _split_case(words)).strip().lower()
    suffix = _SUFFIX.search(str(facts.get("path") or ""))
    seen["suffix"] = suffix[1] if suffix else ""
    seen["modality"] = (
        str(facts.get("modality") or ("MR" if facts.get("form") == "nifti" else "")).strip().upper()
    )
    seen["volumes"] = _volumes(facts)
    if facts.get("b_values"):
        seen["b_value"] = max(value for value in facts["b_values"] if value is not None)
    for time in ("tr", "te", "ti"):  # scanners write 0 for "none"
        if seen.get(time) == 0:
            seen[time] = None
    return seen


def _split_case(words: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", words)


def _volumes(facts: Facts) -> int | None:
    dims: Sequence[int] = facts.get("dims") or ()
    if facts.get("form") == "nifti" and len(dims) >= 3:
        return int(dims[3]) if len(dims) > 3 else 1
    if "MOSAIC" in _parts(facts.get("image_type")):  # Siemens packs a volume into one image
        return facts.get("n_files")
    return None


def _because(rule: Rule, seen: Facts) -> str:
    try:
        return rule.because.format_map({name: value for name, value in seen.items() if value is not None})
    except (KeyError, ValueError):
        return re.sub(r"\{[^}]*\}", "?", rule.because)


def _weighed(physics: Rule | None, words: Sequence[Rule], seen: Facts) -> Kind | None:
    """Physics and words together; words choose among what the physics allows, and never against it."""
    if physics is None:
        if not words:
            return None
        return Kind(
            words[0].kind, round(words[0].confidence * 0.85, 2), f"no physics known; {_says(words[0], seen)}"
        )
    reason = _because(physics, seen)
    allowed = (physics.kind, *physics.also)
    word = next((rule for rule in words if rule.kind in allowed), None)
    if word is not None:
        sure = physics.confidence if word.kind == physics.kind else min(physics.confidence, 0.6)
        both = 1 - (1 - sure) * (1 - 0.8 * word.confidence)
        return Kind(word.kind, round(min(both, 0.99), 2), f"{reason}; {_says(word, seen)}")
    if words:
        doubt = f"{reason}; but {_says(words[0], seen)} ({words[0].kind}), which the physics contradicts"
        return Kind(physics.kind, round(physics.confidence * 0.6, 2), doubt)
    return Kind(physics.kind, physics.confidence, reason)


def _says(rule: Rule, seen: Facts) -> str:
    found = rule.text.search(seen["text"]) if rule.text else None
    return f"the description says {found[0].strip() if found else '?'}"


def _named(named: str, physics: Rule | None, seen: Facts) -> Kind:
    """A BIDS name is somebody's careful word: it stands, with a doubt when the physics says otherwise."""
    reason = f"the file name's BIDS suffix is {seen['suffix']}"
    if physics is None or seen["modality"] != "MR":
        return Kind(named, 0.9, reason)
    if named in (physics.kind, *physics.also):
        return Kind(named, 0.97, f"{reason}; {_because(physics, seen)}")
    return Kind(named, 0.6, f"{reason}; but {_because(physics, seen)}, which would be {physics.kind}")
