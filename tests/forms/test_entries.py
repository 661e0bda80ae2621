"""Entries: forms filled in about subjects, sessions, scans and lesions; superseded, undone, and as tables."""

import json
from typing import Any

import pytest

from labarchive.errors import BadInput, NotFound
from tests.catalogue.conftest import Bench, study
from tests.forms.test_nihss import LEAST

LESION = """
name = "size"
version = 1
level = "lesion"
[[item]]
name = "mm"
type = "number"
required = true
range = [0, 300]
"""
VARIABLES = """
name = "variables"
version = 1
level = "subject"
[[item]]
name = "apoe"
choices = { e3e3 = "e3/e3", e3e4 = "e3/e4", e4e4 = "e4/e4" }
[[item]]
name = "education"
type = "number"
unit = "years"
range = [0, 40]
"""


@pytest.fixture
def ids(bench: Bench) -> dict[str, str]:
    bench.index(study(1), study(2))
    bench.home.forms.mkdir()
    (bench.home.forms / "size.toml").write_text(LESION)
    (bench.home.forms / "variables.toml").write_text(VARIABLES)
    return {level: bench.ids(level)[0] for level in ("subject", "session", "scan")}


def enter(bench: Bench, about: str, form: str, answers: Any, who: str = "ada", **words: Any) -> int:
    return bench.say("entry", about, who=who, form=form, answers=answers, **words).last


def test_an_entry_has_its_scores_and_is_superseded_and_undone(bench: Bench, ids: dict[str, str]) -> None:
    enter(bench, ids["session"], "nihss", {**LEAST, "loc": 2})
    second = enter(bench, ids["session"], "nihss", {**{k: v for k, v in LEAST.items() if k != "ataxia"}, "gaze": 1, "ataxia_why": "cast"}, missing={"ataxia": "UN"})  # fmt: skip
    enter(bench, ids["session"], "nihss", LEAST, who="bo")
    found = bench.rows("select who, scores->'total' from entry order by who")
    assert [(who, json.loads(score)) for who, score in found] == [
        ("ada", {"value": 1, "missing": 1, "open": 0}), ("bo", {"value": 0, "missing": 0, "open": 0}),
    ]  # fmt: skip
    assert bench.rows("select count(*) from entry_history") == [(3,)]
    answers = bench.rows(
        "select item, value, missing from answer where who = 'ada' and item in ('ataxia', 'gaze')"
    )
    assert sorted(answers) == [("ataxia", None, "UN"), ("gaze", "1", None)]
    bench.say("undo", "", seq=second)
    (score,) = bench.rows("select scores->'total'->>'value' from entry where who = 'ada'")
    assert score == ("2",)


def test_lesions_and_variables(bench: Bench, ids: dict[str, str]) -> None:
    enter(bench, ids["session"], "size", {"mm": 12.5}, lesion="L1")
    enter(bench, ids["session"], "size", {"mm": 7}, lesion="L2")
    enter(bench, ids["subject"], "variables", {"apoe": "e3e4", "education": 16})
    assert bench.rows("select lesion, value from answer where form = 'size' order by 1") == [
        ("L1", "12.5"),
        ("L2", "7"),
    ]
    assert bench.rows("select about from entry where form = 'variables'") == [(ids["subject"],)]


@pytest.mark.parametrize(
    ("about", "form", "answers", "words", "says"),
    [
        ("session", "nihss", {**LEAST, "loc": 9}, {}, "loc has no 9"),
        ("session", "nihss", {}, {}, "loc is not answered"),
        ("scan", "nihss", LEAST, {}, "about a session"),
        ("session", "rating", {"quality": "usable"}, {}, "said as one"),
        ("session", "size", {"mm": 1}, {}, "is about a lesion"),
        ("session", "nihss", LEAST, {"lesion": "L1"}, "is not about a lesion"),
        ("session", "nihss", "loc", {}, "are objects"),
        ("session", "nihss", LEAST, {"total": 3}, "an entry has no 'total'"),
        ("subject", "variables", {}, {}, "nothing is answered"),
        ("subject", "variables", {"apoe": "e9"}, {}, "apoe has no 'e9'"),
    ],
)
def test_what_is_wrong_is_refused_with_a_sentence(
    bench: Bench, ids: dict[str, str], about: str, form: str, answers: Any, words: dict[str, Any], says: str
) -> None:
    before = bench.catalogue.journal.last_seq
    with pytest.raises(BadInput, match=says):
        enter(bench, ids[about], form, answers, **words)
    assert bench.catalogue.journal.last_seq == before


def test_a_form_that_is_not_there(bench: Bench, ids: dict[str, str]) -> None:
    with pytest.raises(NotFound, match="no form 'mrs'"):
        enter(bench, ids["session"], "mrs", {"mrs": 1})


def test_entries_survive_a_rebuild_and_a_restart(bench: Bench, ids: dict[str, str]) -> None:
    enter(bench, ids["session"], "nihss", {**LEAST, "loc": 2})
    before = bench.rows("select * from entry_history")
    bench.again()
    bench.catalogue.do("rebuild")
    assert bench.rows("select * from entry_history") == before
