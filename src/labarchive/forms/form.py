"""A form as its TOML file says it: items, choices with their keys, codes for what is missing, scores."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from labarchive.errors import BadInput
from labarchive.forms.expressions import Tree, parse

Level = Literal["subject", "session", "scan", "lesion"]
LEVELS: tuple[Level, ...] = ("subject", "session", "scan", "lesion")
Type = Literal["choice", "several", "text", "number", "date", "yes"]
TYPES: tuple[Type, ...] = ("choice", "several", "text", "number", "date", "yes")
TAKEN = frozenset("123nuszvc")
"""Keys that the rating queue has for itself; a choice of a rating may not have them."""
LONGEST = 4000
"""Characters of a text, where an item does not say."""
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")
_WORDS = ("name", "version", "title", "level", "missing", "about", "item", "score")
_ITEM = (
    "name",
    "label",
    "type",
    "choices",
    "keys",
    "missing",
    "required",
    "show",
    "range",
    "unit",
    "help",
    "longest",
)


@dataclass(frozen=True, slots=True)
class Item:
    """One question. ``required`` and ``show`` are expressions over the other items."""

    name: str
    label: str
    type: Type
    choices: Mapping[str, str] = field(default_factory=dict)
    """code -> words, in the order of the file"""
    keys: Mapping[str, str] = field(default_factory=dict)
    """code -> the letter that chooses it"""
    missing: tuple[str, ...] = ()
    """Codes of the form's that may stand for this item."""
    required: Tree = field(default_factory=lambda: ["value", False])
    show: Tree = field(default_factory=lambda: ["value", True])
    range: tuple[float, float] | None = None
    unit: str = ""
    help: str = ""
    longest: int = LONGEST
    """Characters of a text."""


@dataclass(frozen=True, slots=True)
class Score:
    """A number made of the answers: ``value`` leaves out what is missing, and says so."""

    name: str
    value: Tree
    range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked, of what, in which version."""

    name: str
    version: int
    title: str
    level: Level
    items: tuple[Item, ...]
    missing: Mapping[str, str] = field(default_factory=dict)
    """code -> what it means; never a number"""
    scores: tuple[Score, ...] = ()
    about: str = ""
    digest: str = ""
    """Of what the file means; comments and spaces count for nothing."""

    @property
    def said_of(self) -> Literal["subject", "session", "scan"]:
        """What its entries are said of: a lesion lies in a visit, under a label that persists."""
        return "session" if self.level == "lesion" else self.level

    def item(self, name: str) -> Item | None:
        return next((item for item in self.items if item.name == name), None)

    @classmethod
    def read(cls, text: str) -> "Form":
        """Raises BadInput with the item and what would be right."""
        try:
            words = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"a form is no TOML: {error}", hint="see docs/how-to/rate.md") from None
        return _form(words)

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> "Form":
        """The same from the words of such a file. Raises BadInput."""
        return _form(words)


def _form(words: Mapping[str, Any]) -> Form:
    _known(words, _WORDS, "a form")
    name, level = _name(words.get("name"), "a form"), words.get("level")
    if level not in LEVELS:
        raise BadInput(f"form {name}: level is {level!r}", hint=f"there are {', '.join(LEVELS)}")
    version = words.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BadInput(f"form {name}: version is {version!r}", hint="1, 2, 3 ...: a new one for each change")
    missing = {str(code): str(meaning) for code, meaning in _table(words, "missing", name).items()}
    if number := next((code for code in missing if _number(code) is not None), None):
        raise BadInput(
            f"form {name}: {number!r} cannot say that something is missing", hint="UN, ND: never a number"
        )
    given = words.get("item")
    if not isinstance(given, list) or not given:
        raise BadInput(f"form {name} has no [[item]]", hint="a form asks something")
    names = [_name(each.get("name"), f"an item of form {name}") for each in given]
    if twice := next((each for each in names if names.count(each) > 1), None):
        raise BadInput(f"form {name}: two items {twice!r}", hint="each has a name of its own")
    items = tuple(_item(each, names, missing, name) for each in given)
    scores = tuple(_score(each, score, names, name) for each, score in _table(words, "score", name).items())
    title = str(words.get("title", name))
    meaning = json.dumps(words, sort_keys=True, default=str)
    return Form(
        name, version, title, cast(Level, level), items, missing, scores, str(words.get("about", "")),
        hashlib.sha256(meaning.encode()).hexdigest()[:32],
    )  # fmt: skip


def _item(words: Mapping[str, Any], names: list[str], missing: Mapping[str, str], form: str) -> Item:
    name = words["name"]
    where = f"form {form}, item {name}"
    _known(words, _ITEM, where)
    choices = {str(code): str(label) for code, label in _table(words, "choices", where).items()}
    kind = words.get("type", "choice" if choices else "text")
    if kind not in TYPES:
        raise BadInput(f"{where}: type is {kind!r}", hint=f"there are {', '.join(TYPES)}")
    if (kind in ("choice", "several")) != bool(choices):
        raise BadInput(
            f"{where}: choices and type {kind!r} do not go together", hint="choice and several have choices"
        )
    keys = {str(code): str(key) for code, key in _table(words, "keys", where).items()}
    _check_keys(keys, choices, where)
    codes = tuple(str(code) for code in words.get("missing", ()))
    if strange := next((code for code in codes if code not in missing), None):
        raise BadInput(f"{where}: no code {strange!r} in [missing] of the form", hint=f"there are {', '.join(missing) or 'none'}")  # fmt: skip
    return Item(
        name, str(words.get("label", name)), cast(Type, kind), choices, keys, codes,
        _expression(words, "required", False, names, where), _expression(words, "show", True, names, where),
        _range(words, where), str(words.get("unit", "")), str(words.get("help", "")), int(words.get("longest", LONGEST)),
    )  # fmt: skip


def _check_keys(keys: Mapping[str, str], choices: Mapping[str, str], where: str) -> None:
    for code, key in keys.items():
        if code not in choices:
            raise BadInput(
                f"{where}: a key for {code!r}, which is no choice", hint=f"there are {', '.join(choices)}"
            )
        if len(key) != 1 or not key.isalnum() or key != key.lower():
            raise BadInput(f"{where}: {key!r} is no key", hint="one small letter or digit")
    if len(set(keys.values())) < len(keys):
        raise BadInput(f"{where}: one key for two choices", hint="each has a key of its own")


def _score(name: str, words: Any, names: list[str], form: str) -> Score:
    where = f"form {form}, score {name}"
    if not isinstance(words, dict) or not isinstance(words.get("value"), str):
        raise BadInput(f"{where} has no value", hint='value = "sum(a, b)"')
    _known(words, ("value", "range"), where)
    return Score(_name(name, where), _in(words["value"], names, where), _range(words, where))


def _expression(words: Mapping[str, Any], word: str, otherwise: bool, names: list[str], where: str) -> Tree:
    given = words.get(word, otherwise)
    return ["value", given] if isinstance(given, bool) else _in(str(given), names, f"{where}, {word}")


def _in(text: str, names: list[str], where: str) -> Tree:
    try:
        return parse(text, names)
    except BadInput as error:
        raise BadInput(f"{where}: {error.what}", hint=error.hint) from None


def _range(words: Mapping[str, Any], where: str) -> tuple[float, float] | None:
    given = words.get("range")
    if given is None:
        return None
    if (
        not isinstance(given, list)
        or len(given) != 2
        or not all(isinstance(end, int | float) for end in given)
    ):
        raise BadInput(f"{where}: range is {given!r}", hint="range = [0, 42]")
    return (given[0], given[1])


def _table(words: Mapping[str, Any], word: str, where: str) -> Mapping[str, Any]:
    given = words.get(word, {})
    if not isinstance(given, dict):
        raise BadInput(f"{where}: {word} is no table", hint=f'{word} = {{ code = "words" }}')
    return given


def _known(words: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    if strange := next((word for word in words if word not in known), None):
        raise BadInput(f"{where} has no {strange!r}", hint=f"it has {', '.join(known)}")


def _name(given: Any, what: str) -> str:
    if not isinstance(given, str) or not _NAME.match(given):
        raise BadInput(f"{given!r} cannot name {what}", hint="small letters, digits and _, a letter first")
    return given


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
