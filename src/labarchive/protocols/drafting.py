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


class _Visit(NamedTuple):
    labels: tuple[str, ...]
    """What its sessions are called, the most usual first."""
    day: int
    sessions: Sequence[Seen]


def draft(sessions: Iterable[Seen]) -> str:
    """The text of a protocol; empty where there is nothing to make it of."""
    by_label: dict[str, list[Seen]] = defaultdict(list)
    for each in sessions:
        by_label[each.session].append(each)
    subjects = {each.subject for group in by_label.values() for each in group}
    usual = [
        group for label, group in by_label.items() if label and len(group) >= max(1, len(subjects) // 20)
    ]
    dated = [group for group in usual if any(each.day is not None for each in group)]
    if dated:
        visits = _joined(
            sorted(map(_visit, ([group] for group in dated)), key=lambda visit: (visit.day, visit.labels))
        )
    else:  # nobody knows when they came: their names give an order, not a day
        named = sorted(usual, key=lambda group: group[0].session)
        visits = [_visit([group])._replace(day=n) for n, group in enumerate(named)]
    parts = [_text(visit) for visit in visits]
    scans = [scan for visit in visits for each in visit.sessions for scan in each.scans]
    parts += [part for kind in _kinds(scans) if (part := _limit(kind, scans))]
    return HEAD + "".join(f"\n{part}" for part in parts) if parts else ""


def _visit(groups: Sequence[Sequence[Seen]]) -> _Visit:
    ordered = sorted(groups, key=len, reverse=True)
    sessions = [each for group in ordered for each in group]
    days = [each.day for each in sessions if each.day is not None]
    return _Visit(
        tuple(group[0].session for group in ordered), round(statistics.median(days)) if days else 0, sessions
    )


def _joined(visits: Sequence[_Visit]) -> list[_Visit]:
    """Labels of which no subject has two, about the same day, are names of one visit: ``m06``, ``V02``, ``6 months``."""
    found: list[_Visit] = []
    for visit in visits:
        last = found[-1] if found else None
        people = {each.subject for each in visit.sessions}
        if (
            last
            and visit.day - last.day <= _width(last.day)
            and not people & {each.subject for each in last.sessions}
        ):
            by_label: dict[str, list[Seen]] = defaultdict(list)
            for each in (*last.sessions, *visit.sessions):
                by_label[each.session].append(each)
            found[-1] = _visit(list(by_label.values()))
        else:
            found.append(visit)
    return found


def _width(day: int) -> int:
    """Days on either side of a visit: two weeks at first, a month after a year."""
    return 14 if day < 60 else max(21, round(day / 12))


def _text(visit: _Visit) -> str:
    width = _width(visit.day)
    have = Counter(
        kind for each in visit.sessions for kind in {scan["kind"] for scan in each.scans if scan["kind"]}
    )
    needs = sorted(
        kind for kind, n in have.items() if n >= USUAL * len(visit.sessions) and kind != "localizer"
    )
    asked = ", ".join(f"{_key(kind)} = 1" for kind in needs)
    others = f"called = {json.dumps(visit.labels[1:], ensure_ascii=False)}\n" if visit.labels[1:] else ""
    return (
        f"[visit.{_key(visit.labels[0])}]\n{others}day = {visit.day}\nwindow = [{visit.day - width}, {visit.day + width}]\n"
        f"needs = {{ {asked} }}\n"
    )


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
