"""The NIH Stroke Scale: every item alone, all at their least, all at their most, and what is untestable, against a worked table."""

from pathlib import Path
from typing import Any

import pytest

from labarchive.forms import Library, problems
from labarchive.forms.answers import Reckoned, reckoned

FORM = Library(Path("nowhere")).form("nihss")
(TOTAL,) = FORM.scores
MOST = {
    "loc": 3, "loc_questions": 2, "loc_commands": 2, "gaze": 2, "visual": 3, "facial": 3, "arm_left": 4, "arm_right": 4,
    "leg_left": 4, "leg_right": 4, "ataxia": 2, "sensory": 2, "language": 3, "dysarthria": 2, "extinction": 2,
}  # fmt: skip
"""As printed on the NINDS form: the greatest score of each item; together 42."""
UNTESTABLE = ("arm_left", "arm_right", "leg_left", "leg_right", "ataxia", "dysarthria")
LEAST = dict.fromkeys(MOST, 0)


def total(answers: dict[str, Any], missing: dict[str, str] | None = None) -> Reckoned:
    assert problems(FORM, answers, missing) == []
    return reckoned(FORM, TOTAL, answers, missing)


def test_the_items_are_those_of_the_scale() -> None:
    items = {item.name: max(map(int, item.choices)) for item in FORM.items if item.choices}
    assert items == MOST
    assert sum(MOST.values()) == 42 == TOTAL.range[1]  # type: ignore[index]
    assert tuple(item.name for item in FORM.items if item.missing) == UNTESTABLE


def test_all_at_their_least_and_at_their_most() -> None:
    assert total(LEAST) == Reckoned(0, 0, 0)
    assert total(MOST) == Reckoned(42, 0, 0)


@pytest.mark.parametrize("item", MOST)
def test_each_item_alone_counts_each_of_its_scores(item: str) -> None:
    for score in range(MOST[item] + 1):
        assert total({**LEAST, item: score}) == total({**LEAST, item: str(score)}) == Reckoned(score, 0, 0)
    assert problems(FORM, {**LEAST, item: MOST[item] + 1})
    assert problems(FORM, {name: 0 for name in MOST if name != item})


@pytest.mark.parametrize("item", UNTESTABLE)
def test_what_is_untestable_is_left_out_counted_and_says_why(item: str) -> None:
    tested = {name: score for name, score in MOST.items() if name != item}
    why = {**tested, f"{item}_why": "amputation"}
    assert total(why, {item: "UN"}) == Reckoned(42 - MOST[item], 1, 0)
    (asked,) = problems(FORM, tested, {item: "UN"})
    assert asked.item == f"{item}_why"
    assert problems(FORM, {**why, item: 0}, {item: "UN"})


def test_all_that_can_be_untestable_at_once() -> None:
    tested = {name: score for name, score in MOST.items() if name not in UNTESTABLE}
    why = {f"{item}_why": "intubated" for item in UNTESTABLE}
    assert total({**tested, **why}, dict.fromkeys(UNTESTABLE, "UN")) == Reckoned(22, 6, 0)


@pytest.mark.parametrize("item", [name for name in MOST if name not in UNTESTABLE])
def test_other_items_are_always_testable(item: str) -> None:
    tested = {name: 0 for name in MOST if name != item}
    assert problems(FORM, tested, {item: "UN"})


def test_a_total_before_everything_is_answered_says_how_much_is_open() -> None:
    assert reckoned(FORM, TOTAL, {"loc": 1, "gaze": 2}) == Reckoned(3, 0, 13)
