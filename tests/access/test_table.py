"""The table of rights, cell by cell, against XNAT's own (its default_perms) in our verbs."""

import pytest

from labarchive.access import ROLES, SCOPES, VERBS, VISIBILITIES, Standing, verb_of
from labarchive.access.table import table
from labarchive.errors import BadInput

# R read, E edit, C create, D delete of XNAT's groups; what each means in our verbs.
XNAT = {
    ("owner", "project"): "RE",
    ("owner", "data"): "RECD",
    ("owner", "shared"): "R",
    ("member", "project"): "R",
    ("member", "data"): "REC",
    ("member", "shared"): "R",
    ("collaborator", "project"): "R",
    ("collaborator", "data"): "R",
    ("collaborator", "shared"): "R",
}
IN_OUR_VERBS = {
    "project": {"R": {"read"}, "E": {"manage"}},
    "data": {"R": {"read"}, "E": {"rate", "enter", "label"}, "C": {"import"}, "D": {"delete", "release"}},
    "shared": {"R": {"read"}},
}


@pytest.mark.parametrize(("role", "scope"), XNAT)
def test_a_role_may_what_xnat_s_group_may(role: str, scope: str) -> None:
    expected = set().union(*(IN_OUR_VERBS[scope][letter] for letter in XNAT[role, scope]))
    allowed = {verb for verb in VERBS if Standing(role).may(verb, scope)} - {"identify"}
    if scope == "shared":
        allowed -= {"rate"}  # a rating of ours changes nothing of the scan
    assert allowed == expected


def test_only_owners_and_members_see_who_it_is() -> None:
    assert [role for role in ROLES if Standing(role).may("identify")] == ["owner", "member"]


def test_visibility_opens_what_xnat_s_opens_and_never_what_others_shared() -> None:
    opened = {
        (visibility, scope): [verb for verb in VERBS if Standing(visibility=visibility).may(verb, scope)]
        for visibility in VISIBILITIES
        for scope in SCOPES
    }
    assert {cell for cell, verbs in opened.items() if verbs} == {
        ("public", "project"), ("public", "data"), ("protected", "project"),
    }  # fmt: skip
    assert all(verbs in ([], ["read"]) for verbs in opened.values())


def test_a_private_project_does_not_exist_for_strangers_and_blinded_readers() -> None:
    assert not Standing().sees
    assert not Standing("reader").sees
    assert Standing(visibility="protected").sees


def test_the_table_knows_no_word_that_the_code_does_not_know() -> None:
    rights = table()
    assert tuple(rights["role"]) == ROLES
    assert set(rights["visibility"]) == set(VISIBILITIES)
    for row in (*rights["role"].values(), *rights["visibility"].values()):
        assert set(row) == set(SCOPES)
        assert set().union(*row.values()) <= set(VERBS)
    assert set(rights["saying"].values()) <= set(VERBS)


def test_in_a_project_that_is_deidentified_who_reads_sees_all_and_may_no_more() -> None:
    for role in ROLES:
        plain, told = Standing(role), Standing(role, deidentified=True)
        for verb in VERBS:
            for scope in SCOPES:
                expected = plain.may("read", scope) if verb == "identify" else plain.may(verb, scope)
                assert told.may(verb, scope) == expected, (role, verb, scope)
    assert set(table()["deidentified"]) | set(table()["deidentified"].values()) <= set(VERBS)


def test_a_saying_that_is_none_names_those_that_there_are() -> None:
    with pytest.raises(BadInput, match="rating"):
        verb_of("run")


@pytest.mark.parametrize("door", table()["door"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("scope", SCOPES)
def test_a_door_takes_away_and_never_gives(door: str, role: str, scope: str) -> None:
    through = {verb for verb in VERBS if Standing(role, door=door).may(verb, scope)}
    assert through == {verb for verb in VERBS if Standing(role).may(verb, scope)} & set(table()["door"][door])


def test_a_browser_s_cookie_only_reads_and_a_page_judges_beside() -> None:
    assert table()["door"] == {"cookie": ["read"], "page": ["read", "rate", "enter"]}
