"""Which columns and which attributes tell who a person is: identified.toml and PS3.15's own table, as decisions."""

import csv
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from labarchive.catalogue.queries import HERE, text
from labarchive.index.dictionary import public_vr

Verdict = Literal["keep", "sweep", "drop"]


@cache
def table() -> Mapping[str, Any]:
    """identified.toml as it is packaged."""
    return tomllib.loads(text("identified.toml"))


@cache
def identifying(view: str) -> frozenset[str]:
    """The columns of a public view that only who may ``identify`` sees."""
    return frozenset(table()["hidden"].get(view, ()))


@cache
def swept(view: str) -> frozenset[str]:
    """The columns of a view that stay without the person's own words."""
    return frozenset(table()["swept"].get(view, ()))


@cache
def version() -> str:
    """Another one for other rules: what was cleaned by old ones is cleaned again."""
    parts = (text("identified.toml"), text("e11.csv"), (HERE / "cleaned.py").read_text("utf-8"))
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:8]


def surrogate(salt: str, path: str) -> str:
    """What stands for a file's path: always the same, and nothing can be read from it without the salt."""
    return f"file_{hashlib.sha256((salt + path).encode()).hexdigest()[:20]}"


def sql_surrogate(salt: str, column: str) -> str:
    """``surrogate`` as SQL; the salt is hexadecimal."""
    return f"'file_' || left(sha256('{int(salt, 16):0{len(salt)}x}' || {column}), 20)"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One row of PS3.15 Table E.1-1."""

    tag: str
    keyword: str
    base: str
    options: Mapping[str, str]


@cache
def e11() -> Mapping[str, Attribute]:
    """tag (hexadecimal, capitals) -> its row. Repeating groups and private attributes go by their group."""
    lines = [line for line in text("e11.csv").splitlines() if not line.startswith("#")]
    rows = (
        Attribute(
            row["tag"].upper(),
            row["keyword"],
            row["base"],
            dict(each.split(":") for each in row["options"].split()),
        )
        for row in csv.DictReader(lines)
    )
    return {row.tag: row for row in rows}


@cache
def tags(kind: Literal["ids", "dates"]) -> frozenset[str]:
    """The attributes whose values are the person's own words."""
    return frozenset(tag for tag, row in e11().items() if row.keyword in table()["words"][kind])


@cache
def verdict(tag: str, vr: str) -> Verdict:
    """What happens to an attribute of a header that is read without ``identify``.

    >>> verdict("00100010", "PN"), verdict("0008103E", "LO"), verdict("00180080", "DS"), verdict("00291020", "OB")
    ('drop', 'sweep', 'keep', 'drop')
    """
    rules = table()["header"]
    if not _is_standard(tag):
        return "drop"
    row = e11().get(tag)
    if row is not None:
        if row.keyword in rules["swept"]:
            return "sweep"
        return "keep" if any(row.options.get(option) == "K" for option in rules["retain"]) else "drop"
    vr = vr or public_vr(int(tag, 16)) or "UN"
    if vr in rules["never"]:
        return "drop"
    return "sweep" if vr in rules["text"] else "keep"


def _is_standard(tag: str) -> bool:
    """A tag of eight digits, of an even group that is none of the repeating ones (curves 50xx, overlays 60xx)."""
    try:
        group = int(tag[:4], 16)
    except ValueError:
        return False
    return len(tag) == 8 and group % 2 == 0 and group >> 8 not in (0x50, 0x60)
