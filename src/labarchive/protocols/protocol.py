"""protocol.toml: visits with their days, windows, kinds and forms; limits of what a scanner may do, by kind and scanner."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labarchive.errors import BadInput

COLUMNS = (
    "tr", "te", "ti", "flip_angle", "rows", "columns", "frames", "n_files", "field_strength", "voxel_x", "voxel_y",
    "voxel_z", "manufacturer", "model", "station", "description", "protocol",
)  # fmt: skip
"""What a limit may be about without a header: columns of a scan; times in ms, angles in degrees, voxels in mm, field in T."""
NEAR = 1e-3
"""Of a number that stands alone: by how much of it another may differ and be the same (headers round)."""
VERDICTS = ("warn", "exclude")
MOST = 200_000
"""Characters of a protocol."""
_NAME = re.compile(r"^[^\s\x00-\x1f][^\x00-\x1f]{0,63}$")
_ITEM = re.compile(r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")
_VISIT = ("day", "window", "needs", "forms", "called", "title")


def planned(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the journal of ``{"text": ...}``: the text, and what it means. Raises BadInput."""
    text = payload["text"]
    if not isinstance(text, str) or len(text) > MOST:
        raise BadInput("that is no protocol", hint=f"the text of a protocol.toml, up to {MOST:,} characters")
    return {"text": text, **read(text), **{word: payload[word] for word in ("reason",) if word in payload}}


def read(text: str) -> dict[str, Any]:
    """``anchor``, ``withdrawn``, ``visits`` and ``limits`` as rows. Raises BadInput with the place and what would be right."""
    try:
        words = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"the protocol is no TOML: {error}", hint="see docs/how-to/plan.md") from None
    _known(words, ("anchor", "withdrawn", "visit", "limit"), "a protocol")
    visits = [
        _visit(name, given, place)
        for place, (name, given) in enumerate(_table(words, "visit", "a protocol").items())
    ]
    if twice := _twice(each for visit in visits for each in visit["called"]):
        raise BadInput(f"two visits are called {twice!r}", hint="a session belongs to one visit")
    limits = [
        row for kind, given in _table(words, "limit", "a protocol").items() for row in _limits(kind, given)
    ]
    if not visits and not limits:
        raise BadInput("the protocol plans nothing", hint="[visit.baseline] or [limit.T1w]")
    return {
        "anchor": _when(words, "anchor", "first"),
        "withdrawn": _when(words, "withdrawn", ""),
        "visits": visits,
        "limits": limits,
    }


def _when(words: Mapping[str, Any], word: str, otherwise: str) -> str:
    """A date that a form of subjects holds, as ``form.item``."""
    given = words.get(word, otherwise)
    if given != otherwise and not (isinstance(given, str) and _ITEM.match(given)):
        also = ", or first: the day of the first visit" if otherwise else ""
        raise BadInput(f"{word} is {given!r}", hint=f'"enrolment.date": a date in a form of subjects{also}')
    return str(given)


def _visit(name: str, given: Any, place: int) -> dict[str, Any]:
    where = f"visit {name}"
    if not _NAME.match(name):
        raise BadInput(f"{name!r} cannot name a visit", hint="up to 64 characters, no space before them")
    if not isinstance(given, dict):
        raise BadInput(f"{where} is no table", hint=f"[visit.{name}]")
    _known(given, _VISIT, where)
    day = given.get("day", 0 if place == 0 else None)
    if not isinstance(day, int) or isinstance(day, bool):
        raise BadInput(f"{where}: day is {day!r}", hint="days after day 0: 0, 180, 365")
    low, high = _pair(given.get("window", [day, day]), f"{where}: window")
    if not low <= day <= high:
        raise BadInput(f"{where}: day {day} is not in its window", hint="window = [first day, last day], counted from day 0")  # fmt: skip
    needs = _table(given, "needs", where)
    if wrong := next((kind for kind, n in needs.items() if not _whole(n) or n < 1), None):
        raise BadInput(f"{where}: needs {wrong} = {needs[wrong]!r}", hint="needs = { T1w = 1 }")
    return {
        "visit": name, "place": place, "title": str(given.get("title", name)), "day": day, "low": low, "high": high,
        "called": [each.lower() for each in (name, *_texts(given, "called", where))],
        "needs": [{"kind": kind, "n": n} for kind, n in needs.items()],
        "forms": _texts(given, "forms", where),
    }  # fmt: skip


def _limits(kind: str, given: Any) -> Iterator[dict[str, Any]]:
    """Rows of one kind: for all scanners, then for those that have limits of their own."""
    where = f"limit {kind}"
    if not isinstance(given, dict):
        raise BadInput(f"{where} is no table", hint=f"[limit.{kind}]")
    excluding = _texts(given, "exclude", where)
    of_all = {name: value for name, value in given.items() if name not in ("exclude", "scanner")}
    by_scanner = _table(given, "scanner", where)
    places = [("", of_all)]
    for scanner, values in by_scanner.items():
        if not isinstance(values, dict):
            raise BadInput(f"{where}: scanner {scanner} is no table", hint=f"[limit.{kind}.scanner.{scanner}]")  # fmt: skip
        places.append((scanner, values))
    named = {name for _, values in places for name in values}
    if strange := next((name for name in excluding if name not in named), None):
        raise BadInput(f"{where}: exclude names {strange!r}, which has no limit", hint=f"there are {', '.join(sorted(named)) or 'none'}")  # fmt: skip
    for scanner, values in places:
        for name, value in values.items():
            verdict = "exclude" if name in excluding else "warn"
            yield {"kind": kind, "scanner": scanner, "parameter": name, "tag": tag(name, where), "verdict": verdict, **_allowed(value, f"{where}: {name}")}  # fmt: skip


def tag(name: str, where: str) -> str:
    """Eight hexadecimal digits of a DICOM keyword (PS3.6); empty for a column. Raises BadInput for neither."""
    if name in COLUMNS:
        return ""
    from pydicom.datadict import tag_for_keyword

    found = tag_for_keyword(name)
    if found is None:
        raise BadInput(f"{where}: {name!r} is no column and no DICOM keyword", hint=f"{', '.join(COLUMNS[:6])}, ..., or SoftwareVersions, ReceiveCoilName, ...")  # fmt: skip
    return f"{found:08X}"


def _allowed(value: Any, where: str) -> dict[str, Any]:
    """One number, two as a range, one text or several of which one is right."""
    nothing: dict[str, Any] = {"low": None, "high": None, "allowed": None}
    if _number(value):
        return {**nothing, "low": value - abs(value) * NEAR, "high": value + abs(value) * NEAR}
    if isinstance(value, str):
        return {**nothing, "allowed": [value]}
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return {**nothing, "allowed": value}
    low, high = _pair(value, where)
    return {**nothing, "low": low, "high": high}


def _pair(value: Any, where: str) -> tuple[float, float]:
    if isinstance(value, list) and len(value) == 2 and all(map(_number, value)) and value[0] <= value[1]:
        return value[0], value[1]
    raise BadInput(f"{where} is {value!r}", hint='one number, [least, most], "text", or ["one", "another"]')


def _texts(words: Mapping[str, Any], word: str, where: str) -> list[str]:
    given = words.get(word, [])
    if not isinstance(given, list) or not all(isinstance(each, str) and each for each in given):
        raise BadInput(f"{where}: {word} is {given!r}", hint=f'{word} = ["one", "another"]')
    return given


def _table(words: Mapping[str, Any], word: str, where: str) -> Mapping[str, Any]:
    given = words.get(word, {})
    if not isinstance(given, dict):
        raise BadInput(f"{where}: {word} is no table", hint=f"[{word}.NAME]")
    return given


def _known(words: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    if strange := next((word for word in words if word not in known), None):
        raise BadInput(f"{where} has no {strange!r}", hint=f"it has {', '.join(known)}")


def _twice(names: Iterable[str]) -> str:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
