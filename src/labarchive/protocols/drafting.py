"""A first protocol.toml from what a study has: its visits as they came, the kinds that most of them have, the usual settings."""

import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

USUAL = 0.5
"""Share of a visit's sessions that have a kind for it to be one that the visit needs."""
MOSTLY = 0.8
"""Share of a kind's scans that agree on a setting for it to be a limit."""
SETTINGS = ("tr", "te", "flip_angle", "rows", "columns")
HEAD = """# What the study expects; made of what is there: read it, change it, then give it to labarchive protocol.
# Days are counted from day 0: the day of the first visit, or a date in a form, as in anchor = "enrolment.date".
"""


class Seen(NamedTuple):
    """A session, with what its scans are."""

    subject: str
    session: str
    day: float | None
    """After the subject's first session."""
    scans: Sequence[Mapping[str, Any]]
    """``kind`` and SETTINGS of each."""


def draft(sessions: Iterable[Seen]) -> str:
    """The text of a protocol; empty where there is nothing to make it of."""
    by_label: dict[str, list[Seen]] = defaultdict(list)
    for each in sessions:
        by_label[each.session].append(each)
    subjects = {each.subject for group in by_label.values() for each in group}
    usual = {label: group for label, group in by_label.items() if label and len(group) >= max(1, len(subjects) // 10)}  # fmt: skip
    days = {label: _day(group) for label, group in usual.items()}
    ordered = sorted(usual, key=lambda label: (days[label], label))
    parts = [_visit(label, days[label], usual[label]) for label in ordered]
    scans = [scan for group in usual.values() for each in group for scan in each.scans]
    parts += [part for kind in _kinds(scans) if (part := _limit(kind, scans))]
    return HEAD + "".join(f"\n{part}" for part in parts) if parts else ""


def _day(group: Sequence[Seen]) -> int:
    days = [each.day for each in group if each.day is not None]
    return round(statistics.median(days)) if days else 0


def _visit(label: str, day: int, group: Sequence[Seen]) -> str:
    width = 14 if day < 60 else max(21, round(day / 12))
    have = Counter(kind for each in group for kind in {scan["kind"] for scan in each.scans if scan["kind"]})
    needs = sorted(kind for kind, n in have.items() if n >= USUAL * len(group) and kind != "localizer")
    asked = ", ".join(f"{_key(kind)} = 1" for kind in needs)
    return f"[visit.{_key(label)}]\nday = {day}\nwindow = [{day - width}, {day + width}]\nneeds = {{ {asked} }}\n"


def _kinds(scans: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted({scan["kind"] for scan in scans if scan["kind"] and scan["kind"] != "localizer"})


def _limit(kind: str, scans: Sequence[Mapping[str, Any]]) -> str:
    lines = []
    for name in SETTINGS:
        values = [scan[name] for scan in scans if scan["kind"] == kind and scan[name] is not None]
        if len(values) < 3:
            continue
        value, n = Counter(values).most_common(1)[0]
        if n >= MOSTLY * len(values):
            lines.append(f"{name} = {value:g}\n")
    return f"[limit.{_key(kind)}]\n{''.join(lines)}" if lines else ""


def _key(name: str) -> str:
    """A bare key of TOML, or a quoted one."""
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else json.dumps(name, ensure_ascii=False)
