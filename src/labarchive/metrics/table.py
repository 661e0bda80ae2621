"""The table of what is measured: definitions, units, sources, and which way quality lies."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

VERSION = 1
"""Of the definitions together: numbers of two versions are not compared."""
TOOL = "labarchive"


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure. ``of``: of which images; ``better``: low, high, or nothing where neither is.

    ``least``, and ``share`` of the median: the smallest spread against which a scan can be an outlier.
    """

    name: str
    of: Literal["still", "mr", "series", "dwi", "ct", "tissue"]
    unit: str
    better: Literal["low", "high", ""]
    least: float
    share: float
    what: str
    source: str


@cache
def table() -> Mapping[str, Metric]:
    """All of them by name, in the order in which they are told."""
    text = files("labarchive.metrics").joinpath("table.toml").read_text("utf-8")
    return {name: Metric(name, **words) for name, words in tomllib.loads(text).items()}
