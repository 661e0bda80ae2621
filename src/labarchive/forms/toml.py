"""A form as the text of a TOML file: what ``Form.read`` reads again as the same form."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from labarchive.forms.expressions import written
from labarchive.forms.form import LONGEST, Form, Item, Score


def text_of(form: Form) -> str:
    """The file, without comments."""
    head = [
        _line("name", form.name), _line("version", form.version), _line("title", form.title), _line("level", form.level),
        *([_line("about", form.about)] if form.about else []),
        *([f"missing = {_table(form.missing)}"] if form.missing else []),
    ]  # fmt: skip
    parts = ["\n".join(head), *("\n".join(_item(item)) for item in form.items), *("\n".join(_score(score)) for score in form.scores)]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _item(item: Item) -> Iterable[str]:
    yield "[[item]]"
    yield _line("name", item.name)
    yield _line("label", item.label)
    if item.type != "choice":
        yield _line("type", item.type)
    if item.choices:
        yield f"choices = {_table(item.choices)}"
    if item.keys:
        yield f"keys = {_table(item.keys)}"
    if item.missing:
        yield _line("missing", list(item.missing))
    for name, tree, usual in (("required", item.required, False), ("show", item.show, True)):
        if tree != ["value", usual]:
            yield _line(name, tree[1] if tree[0] == "value" else written(tree))
    if item.range:
        yield _line("range", list(item.range))
    if item.unit:
        yield _line("unit", item.unit)
    if item.help:
        yield _line("help", item.help)
    if item.longest != LONGEST:
        yield _line("longest", item.longest)


def _score(score: Score) -> Iterable[str]:
    yield f"[score.{score.name}]"
    yield _line("value", written(score.value))
    if score.range:
        yield _line("range", list(score.range))


def _line(name: str, value: Any) -> str:
    return f"{name} = {_value(value)}"


def _value(value: Any) -> str:
    """JSON writes texts, numbers, booleans and lists as TOML does, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _table(words: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{_value(str(name))} = {_value(word)}" for name, word in words.items()) + " }"
