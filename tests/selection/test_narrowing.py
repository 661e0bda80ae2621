"""Narrowing: every filter keeps exactly the rows that plain Python would keep."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labarchive.errors import BadInput, NotFound
from labarchive.selection.archive import Archive
from labarchive.selection.terms import between, like, not_


def test_equality_and_lists_and_negation(archive: Archive) -> None:
    tau = archive["tau-pet"]
    assert len(tau.scans(kind="T1w")) == 20
    assert len(tau.scans(kind=["T1w", "FLAIR"])) == 40
    assert len(tau.scans(kind=not_("T1w"))) == 40
    assert len(tau.scans(kind=not_(["T1w", "FLAIR"]))) == 20
    assert len(tau.scans(kind=[])) == 0
    assert len(tau.scans(kind=None)) == 0


def test_globs_do_not_mind_case_and_take_other_signs_as_they_are(archive: Archive) -> None:
    assert len(archive.scans(description=like("*MPRAGE*"))) == 24
    assert len(archive.scans(description=like("t?_*"))) == 48
    assert len(archive.scans(description=like("t1%"))) == 0


def test_a_month_means_all_of_it_and_both_ends_are_included(archive: Archive) -> None:
    assert len(archive.scans(acquired="2026-01")) == 36
    assert len(archive.scans(acquired="2026-01-01")) == 3
    assert len(archive.scans(acquired=date(2026, 1, 1))) == 3
    assert len(archive.scans(acquired=between("2026-01-01", "2026-01-02"))) == 6
    assert len(archive.scans(acquired=between("2026-07-12", None))) == 3
    assert len(archive.scans(tr=between(2000, 2300))) == 72


def test_usable_means_exactly_usable_and_the_repr_counts_what_was_left_out(archive: Archive) -> None:
    t1 = archive["tau-pet"].scans(kind="T1w")
    t1[:3].rate("usable")
    t1[3:5].rate("questionable", reason="noise")
    assert len(t1(usable=True)) == 3
    assert len(t1(quality=["usable", "questionable"])) == 5
    assert len(t1(usable=False)) == 17
    assert "3 usable, 15 unreviewed left out" in repr(t1(usable=True))


def test_sessions_can_be_asked_for_by_what_their_scans_are(archive: Archive) -> None:
    tau = archive["tau-pet"]
    assert len(tau.sessions(kind="T1w", session="baseline")) == 10
    one = tau["S001"]["baseline"]["T1w"]
    one.rate("unusable", reason="motion")
    assert tau.sessions(kind="T1w", quality="unusable").ids == [one.session_id]
    assert len(tau.sessions(kind="FLAIR", quality="unusable")) == 0  # the same scan has to fit both


def test_scans_of_narrowed_sessions_are_all_their_scans(archive: Archive) -> None:
    tau = archive["tau-pet"]
    tau["S002"]["m06"]["T1w"].rate("unusable", reason="motion")
    bad = tau.sessions(quality="unusable")
    assert len(bad.scans) == 3
    assert [scan.kind for scan in bad.scans(kind="FLAIR")] == ["FLAIR"]
    assert bad.subjects.ids == [tau["S002"].id]


def test_a_filter_takes_a_stable_id_for_a_label(archive: Archive) -> None:
    subject = archive["tau-pet"]["S003"]
    assert archive.scans(subject=subject.id).ids == archive.scans(subject="S003").ids
    assert len(archive.scans(subject=[subject.id, "S004"])) == 12


def test_an_unknown_word_names_near_ones(archive: Archive) -> None:
    with pytest.raises(BadInput, match=r"no filter of scans is called 'manufactorer'.*manufacturer"):
        archive.scans(manufactorer="GE")


@pytest.mark.parametrize(
    "words", [{"tr": "long"}, {"acquired": "soon"}, {"gone": "maybe"}, {"kind": object()}]
)
def test_a_value_of_the_wrong_type_is_found_at_once(archive: Archive, words: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        archive.scans(**words)


def test_an_empty_selection_says_which_term_to_drop(archive: Archive) -> None:
    said = repr(archive["tau-pet"].scans(kind="T2w", session="baseline"))
    assert "no scans" in said
    assert "without kind = T2w  30 scans" in said
    assert "T1w (10)" in said


def test_the_command_lines_words_mean_what_pythons_do(archive: Archive) -> None:
    scans = archive.scans
    assert scans("kind=T1w,FLAIR").ids == scans(kind=["T1w", "FLAIR"]).ids
    assert scans("acquired=2026-01..2026-06").ids == scans(acquired=between("2026-01", "2026-06")).ids
    assert scans("description=*mprage*").ids == scans(description=like("*mprage*")).ids
    assert scans("-quality=unusable", "usable=false").ids == scans(quality=not_("unusable"), usable=False).ids
    assert scans("tr>2000").ids == scans.ids
    assert scans("tr>2300").ids == []
    assert scans("tr>=2300", "tr<=2300").ids == scans.ids
    assert scans("mprage", "S001").ids == scans(subject="S001", description=like("*mprage*")).ids
    subject = archive["tau-pet"]["S003"]
    assert scans(subject.id).ids == subject.scans.ids
    assert archive.sessions(subject.scans[0].id).ids == [subject.scans[0].session_id]
    assert scans("kind:T1w").ids == scans(kind="T1w").ids


def test_a_sample_is_the_same_for_the_same_seed(archive: Archive) -> None:
    scans = archive.scans
    assert scans.sample(6, seed=1).ids == scans.sample(6, seed=1).ids
    assert scans.sample(6, seed=1).ids != scans.sample(6, seed=2).ids
    assert len(scans.sample(6)) == 6
    assert "sample of 6, seed 0" in repr(scans.sample(6))


def test_selections_are_values(archive: Archive) -> None:
    assert archive.scans(kind="T1w") == archive.scans(kind="T1w")
    assert len({archive.scans(kind="T1w"), archive.scans(kind="T1w"), archive.scans(kind="FLAIR")}) == 2
    assert bool(archive.scans) and not archive.scans(kind="none")


def test_scans_whose_files_are_gone_are_left_out_but_where_asked_for(archive: Archive) -> None:
    one = archive.scans[0]
    archive.tables.con.execute("update scan_fact set gone = true where scan_id = ?", [one.id])  # type: ignore[attr-defined]
    assert one.id not in archive.scans.ids
    assert archive.scans(gone=True).ids == [one.id]
    assert archive[one.id].gone


def test_tables_in_three_libraries(archive: Archive) -> None:
    t1 = archive["tau-pet"].scans(kind="T1w")
    assert list(t1.df()["scan_id"]) == t1.arrow()["scan_id"].to_pylist() == list(t1.pl()["scan_id"]) == t1.ids


def test_sql_of_a_project_sees_only_that_project(archive: Archive) -> None:
    assert archive["stroke-ct"].sql("select count(*) from scan").fetchall() == [(12,)]
    assert archive.sql("select count(*) from scan where kind = ?", "T1w").fetchall() == [(24,)]


@pytest.mark.parametrize("query", ["select * from nothing", "selec 1", "select nosuch from scan"])
def test_wrong_sql_is_one_sentence(archive: Archive, query: str) -> None:
    with pytest.raises(BadInput) as caught:
        archive.sql(query)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "query",
    ["drop view scan", "select 1; delete from scan", "copy scan to '/tmp/x.csv'", "set threads = 1", ""],
)
def test_only_questions_are_asked(archive: Archive, query: str) -> None:
    with pytest.raises(BadInput, match="only one SELECT"):
        archive.sql(query)
    assert len(archive.scans) == 72


def test_describing_and_pivoting_are_questions(archive: Archive) -> None:
    assert archive.sql("summarize scan").fetchall()
    assert archive.sql("explain select * from scan").fetchall()
    assert archive.sql("pivot (select subject, kind from scan) on kind using count(*)").fetchall()


def test_places_count_from_either_end(archive: Archive) -> None:
    scans = archive.scans
    assert scans[0].id == scans.ids[0]
    assert scans[-1].id == scans.ids[-1]
    with pytest.raises(NotFound):
        scans[1000]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=12))
def test_any_text_is_a_value_and_never_sql(archive: Archive, text: str) -> None:
    assert len(archive.scans(description=text)) == 0
    assert len(archive.scans(tags=text, description=like(text + "'x"))) == 0
    repr(archive.scans(description=text))
    archive.scans(description=text)._repr_html_()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.text(max_size=20), st.from_regex(r"-?[a-z_]{2,8}(=|:|>=?|<=?)[0-9a-z.,*-]{0,8}", fullmatch=True)
    )
)
def test_any_word_of_the_command_line_is_taken_or_refused_in_a_sentence(archive: Archive, text: str) -> None:
    try:
        len(archive.scans(text))
    except BadInput as refused:
        assert refused.hint
