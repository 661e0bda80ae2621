"""The little language of forms: what it says, the same in the browser, and everything that it refuses."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labarchive.errors import BadInput
from labarchive.forms.expressions import evaluate, parse

CASES = json.loads(Path(__file__).with_name("cases.json").read_text("utf-8"))
NAMES = ("a", "b", "c", "arm", "note", "quality", "reason", "yes")
BUILT = Path(__file__).parents[2] / "extension" / "lib" / "forms" / "evaluate.js"


@pytest.mark.parametrize(("text", "answers", "missing", "comes_to"), CASES, ids=[case[0] for case in CASES])
def test_what_it_says(text: str, answers: dict[str, Any], missing: dict[str, str], comes_to: object) -> None:
    found = evaluate(parse(text, NAMES), answers, missing)
    assert (found, type(found) is bool) == (comes_to, type(comes_to) is bool)


def test_the_browser_s_says_the_same() -> None:
    from tools.extension import Node

    cases = [[parse(text, NAMES), answers, missing, said] for text, answers, missing, said in CASES]
    script = f"""
        import {{ evaluate }} from {json.dumps(BUILT.as_uri())};
        for (const [tree, answers, missing, said] of {json.dumps(cases)}) {{
            const found = evaluate(tree, answers, missing) ?? null;
            if (found !== said) throw new Error(JSON.stringify([tree, answers, missing, found, said]));
        }}
    """
    done = subprocess.run(
        [Node.of_wheel().program, "--input-type=module", "--eval", script], capture_output=True, text=True, timeout=60
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "text",
    ["2**99999999", "a.__class__", "(lambda: 1)()", "[x for x in a]", "f'{a}'", "a[0]", "print(a)", "sum(*a)",
     "sum()", "max(a, key=b)", "a if b else c", "1 if a else 2", "unknown == 1", "a < b < c", "a is b", "a % 2",
     "a // 2", "~a", "a @ b", "1e99", "1j", "b'a'", "...", "a; b", "a = 1", "(a := 1)", "", "import os",
     "not" * 400 + " a", "(" * 40 + "a" + ")" * 41, "a +" * 400, "__import__('os')", "{'a': 1}", "{1}", "`a`"],
)  # fmt: skip
def test_what_does_not_belong_does_not_parse(text: str) -> None:
    with pytest.raises(BadInput):
        parse(text, NAMES)


def test_a_deep_one_is_refused_and_not_a_crash() -> None:
    with pytest.raises(BadInput, match=r"too deep|no expression"):
        parse("not " * 200 + "a", NAMES)
    with pytest.raises(BadInput):
        parse("-" * 900 + "a", NAMES)


words = st.sampled_from(["UN", "usable", "", "other", "x"])
values = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(-5, 5), words, st.lists(words, max_size=3)
)


@given(
    st.sampled_from([case[0] for case in CASES]),
    st.dictionaries(st.sampled_from(NAMES), values),
    st.dictionaries(st.sampled_from(NAMES), words),
)
def test_no_answers_make_it_fail(text: str, answers: dict[str, Any], missing: dict[str, str]) -> None:
    evaluate(parse(text, NAMES), answers, missing)
