"""A rating is an entry of the lab's form: reasons from its list, a reason for anything but usable, its versions kept."""

from pathlib import Path

import pytest

from labarchive.errors import BadInput
from labarchive.forms import Library, judged
from tests.catalogue.conftest import Bench, study

SHIPPED = Library(Path("nowhere"))


def test_reasons_may_come_as_words_or_as_a_list() -> None:
    one = judged({"quality": "unusable", "reason": "motion, ringing", "note": ""}, SHIPPED)
    assert one == judged({"quality": "unusable", "reason": ["motion", "ringing"]}, SHIPPED)
    assert one == {"quality": "unusable", "reason": ["motion", "ringing"], "form": "rating", "version": 1}
    usable = judged(
        {"quality": "usable", "seconds": 3.5, "confidence": "unsure", "where": "10.0.0.9"}, SHIPPED
    )
    assert (usable["where"], usable["confidence"], usable["seconds"]) == ("10.0.0.9", "unsure", 3.5)


@pytest.mark.parametrize(
    ("words", "says", "next_step"),
    [
        ({"quality": "questionable"}, "reason is not answered", "reason is one of motion, ringing"),
        ({"quality": "unusable", "reason": "many spikes"}, "reason has no 'many spikes'", "other"),
        ({"quality": "unusable", "reason": "other"}, "note is not answered", "note="),
        ({"quality": "unreviewed"}, "quality has no 'unreviewed'", "usable"),
        ({"quality": "usable", "seconds": -1}, "-1 is not from 0", "seconds"),
        ({"quality": "usable", "quality_by": "somebody"}, "quality_by is no item", "it asks for quality"),
        ({"quality": ["usable"]}, "quality has no", "usable"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(
    words: dict[str, object], says: str, next_step: str
) -> None:
    with pytest.raises(BadInput) as met:
        judged(words, SHIPPED)
    assert says in met.value.what
    assert next_step in str(met.value.hint)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('usable = "usable", ', "", "no item quality of usable, questionable, unusable"),
        ('level = "scan"', 'level = "session"', "no item quality"),
        ('type = "several"', 'type = "choice"', "no item reason of several"),
        ('motion = "m"', 'motion = "n"', "gives a reason the key 'n'"),
    ],
)
def test_a_lab_s_form_keeps_what_everything_goes_by(
    tmp_path: Path, before: str, after: str, says: str
) -> None:
    text = SHIPPED.text("rating")
    assert before in text
    (tmp_path / "rating.toml").write_text(text.replace(before, after, 1).replace('{ usable = "1", ', "{ "))
    with pytest.raises(BadInput, match=says):
        judged({"quality": "questionable", "reason": ["motion"]}, Library(tmp_path))


def lab_form(bench: Bench, version: int, reason: str) -> None:
    text = SHIPPED.text("rating").replace("version = 1", f"version = {version}", 1)
    bench.catalogue.home.forms.mkdir(exist_ok=True)
    own = text.replace('metal = "metal"', f'{reason} = "{reason}"').replace("metal =", f"{reason} =")
    (bench.catalogue.home.forms / "rating.toml").write_text(own)


def forms_kept(bench: Bench) -> list[tuple[int, str]]:
    events = [event for event in bench.catalogue.journal.events() if event.verb == "form"]
    return [(event.payload["version"], event.payload["text"]) for event in events if event.payload]


def test_the_journal_keeps_each_version_that_was_used_and_a_version_means_one_thing(bench: Bench) -> None:
    bench.index(study(1))
    scan = bench.ids("scan")[0]
    bench.say("rating", scan, quality="unusable", reason="metal")
    bench.say("rating", scan, quality="usable")
    lab_form(bench, 1, "implant")
    with pytest.raises(BadInput, match="still version 1"):
        bench.say("rating", scan, quality="unusable", reason="implant")
    lab_form(bench, 2, "implant")
    bench.say("rating", scan, quality="unusable", reason="implant")
    assert [version for version, _ in forms_kept(bench)] == [1, 2]
    assert 'implant = "implant"' in forms_kept(bench)[1][1]
    rows = bench.rows("select reason, version from rating_history order by seq")
    assert rows == [("metal", 1), (None, 1), ("implant", 2)]
