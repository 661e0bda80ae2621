"""A REDCap data dictionary in, out, in is equal; what is not understood is listed by field; forms as TOML read as themselves."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from labarchive.errors import BadInput
from labarchive.forms import Form, Library, problems
from labarchive.forms.library import shipped_names
from labarchive.forms.redcap import HEADS, read, write
from labarchive.forms.toml import text_of

FIELDS: list[dict[str, str]] = [
    {"name": "record_id", "form": "demographics", "type": "text", "label": "Record ID"},
    {"name": "age", "form": "demographics", "type": "text", "label": "Age, in years", "check": "integer", "min": "18", "max": "110", "required": "y"},
    {"name": "Sex", "form": "demographics", "type": "dropdown", "label": "Sex", "choices": "1, female | 2, male | 9, other, or not said"},
    {"name": "mrn", "form": "demographics", "type": "text", "label": "Record number", "identifier": "y"},
    {"name": "seen", "form": "demographics", "type": "text", "label": "Seen on", "check": "date_dmy"},
    {"name": "mail", "form": "demographics", "type": "text", "label": "Mail", "check": "email", "note": "the person's own"},
    {"name": "mrs", "form": "follow_up", "type": "radio", "label": "Modified Rankin", "choices": "0, No symptoms | 1, No disability, minor symptoms | 6, Dead", "required": "y"},
    {"name": "died_on", "form": "follow_up", "type": "text", "label": "Died on", "check": "date_ymd", "logic": "[mrs] = '6' and [sure] <> ''"},
    {"name": "sure", "form": "follow_up", "type": "yesno", "label": "Is it sure?"},
    {"name": "drugs", "form": "follow_up", "type": "checkbox", "label": "Drugs", "choices": "1, aspirin | 2, statin"},
    {"name": "dose", "form": "follow_up", "type": "text", "label": "Dose", "check": "number_1dp", "logic": "[drugs(1)] = '1' or ([sure] = '1' AND [mrs] <> '6')"},
    {"name": "pain", "form": "follow_up", "type": "slider", "label": "Pain"},
    {"name": "free", "form": "follow_up", "type": "notes", "label": "Free words"},
    {"name": "total", "form": "follow_up", "type": "calc", "label": "Total", "choices": "sum([mrs], [pain])"},
    {"name": "bmi", "form": "follow_up", "type": "calc", "label": "BMI", "choices": "round([dose] / ([pain] ^ 2), 1)"},
    {"name": "scan", "form": "follow_up", "type": "file", "label": "A scan"},
    {"name": "later", "form": "follow_up", "type": "text", "label": "Later", "logic": "[visit_arm_1][mrs] = '6'"},
    {"name": "words", "form": "consent", "type": "descriptive", "label": "Read this"},
]  # fmt: skip
COLUMNS = {
    "name": HEADS[0], "form": HEADS[1], "type": "Field Type", "label": "Field Label", "choices": HEADS[5], "note": "Field Note",
    "check": "Text Validation Type OR Show Slider Number", "min": "Text Validation Min", "max": "Text Validation Max",
    "identifier": "Identifier?", "logic": HEADS[11], "required": "Required Field?",
}  # fmt: skip


def dictionary(fields: list[dict[str, str]]) -> str:
    file = io.StringIO()
    table = csv.DictWriter(file, HEADS)
    table.writeheader()
    for field in fields:
        table.writerow({**dict.fromkeys(HEADS, ""), **{COLUMNS[name]: word for name, word in field.items()}})
    return "\ufeff" + file.getvalue()


def bare(forms: tuple[Form, ...] | list[Form]) -> list[Form]:
    return [replace(form, digest="") for form in forms]


def test_fields_are_items_of_the_right_type() -> None:
    found = read(dictionary(FIELDS), {"demographics": "subject"})
    demographics, follow_up = found.forms
    assert (demographics.level, follow_up.level) == ("subject", "session")
    assert [(item.name, item.type) for item in demographics.items] == [("age", "number"), ("sex", "choice"), ("seen", "date"), ("mail", "text")]  # fmt: skip
    assert demographics.items[0].range == (18, 110)
    assert demographics.items[1].choices == {"1": "female", "2": "male", "9": "other, or not said"}
    assert [item.name for item in follow_up.items] == [
        "mrs",
        "died_on",
        "sure",
        "drugs",
        "dose",
        "pain",
        "free",
        "later",
    ]
    assert follow_up.items[5].range == (0, 100)
    assert [score.name for score in follow_up.scores] == ["total"]


def test_what_is_not_understood_is_listed_with_its_field() -> None:
    left = {(each.form, each.field): each.why for each in read(dictionary(FIELDS)).left}
    assert set(left) == {
        ("demographics", "record_id"), ("demographics", "mrn"), ("demographics", "mail"), ("follow_up", "bmi"),
        ("follow_up", "scan"), ("follow_up", "later"), ("consent", "words"),
    }  # fmt: skip
    assert "identifier" in left["demographics", "mrn"]
    assert "calculation" in left["follow_up", "bmi"]
    assert "always shown" in left["follow_up", "later"]


def test_conditions_are_those_of_redcap() -> None:
    form = read(dictionary(FIELDS)).forms[1]
    good = {"mrs": "6", "sure": True, "died_on": "2026-01-14"}
    assert problems(form, good) == []
    assert [each.item for each in problems(form, {**good, "mrs": "1"})] == ["died_on"]  # hidden, and answered
    assert problems(form, {"mrs": "1", "drugs": ["1"], "dose": 3}) == []
    assert [each.item for each in problems(form, {"mrs": "1", "drugs": ["2"], "dose": 3})] == ["dose"]
    assert problems(form, {"mrs": "1", "sure": True, "dose": 3}) == []
    assert [each.item for each in problems(form, {"mrs": "6", "sure": True, "dose": 3})] == ["dose"]


def test_in_out_in_is_equal() -> None:
    once = read(dictionary(FIELDS), {"demographics": "subject"})
    again = read(write(once.forms))
    assert bare(again.forms) == bare(once.forms)
    assert (
        read(write(again.forms)).left
        == again.left
        == tuple(each for each in again.left if "check" in each.why)
    )


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_forms_go_out_and_come_back(name: str, tmp_path: Path) -> None:
    form = Library(tmp_path / "none").form(name)
    assert bare([Form.read(text_of(form))]) == bare([form])
    back = read(write([form]))
    assert bare(back.forms) == bare([form])
    assert back.left == ()


def test_forms_that_are_written_read_as_themselves() -> None:
    for form in read(dictionary(FIELDS)).forms:
        assert bare([Form.read(text_of(form))]) == bare([form])


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "name;form\nx;y\n"])
def test_what_is_no_dictionary_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no data dictionary"):
        read(text)


def test_words_of_any_kind_come_back() -> None:
    odd = [
        {
            "name": "odd",
            "form": "f",
            "type": "radio",
            "label": 'He said "so", ‘so’ \\ 🧠\ttab',
            "choices": "a, x | b, y, z",
        }
    ]
    (form,) = read(dictionary(odd)).forms
    assert bare([Form.read(text_of(form))]) == bare([form])
    assert bare(read(write([form])).forms) == bare([form])
