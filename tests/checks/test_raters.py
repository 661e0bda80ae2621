"""A rater who becomes milder or stricter is named, one who does not is not."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np

from labarchive.checks.raters import RECENT, raters


def said(who: str, qualities: list[str], seconds: float = 8.0) -> list[dict[str, Any]]:
    begin = datetime(2026, 9, 1)
    return [
        {"who": who, "scan_id": f"scan_{n:04d}", "quality": quality, "confidence": "unsure" if n % 10 == 0 else "sure",
         "seconds": seconds + n % 3, "at": begin + timedelta(hours=n)}
        for n, quality in enumerate(qualities)
    ]  # fmt: skip


def drawn(seed: int, share: float, n: int) -> list[str]:
    return ["usable" if each < share else "unusable" for each in np.random.default_rng(seed).random(n)]


def test_counts_and_the_median_time() -> None:
    found = raters([*said("mk", ["usable"] * 3 + ["unusable"]), *said("jb", ["questionable"] * 5)])
    assert [(each.who, each.n) for each in found] == [("jb", 5), ("mk", 4)]
    assert (found[1].usable, found[1].questionable, found[1].unusable, found[1].unsure) == (3, 0, 1, 1)
    assert found[1].seconds == 8.5
    assert raters([]) == []


def test_who_becomes_milder_or_stricter_is_named_with_the_day() -> None:
    found = {each.who: each for each in raters([*said("mild", drawn(1, 0.6, 120) + drawn(2, 0.97, RECENT)), *said("strict", drawn(3, 0.9, 120) + drawn(4, 0.5, RECENT))])}  # fmt: skip
    assert (found["mild"].drift, found["strict"].drift) == ("milder", "stricter")
    assert found["mild"].since == "2026-09-06"


def test_a_steady_rater_seldom_seems_to_drift() -> None:
    """Three standard errors: of 400 steady raters a handful at most."""
    drifting = [raters(said("mk", drawn(seed, 0.8, 300)))[0].drift != "" for seed in range(400)]
    assert sum(drifting) <= 8
    assert raters(said("few", drawn(1, 0.8, RECENT + 20)))[0].drift == ""
    assert raters(said("all", ["usable"] * 200))[0].drift == ""
