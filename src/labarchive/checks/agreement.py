"""How far raters agree: kappa, Gwet's AC and plain percent of each pair, with confidence intervals. Knows no archive.

Show them together: where nearly everything is usable, kappa is low although all agree (Feinstein, Cicchetti, J Clin
Epidemiol 1990;43:543-549), and AC is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from labarchive.records import QUALITIES

CATEGORIES = QUALITIES[:3]
"""From the best to the worst: distances between them are counted in steps."""
DRAWS = 2000
"""Tables that are drawn for a confidence interval."""
SEED = 1
INTERVAL = (2.5, 97.5)

Table = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A coefficient and its 95 % interval; nothing where it cannot be reckoned, as with one category only."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two raters over the scans that both have rated."""

    one: str
    other: str
    n: int
    percent: Estimate
    """Share of scans of which they say the same."""
    kappa: Estimate
    """Cohen's (Educ Psychol Meas 1960;20:37-46), categories as names."""
    weighted: Estimate
    """The same with linear weights: two steps apart is twice one (Cicchetti, Allison 1971)."""
    ac2: Estimate
    """Gwet's AC2 with linear weights (Br J Math Stat Psychol 2008;61:29-48)."""
    fail: Estimate
    """Cohen's kappa of unusable against the rest."""
    counts: list[list[int]]
    """How often each pair of words was said: usable, questionable, unusable; the first rater's down."""


def table_of(one: Sequence[str], other: Sequence[str], categories: Sequence[str] = CATEGORIES) -> Table:
    """How often each pair of words was said; the first rater's are rows. The list of categories is given, not seen."""
    place = {name: n for n, name in enumerate(categories)}
    counts = np.zeros((len(categories), len(categories)))
    for a, b in zip(one, other, strict=True):
        counts[place[a], place[b]] += 1
    return counts


def linear(n: int) -> Table:
    """Weights of agreement: 1 for the same, 0 for the farthest apart."""
    steps = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return np.asarray(1 - steps / max(1, n - 1))


def kappa(tables: Table, weights: Table | None = None) -> Table:
    """Cohen's kappa of tables along the last two axes; NaN where chance alone explains everything."""
    share = tables / tables.sum(axis=(-2, -1), keepdims=True)
    weights = np.eye(tables.shape[-1]) if weights is None else weights
    seen = (share * weights).sum(axis=(-2, -1))
    chance = share.sum(axis=-1)[..., :, None] * share.sum(axis=-2)[..., None, :]
    expected = (chance * weights).sum(axis=(-2, -1))
    return _beyond(seen, expected)


def ac(tables: Table, weights: Table | None = None) -> Table:
    """Gwet's AC1, or AC2 with weights."""
    n = tables.shape[-1]
    share = tables / tables.sum(axis=(-2, -1), keepdims=True)
    weights = np.eye(n) if weights is None else weights
    seen = (share * weights).sum(axis=(-2, -1))
    usual = (share.sum(axis=-1) + share.sum(axis=-2)) / 2
    expected = weights.sum() / (n * (n - 1)) * (usual * (1 - usual)).sum(axis=-1)
    return _beyond(seen, expected)


def _beyond(seen: Table, expected: Table) -> Table:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(expected < 1 - 1e-12, (seen - expected) / (1 - expected), np.nan))


def pair(one: str, other: str, counts: Table) -> Pair:
    """Everything about two raters, from how often they said what."""
    n = int(counts.sum())
    drawn = np.random.default_rng(SEED).multinomial(n, (counts / n).ravel(), DRAWS).reshape(-1, *counts.shape)
    steps = linear(counts.shape[0])

    def estimate(reckon: Any) -> Estimate:
        value = float(reckon(counts.astype(float)))
        if not np.isfinite(value):
            return Estimate(None)
        low, high = np.nanpercentile(reckon(drawn.astype(float)), INTERVAL)
        return Estimate(value, float(low), float(high))

    return Pair(
        one, other, n,
        percent=estimate(lambda tables: np.trace(tables, axis1=-2, axis2=-1) / tables.sum(axis=(-2, -1))),
        kappa=estimate(kappa),
        weighted=estimate(lambda tables: kappa(tables, steps)),
        ac2=estimate(lambda tables: ac(tables, steps)),
        fail=estimate(lambda tables: kappa(_fail(tables))),
        counts=counts.astype(int).tolist(),
    )  # fmt: skip


def _fail(tables: Table) -> Table:
    """The last category against all others."""
    parts = [[tables[..., :-1, :-1], tables[..., :-1, -1:]], [tables[..., -1:, :-1], tables[..., -1:, -1:]]]
    rows = [np.stack([part.sum(axis=(-2, -1)) for part in row], axis=-1) for row in parts]
    return np.stack(rows, axis=-2)


def pairs(said: Mapping[str, Mapping[str, str]]) -> list[Pair]:
    """Every two raters with scans in common; ``said``: rater -> scan -> quality. Who share most come first."""
    found = []
    for one, other in combinations(sorted(said), 2):
        both = sorted(said[one].keys() & said[other].keys())
        if both:
            found.append(
                pair(one, other, table_of([said[one][s] for s in both], [said[other][s] for s in both]))
            )
    return sorted(found, key=lambda each: -each.n)
