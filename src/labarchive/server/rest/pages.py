"""Lists page by page: a cursor is the last row's place in the order and the generation, never an offset."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from labarchive.errors import BadInput
from labarchive.selection.levels import LEVELS, Level
from labarchive.selection.queries import Query

CURSOR = r"^[A-Za-z0-9_-]{2,1200}$"
"""How a cursor reads."""
MOST = 1000


@dataclass(frozen=True, slots=True)
class Order:
    """Columns that put every row in one place."""

    columns: tuple[str, ...]
    down: bool = False

    @property
    def sql(self) -> str:
        way = " desc nulls first" if self.down else " nulls last"
        return ", ".join(f'"{column}"{way}' for column in self.columns)

    def after(self, place: list[Any], types: Mapping[str, str]) -> Query:
        """Rows behind ``place``. Structs compare as rows are sorted: nulls come last."""
        columns = ", ".join(f'"{column}"' for column in self.columns)
        marks = ", ".join(f"?::{types[column]}" for column in self.columns)
        sign = "<" if self.down else ">"
        return Query(f"row({columns}) {sign} row({marks})", tuple(place))


def order_of(level: Level, sort: str, columns: Sequence[str]) -> Order:
    """The level's own order, or by one column first. Raises BadInput for a column that is not there."""
    # the key of a file is its path, and of duplicates their paths: not for every caller
    key = next(name for name in (level.key, "sop_uid", columns[-1]) if name in columns)
    if not sort:
        own = [part.split()[0] for part in level.order.split(", ")]
        return Order(tuple(dict.fromkeys([*(name for name in own if name in columns), key])))
    down, name = sort.startswith("-"), sort.lstrip("-+")
    if name not in columns:
        raise BadInput(
            f"{level.plural} have no column {name!r}", hint=f"they have {', '.join(columns[:12])}, ..."
        )
    return Order(tuple(dict.fromkeys((name, key))), down)


def write_cursor(generation: str, place: list[Any]) -> str:
    """A place as text."""
    return base64.urlsafe_b64encode(orjson.dumps([generation, place])).rstrip(b"=").decode()


def read_cursor(cursor: str, order: Order) -> list[Any]:
    """The place again. Raises BadInput for what nobody wrote."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        _, place = orjson.loads(base64.urlsafe_b64decode(padded.encode()))
        if isinstance(place, list) and len(place) == len(order.columns) and all(map(_plain, place)):
            return place
    except (ValueError, TypeError, binascii.Error):
        pass
    raise BadInput(
        "that is no cursor of this list", hint="take `next` of the page before, with the same filters"
    )


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


PLURALS = {level.plural: level for level in LEVELS.values()}
"""The path segment -> the level."""
