"""What each rater says, how long they look, and whether they have become milder or stricter. Knows no archive."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any, Literal

from labarchive.records import QUALITIES

RECENT = 60
"""Ratings that are compared with all before them."""
LEAST = 30
"""Ratings on either side; with fewer nothing is said."""
FAR = 3.0
"""Standard errors between two shares (two-proportion z, pooled) from which a rater is said to drift."""


@dataclass(frozen=True, slots=True)
class Rater:
    """One rater over the scans that were asked about; ratings as they stand now."""

    who: str
    n: int
    usable: int
    questionable: int
    unusable: int
    unsure: int
    seconds: float | None
    """Median time of looking at a scan."""
    drift: Literal["", "milder", "stricter"]
    """Whether the share of usable among the last RECENT differs from the one before."""
    since: str
    """Day of the first of these."""


def raters(ratings: Sequence[Mapping[str, Any]]) -> list[Rater]:
    """Who rated most comes first. A rating has ``who``, ``quality``, ``confidence``, ``seconds``, ``at``."""
    of: dict[str, list[Mapping[str, Any]]] = {}
    for each in ratings:
        of.setdefault(each["who"], []).append(each)
    return sorted((_rater(who, said) for who, said in of.items()), key=lambda rater: (-rater.n, rater.who))


def _rater(who: str, said: Sequence[Mapping[str, Any]]) -> Rater:
    said = sorted(said, key=lambda each: (each["at"], each["scan_id"]))
    counts = Counter(each["quality"] for each in said)
    seconds = [each["seconds"] for each in said if each["seconds"]]
    drift, since = _drift([(each["quality"] == QUALITIES[0], each["at"]) for each in said])
    return Rater(
        who, len(said), usable=counts["usable"], questionable=counts["questionable"], unusable=counts["unusable"],
        unsure=sum(each["confidence"] == "unsure" for each in said),
        seconds=round(median(seconds), 1) if seconds else None, drift=drift, since=since,
    )  # fmt: skip


def _drift(said: Sequence[tuple[bool, datetime]]) -> tuple[Literal["", "milder", "stricter"], str]:
    before, after = said[:-RECENT], said[-RECENT:]
    if len(before) < LEAST or len(after) < LEAST:
        return "", ""
    ones, others = sum(usable for usable, _ in before), sum(usable for usable, _ in after)
    both = (ones + others) / len(said)
    error = (both * (1 - both) * (1 / len(before) + 1 / len(after))) ** 0.5
    if error == 0 or abs(others / len(after) - ones / len(before)) < FAR * error:
        return "", ""
    return ("milder" if others / len(after) > ones / len(before) else "stricter"), str(after[0][1])[:10]
