"""Who has which role: as it was said, the same live, after a restart and after a rebuild."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labarchive.catalogue.membership import Membership, folded
from labarchive.errors import BadInput, NotFound
from labarchive.records import ROLES, VISIBILITIES, Saying
from tests.catalogue.conftest import Bench, study

Told = dict[str, tuple[str, dict[str, str]]]


def told(bench: Bench) -> Told:
    return {
        project: (of.visibility, dict(sorted(of.roles.items())))
        for project, of in bench.catalogue.memberships().items()
    }


@pytest.fixture
def project_id(bench: Bench) -> str:
    bench.catalogue.say([Saying("project", "tau", "", who="olga")])
    bench.index(study(1))
    return bench.catalogue.project_id("tau")


def test_who_makes_a_project_owns_it_and_nobody_else_sees_it(bench: Bench, project_id: str) -> None:
    assert told(bench) == {"tau": ("private", {"olga": "owner"})}


def test_a_project_that_an_indexer_made_has_no_owner_yet(bench: Bench) -> None:
    bench.index(study(1), project="pet")
    assert told(bench) == {"pet": ("private", {})}


def test_grants_revocations_and_undoing_hold_live_after_a_restart_and_after_a_rebuild(
    bench: Bench, project_id: str
) -> None:
    bench.say("grant", project_id, user="mia", role="member")
    bench.say("grant", project_id, user="carl", role="collaborator")
    bench.say("visibility", project_id, visibility="protected")
    revoked = bench.say("revoke", project_id, user="mia").last
    bench.say("grant", project_id, user="carl", role="member")
    expected: Told = {"tau": ("protected", {"carl": "member", "olga": "owner"})}
    assert told(bench) == expected
    bench.say("undo", project_id, seq=revoked)
    expected["tau"][1]["mia"] = "member"
    assert told(bench) == {"tau": ("protected", dict(sorted(expected["tau"][1].items())))}
    live = told(bench)
    bench.again()
    assert told(bench) == live
    bench.catalogue.do("rebuild")
    assert told(bench) == live


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("grant", {"user": "mia", "role": "boss"}),
        ("grant", {"user": "mia"}),
        ("visibility", {"visibility": "secret"}),
        ("revoke", {}),
    ],
)
def test_a_role_or_a_visibility_that_is_none_is_refused(
    bench: Bench, project_id: str, verb: str, words: dict[str, str]
) -> None:
    before = told(bench)
    with pytest.raises(BadInput):
        bench.say(verb, project_id, **words)
    assert told(bench) == before


def test_it_is_said_of_a_project_and_of_nothing_else(bench: Bench, project_id: str) -> None:
    with pytest.raises(BadInput):
        bench.say("grant", bench.ids("scan")[0], user="mia", role="member")
    with pytest.raises(NotFound):
        bench.say("grant", "proj_aaaaaaaaaa", user="mia", role="member")


SAID = st.one_of(
    st.tuples(st.just("grant"), st.sampled_from(["mia", "bo"]), st.sampled_from(ROLES)),
    st.tuples(st.just("revoke"), st.sampled_from(["mia", "bo"]), st.just("")),
    st.tuples(st.just("visibility"), st.sampled_from(VISIBILITIES), st.just("")),
    st.tuples(st.just("undo"), st.just(""), st.just("")),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SAID, max_size=8))
def test_whatever_was_said_a_restart_reads_the_same(
    benches: Callable[[str], Bench], said: list[tuple[str, str, str]]
) -> None:
    bench = benches(uuid4().hex)
    bench.catalogue.say([Saying("project", "tau", "", who="olga")])
    about = bench.catalogue.project_id("tau")
    roles, visibility = {"olga": "owner"}, "private"
    history = [(dict(roles), visibility)]
    for verb, one, other in said:
        match verb:
            case "grant":
                bench.say("grant", about, user=one, role=other)
                roles[one] = other
            case "revoke":
                bench.say("revoke", about, user=one)
                roles.pop(one, None)
            case "visibility":
                bench.say("visibility", about, visibility=one)
                visibility = one
            case _ if len(history) == 1:
                continue  # nothing of a person is there to be undone
            case _:
                bench.say("undo", about, seq=bench.catalogue.journal.last_seq)
                history.pop()
                roles, visibility = dict(history[-1][0]), history[-1][1]
                break
        history.append((dict(roles), visibility))
    expected: Told = {"tau": (visibility, dict(sorted(roles.items())))}
    assert told(bench) == expected
    bench.again()
    assert told(bench) == expected


def test_the_fold_knows_no_database() -> None:
    rows = [
        ("project", "tau", "proj_a", "olga", "{}"),
        ("grant", "tau", "proj_a", "olga", '{"user": "mia", "role": "member"}'),
        ("grant", "tau", "proj_a", "olga", '{"user": "mia", "role": "a role of tomorrow"}'),
        ("visibility", "tau", "proj_a", "olga", '{"visibility": "public"}'),
    ]
    assert folded(rows) == {"tau": Membership("proj_a", "public", {"olga": "owner", "mia": "member"})}
