"""Form files: what they may say, and the sentence for each mistake; answers against them; scores that leave out."""

from pathlib import Path
from typing import Any

import pytest

from labarchive.errors import BadInput, NotFound
from labarchive.forms import Form, Library, problems
from labarchive.forms.answers import Reckoned, reckoned
from labarchive.forms.library import shipped_names

ARM = """
name = "arms"
version = 2
level = "session"
missing = { UN = "untestable, say why", ND = "not done" }
[[item]]
name = "arm"
label = "Motor arm"
choices = { 0 = "no drift", 1 = "drift", 4 = "no movement" }
missing = ["UN"]
required = true
[[item]]
name = "why"
type = "text"
show = "arm == 'UN'"
required = true
longest = 20
[[item]]
name = "leg"
choices = { 0 = "no drift", 2 = "some" }
[[item]]
name = "seen"
type = "several"
choices = { ct = "CT", mr = "MR" }
[[item]]
name = "weight"
type = "number"
range = [0, 300]
[[item]]
name = "born"
type = "date"
[[item]]
name = "awake"
type = "yes"
[score.total]
value = "sum(arm, leg)"
range = [0, 6]
"""


def said(answers: dict[str, Any], missing: dict[str, str] | None = None) -> list[tuple[str, str]]:
    return [(each.item, each.words) for each in problems(Form.read(ARM), answers, missing)]


def test_answers_that_fit() -> None:
    whole = {"arm": 1, "leg": "2", "seen": ["mr"], "weight": 70.5, "born": "1950-02-28", "awake": False}
    assert said(whole) == []
    assert said({"arm": 0}) == []
    assert said({"why": "amputated"}, {"arm": "UN"}) == []


@pytest.mark.parametrize(
    ("answers", "missing", "item", "words"),
    [
        ({}, {}, "arm", "is not answered"),
        ({}, {"arm": "UN"}, "why", "is not answered"),
        ({"arm": 1, "why": "x"}, {}, "why", "not asked"),
        ({"arm": 3}, {}, "arm", "has no 3: there are 0, 1, 4"),
        ({"arm": True}, {}, "arm", "has no True"),
        ({"arm": 1}, {"arm": "UN"}, "arm", "a value and the code"),
        ({}, {"arm": "ND"}, "arm", "cannot be ND"),
        ({"arm": 1}, {"leg": "UN"}, "leg", "cannot be UN"),
        ({"arm": 1, "seen": "ct"}, {}, "seen", "no list"),
        ({"arm": 1, "seen": ["ct", "ct"]}, {}, "seen", "twice"),
        ({"arm": 1, "seen": ["xr"]}, {}, "seen", "has no 'xr'"),
        ({"arm": 1, "weight": 301}, {}, "weight", "301 is not from 0"),
        ({"arm": 1, "weight": float("nan")}, {}, "weight", "no number"),
        ({"arm": 1, "weight": "70"}, {}, "weight", "no number"),
        ({"arm": 1, "born": "1950-02-30"}, {}, "born", "no date"),
        ({"arm": 1, "awake": 1}, {}, "awake", "neither"),
        ({"why": "x" * 21}, {"arm": "UN"}, "why", "21 characters of 20"),
        ({"arm": 1, "tail": 1}, {}, "tail", "no item of this form"),
    ],
)
def test_answers_that_do_not(answers: dict[str, Any], missing: dict[str, str], item: str, words: str) -> None:
    ((where, what),) = said(answers, missing)
    assert where == item
    assert words in what


def test_a_score_leaves_out_what_is_missing_and_says_how_many() -> None:
    form = Form.read(ARM)
    (total,) = form.scores
    assert reckoned(form, total, {"arm": "4", "leg": 2}) == Reckoned(6, 0, 0)
    assert reckoned(form, total, {"leg": 2}, {"arm": "UN"}) == Reckoned(2, 1, 0)
    assert reckoned(form, total, {"leg": 2}) == Reckoned(2, 0, 1)
    assert reckoned(form, total, {}, {"arm": "UN"}) == Reckoned(None, 1, 1)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('"session"', '"planet"', "level is 'planet'"),
        ("version = 2", "version = 0", "version is 0"),
        ("version = 2", "", "version is None"),
        ('name = "arms"', 'name = "../x"', "cannot name a form"),
        ('ND = "not done"', '7 = "not done"', "never a number|cannot say that something is missing"),
        ('missing = ["UN"]', 'missing = ["XX"]', "no code 'XX'"),
        ('name = "leg"', 'name = "arm"', "two items 'arm'"),
        ('type = "several"', 'type = "text"', "do not go together"),
        ('type = "yes"', 'type = "maybe"', "type is 'maybe'"),
        ('type = "yes"', 'type = "choice"', "do not go together"),
        ("show = \"arm == 'UN'\"", 'show = "leg.x"', "item why, show: 'leg.x' does not belong"),
        ("sum(arm, leg)", "sum(arm, foot)", "score total: no item 'foot'"),
        ("range = [0, 300]", "range = [0]", "range is"),
        ("longest = 20", "longes = 20", "has no 'longes'"),
        ('type = "date"', 'type = "date"\nkeys = { x = "y" }', "a key for 'x'"),
        ("[score.total]", "[score", "no TOML"),
    ],
)
def test_a_form_that_is_wrong_says_where(before: str, after: str, says: str) -> None:
    assert before in ARM
    with pytest.raises(BadInput, match=says):
        Form.read(ARM.replace(before, after, 1))


def test_comments_do_not_change_a_form_and_words_do() -> None:
    form = Form.read(ARM)
    assert Form.read("# more\n" + ARM).digest == form.digest
    assert Form.read(ARM.replace("no drift", "none", 1)).digest != form.digest


def test_a_lab_s_own_file_takes_the_place_of_the_one_that_ships(tmp_path: Path) -> None:
    library = Library(tmp_path / "forms")
    assert library.names() == shipped_names()
    shipped = library.form("rating")
    (tmp_path / "forms").mkdir()
    mine = tmp_path / "forms" / "rating.toml"
    mine.write_text(library.text("rating").replace("version = 1", "version = 2", 1))
    assert (library.form("rating").version, shipped.version) == (2, 1)
    mine.unlink()
    assert library.form("rating") == shipped
    (tmp_path / "forms" / "other.toml").write_text(ARM)
    with pytest.raises(BadInput, match="holds a form 'arms'"):
        library.form("other")
    with pytest.raises(NotFound, match="no form 'nothing'"):
        library.form("nothing")


@pytest.mark.parametrize("name", ["../rating", "/etc/passwd", "", "rating.toml", "a/b"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        Library(tmp_path).form(name)
    with pytest.raises(NotFound):
        Library(tmp_path).text(name)


def test_the_forms_that_ship_mean_what_they_meant() -> None:
    """A form that means something else needs a new version, or every archive that used it refuses it."""
    kept = {
        "nihss": (1, "80811ee3066010c1979ee796ebd5d485"),
        "radiology_read": (1, "7adbf82e9667ab957ef6e1248bc8dc7b"),
        "rating": (1, "e652c0ae0183c7d5a007d88147cef496"),
    }
    assert {form.name: (form.version, form.digest) for form in Library(Path("nowhere"))} == kept
