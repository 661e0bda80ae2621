"""Blind rating: what one rater says is in no table and no published file until all have said theirs; nothing of it is lost."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labarchive.catalogue.verbs import do
from labarchive.errors import BadInput, NotFound
from labarchive.records import Saying
from tests.catalogue.conftest import Bench, study

SECRET = "zebrafish"


@pytest.fixture
def scans(bench: Bench) -> list[str]:
    bench.index(study(1), study(2))
    return bench.ids("scan")


def campaign(bench: Bench, scans: list[str], name: str = "first", **words: Any) -> int:
    return bench.say("campaign", bench.ids("project")[0], name=name, scans=scans, **words).last


def rate(bench: Bench, scan: str, who: str, quality: str = "usable", **words: Any) -> int:
    reason = {} if quality == "usable" else {"reason": "motion"}
    return bench.say("rating", scan, quality=quality, who=who, **reason, **words).last


def current(bench: Bench) -> dict[tuple[str, str], str]:
    return {(scan, who): said for scan, who, said in bench.rows("select scan_id, who, quality from rating")}


def published(bench: Bench) -> str:
    """Every value of every published table, and the bytes of every file beside them."""
    bench.rows("select 1")
    manifest = bench.catalogue.manifest("tau")
    kernel = bench.kernel()
    texts = [str(kernel.sql(f"from {table}").fetchall()) for table in manifest.files]
    for path in Path(bench.home.snapshots).rglob("*"):
        with contextlib.suppress(OSError):
            texts.append(path.read_bytes().decode("latin-1") if path.is_file() else "")
    return "\n".join(texts)


def test_a_rating_is_sealed_until_the_other_is_there(bench: Bench, scans: list[str]) -> None:
    campaign(bench, scans[:2])
    rate(bench, scans[0], "ada", "unusable", note=SECRET)
    assert current(bench) == {}
    assert bench.rows("select verb, who, payload::varchar from saying where verb = 'sealed'") == [
        ("sealed", "ada", "{}")
    ]
    assert SECRET not in published(bench)
    assert bench.rows("select name, n_scans, n_sealed, open from campaign") == [("first", 2, 1, True)]
    rate(bench, scans[0], "bo")
    assert current(bench) == {(scans[0], "ada"): "unusable", (scans[0], "bo"): "usable"}
    assert SECRET in published(bench)  # the search finds what is there
    assert bench.rows(f"select quality from scan where scan_id = '{scans[0]}'") == [("unusable",)]
    rate(bench, scans[2], "ada", "unusable")  # no scan of the campaign
    assert (scans[2], "ada") in current(bench)
    rate(bench, scans[0], "cy")  # the two have said theirs: a third is nobody's secret
    assert (scans[0], "cy") in current(bench)


def test_oneself_is_told_and_may_change_and_take_it_back(bench: Bench, scans: list[str]) -> None:
    campaign(bench, scans)
    said = rate(bench, scans[0], "ada", "unusable")
    mine, waiting, blind = bench.catalogue.sealed_by("tau", "ada")
    assert (mine[scans[0]].seq, mine[scans[0]].payload["quality"], waiting) == (
        said,
        "unusable",
        {scans[0]: 1},
    )
    assert blind == set(scans)
    assert bench.catalogue.sealed_by("tau", "bo")[0] == {}
    rate(bench, scans[0], "ada", "usable")
    assert current(bench) == {}  # the same person twice is no pair
    undo = bench.say("undo", "", seq=bench.catalogue.sealed_by("tau", "ada")[0][scans[0]].seq).last
    assert (
        bench.catalogue.sealed_by("tau", "ada")[0][scans[0]].payload["quality"] == "unusable"
    )  # what was said before
    bench.say("undo", "", seq=said)
    assert bench.catalogue.sealed_by("tau", "ada")[0] == {}
    bench.say("undo", "", seq=undo)
    assert bench.catalogue.sealed_by("tau", "ada")[0][scans[0]].payload["quality"] == "usable"
    rate(bench, scans[0], "bo")
    assert current(bench) == {(scans[0], "ada"): "usable", (scans[0], "bo"): "usable"}


def test_what_was_sealed_is_undone_in_the_open_too(bench: Bench, scans: list[str]) -> None:
    campaign(bench, scans)
    said = rate(bench, scans[0], "ada", "unusable")
    rate(bench, scans[0], "bo")
    bench.say("undo", "", seq=said, who="ada")
    assert current(bench) == {(scans[0], "bo"): "usable"}


def test_closing_says_what_is_sealed_in_the_open(bench: Bench, scans: list[str]) -> None:
    seq = campaign(bench, scans)
    rate(bench, scans[0], "ada", "unusable")
    with pytest.raises(BadInput, match="closed, not undone"):
        bench.say("undo", "", seq=seq)
    bench.say("campaign", bench.ids("project")[0], name="first", open=False)
    assert current(bench) == {(scans[0], "ada"): "unusable"}
    assert bench.rows("select open from campaign") == [(False,)]
    rate(bench, scans[1], "ada")
    assert (scans[1], "ada") in current(bench)


@pytest.mark.parametrize(
    "again",
    [lambda bench: bench.again(), lambda bench: do(bench.catalogue, "rebuild", {})],
    ids=["restart", "rebuild"],
)
def test_sealed_ratings_outlive_the_owner(
    bench: Bench, scans: list[str], again: Callable[[Bench], Any]
) -> None:
    campaign(bench, scans, raters=3)
    rate(bench, scans[0], "ada", "unusable", note=SECRET)
    rate(bench, scans[0], "bo", "usable")
    again(bench)
    assert current(bench) == {}
    assert SECRET not in published(bench)
    assert bench.catalogue.sealed_by("tau", "bo")[1] == {scans[0]: 2}
    rate(bench, scans[0], "cy", "usable")
    assert len(current(bench)) == 3
    again(bench)
    assert len(current(bench)) == 3
    rate(bench, scans[0], "dee")
    assert len(current(bench)) == 4


def test_a_pair_that_was_complete_when_the_owner_died_is_opened(
    bench: Bench, scans: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign(bench, scans)
    rate(bench, scans[0], "ada")
    monkeypatch.setattr(
        bench.catalogue.sealed, "took", lambda _: []
    )  # as if it had died right after the journal
    rate(bench, scans[0], "bo")
    bench.again()
    assert current(bench) == {}
    rate(bench, scans[1], "ada")
    assert current(bench) == {(scans[0], "ada"): "usable", (scans[0], "bo"): "usable"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"name": "x", "scans": []}, "has scans"),
        ({"name": "", "scans": None}, "cannot name"),
        ({"name": "x", "raters": 1, "scans": None}, "1 raters"),
        ({"name": "x", "raters": True, "scans": None}, "True raters"),
        ({"name": "x", "scans": ["scan_nowhere00"]}, "no scan scan_nowhere00"),
        ({"name": "first", "scans": None}, "open already"),
        ({"name": "x", "open": False}, "no open campaign"),
    ],
)
def test_what_is_no_campaign_is_refused(
    bench: Bench, scans: list[str], words: dict[str, Any], said: str
) -> None:
    campaign(bench, scans)
    given = {name: scans if word is None else word for name, word in words.items()}
    with pytest.raises((BadInput, NotFound), match=said):
        bench.say("campaign", bench.ids("project")[0], **given)


def test_a_batch_of_ratings_is_sealed_as_one(bench: Bench, scans: list[str]) -> None:
    campaign(bench, scans)
    for who in ("ada", "bo"):
        receipt = bench.catalogue.say(
            [Saying("rating", "tau", scan, {"quality": "usable"}, who=who) for scan in scans]
        )
        assert receipt.last - receipt.first + 1 == len(scans)
    assert len(current(bench)) == 2 * len(scans)


def test_a_second_campaign_seals_scans_of_the_first_one_anew(bench: Bench, scans: list[str]) -> None:
    campaign(bench, scans)
    for who in ("ada", "bo"):
        rate(bench, scans[0], who)
    campaign(bench, scans, "second")
    rate(bench, scans[0], "ada", "unusable", note=SECRET)
    assert current(bench)[scans[0], "ada"] == "usable"
    bench.again()
    assert SECRET not in published(bench)
    rate(bench, scans[0], "cy")
    assert current(bench)[scans[0], "ada"] == "unusable"


def test_a_rating_among_sayings_of_another_kind_is_sealed_too(bench: Bench, scans: list[str]) -> None:
    """Some sayings hold from the answer on, and are taken one by one: what stands beside them is sealed as ever."""
    campaign(bench, scans)
    rate(bench, scans[0], "bo")
    tagged = bench.say("tag", scans[1], tag="x", who="ada").last
    undo = Saying("undo", "tau", "", {"seq": tagged}, who="ada")
    ratings = [Saying("rating", "tau", scan, {"quality": "usable"}, who="ada") for scan in scans[:2]]
    receipt = bench.catalogue.say([*ratings, undo])
    assert receipt.last - receipt.first == 2
    assert current(bench) == {(scans[0], "ada"): "usable", (scans[0], "bo"): "usable"}
    rate(bench, scans[1], "cy")
    assert bench.rows(f"select count(*) from rating_history where scan_id = '{scans[0]}'") == [
        (2,)
    ]  # once each
    grant = Saying("grant", "tau", bench.ids("project")[0], {"user": "cy", "role": "member"}, who="ada")
    bench.catalogue.say([Saying("rating", "tau", scans[2], {"quality": "usable"}, who="ada"), grant])
    assert (scans[2], "ada") not in current(bench)
