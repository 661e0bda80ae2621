"""How far raters agree: the same numbers as other tools, and what cannot be reckoned is not made up."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labarchive.checks.agreement import CATEGORIES, ac, kappa, linear, pair, pairs, table_of
from tests.selection.conftest import archive, tables  # noqa: F401

from labarchive.selection.archive import Archive  # isort: skip
from tests.metrics import made

ORACLE: dict[str, Any] = json.loads(
    Path(__file__).parents[1].joinpath("metrics", "oracle.json").read_text("utf-8")
)


def counts() -> Any:
    one, other = made.ratings()
    return table_of([CATEGORIES[n] for n in one], [CATEGORIES[n] for n in other])


def test_the_same_as_scikit_learn() -> None:
    table = counts()
    steps = linear(3)
    assert float(kappa(table)) == pytest.approx(ORACLE["kappa"], rel=1e-12)
    assert float(kappa(table, steps)) == pytest.approx(ORACLE["kappa_linear"], rel=1e-12)
    quadratic = 1 - (1 - steps) ** 2 * 1.0
    assert float(kappa(table, quadratic)) == pytest.approx(ORACLE["kappa_quadratic"], rel=1e-12)


def test_the_same_as_irrcac() -> None:
    table = counts()
    assert float(ac(table)) == pytest.approx(ORACLE["ac1"], abs=1e-5)
    assert float(ac(table, linear(3))) == pytest.approx(ORACLE["ac2_linear"], abs=1e-5)


def test_a_rare_finding_has_no_kappa_and_much_agreement() -> None:
    """97 of 100 alike: the paradox of kappa, which is why AC stands beside it."""
    table = np.array([[97.0, 2], [1, 0]])
    assert float(kappa(table)) == pytest.approx(-0.0135, abs=0.001)
    assert float(ac(table)) == pytest.approx(0.969, abs=0.002)


def test_one_category_only_cannot_be_reckoned() -> None:
    found = pair("a", "b", table_of(["usable"] * 5, ["usable"] * 5))
    assert (found.percent.value, found.kappa.value, found.fail.value) == (1.0, None, None)
    assert found.ac2.value == 1.0


def test_intervals_hold_their_value_and_narrow_with_more_scans() -> None:
    few, many = pair("a", "b", counts()), pair("a", "b", counts() * 16)
    for found in (few, many):
        for each in (found.percent, found.kappa, found.weighted, found.ac2, found.fail):
            assert each.value is not None
            assert each.low is not None
            assert each.high is not None
            assert each.low <= each.value <= each.high
    assert (many.kappa.high or 0) - (many.kappa.low or 0) < 0.4 * (
        (few.kappa.high or 0) - (few.kappa.low or 0)
    )


def test_only_scans_of_both_count() -> None:
    said = {"a": {"1": "usable", "2": "unusable"}, "b": {"2": "usable", "3": "usable"}, "c": {"9": "usable"}}
    (only,) = pairs(said)
    assert (only.one, only.other, only.n, only.percent.value) == ("a", "b", 1, 0.0)


def test_an_archive_that_one_person_rated_has_no_pair(archive: Archive) -> None:  # noqa: F811
    found = archive.agreement()
    assert (len(found), list(found.disputes)) == (0, [])
    assert "no scan was rated by two" in repr(found)
    assert "no scan was rated by two" in found._repr_html_()
