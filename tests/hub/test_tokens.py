"""Tokens of the real hub at the service: expired, revoked, somebody else's, another service's, for something else."""

import time
from typing import Any

import httpx
import pytest

from labarchive.server.rest.callers import REMEMBERED
from tests.hub.conftest import PATIENCE, Demo, xsrf

REACH = "access:services!service=archive"


def given(demo: Demo, person: str, **words: Any) -> dict[str, Any]:
    """A token as the hub's own page gives it, with what the hub says of it."""
    name = demo.users[person]["name"]
    with demo.signed_in(person) as client:
        headers = {"X-XSRFToken": xsrf(client)}
        answer = client.post(f"/hub/api/users/{name}/tokens", json=words, headers=headers)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


def asked(demo: Demo, token: str, path: str = "/hello") -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{demo.api}/api{path}", headers=headers, timeout=30, trust_env=False).status_code


def until(demo: Demo, token: str, status: int, seconds: float) -> bool:
    """Whether it comes to be answered so in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if asked(demo, token) == status:
            return True
        time.sleep(0.5)
    return False


def test_a_token_ends_when_it_expires(demo: Demo) -> None:
    token = str(given(demo, "otto", note="short", expires_in=2, scopes=[REACH])["token"])
    assert asked(demo, token) == 200
    assert until(demo, token, 401, 2 + 2 * REMEMBERED)


def test_a_token_that_its_person_takes_back_ends(demo: Demo) -> None:
    words = given(demo, "otto", note="taken back", expires_in=600, scopes=[REACH])
    assert asked(demo, words["token"]) == 200
    name = demo.users["otto"]["name"]
    with demo.signed_in("otto") as client:
        headers = {"X-XSRFToken": xsrf(client)}
        assert (
            client.delete(f"/hub/api/users/{name}/tokens/{words['id']}", headers=headers).status_code == 204
        )
    assert until(demo, words["token"], 401, 2 * REMEMBERED)


@pytest.mark.parametrize("scope", ["read:users:name!user", "access:servers!user", "users:activity!user"])
def test_a_token_for_something_else_does_not_open_the_archive(demo: Demo, scope: str) -> None:
    assert asked(demo, str(given(demo, "ines", note="else", expires_in=60, scopes=[scope])["token"])) == 401


def test_a_service_s_token_is_no_person_s_not_even_the_archive_s_own(demo: Demo) -> None:
    token = (demo.home.parent / "hub" / "service.token").read_text("ascii").strip()
    assert asked(demo, token) == 401
    assert asked(demo, "0" * 64) == 401


def test_a_token_for_the_archive_opens_no_other_door(demo: Demo) -> None:
    token = demo.token("ines")
    name, headers = demo.users["ines"]["name"], {"Authorization": f"Bearer {token}"}
    assert asked(demo, token) == 200
    doors = ("/hub/api/users", "/hub/api/services", f"/hub/api/users/{name}/tokens", f"/user/{name}/api/contents", f"/user/{name}/labarchive/api/hello")  # fmt: skip
    for door in doors:
        answer = httpx.get(f"{demo.url}{door}", headers=headers, timeout=30, trust_env=False)
        assert answer.status_code in (302, 403, 404, 424, 503), (door, answer.status_code)


SERVER = ("lab", "api/contents", "api/kernels", "api/sessions", "api/terminals", "files/start/01-find.ipynb",
          "labarchive/api/projects", "labarchive/server")  # fmt: skip


@pytest.fixture(scope="module")
def started(demo: Demo) -> str:
    """Where Ines's server is, which runs."""
    name = demo.users["ines"]["name"]
    with demo.signed_in("ines") as ines:
        ines.post(f"/hub/api/users/{name}/server", headers={"X-XSRFToken": xsrf(ines)})
        end = time.monotonic() + PATIENCE
        while ines.get(f"/user/{name}/lab").url.path != f"/user/{name}/lab" and time.monotonic() < end:
            time.sleep(0.5)
        assert "content" in ines.get(f"/user/{name}/api/contents").json()
    return f"{demo.url}/user/{name}"


@pytest.mark.parametrize(
    "who", ["nobody", "a wrong token", "another's token", "a token of the archive's service"]
)
def test_a_server_is_opened_by_no_token_but_its_person_s(demo: Demo, started: str, who: str) -> None:
    service = (demo.home.parent / "hub" / "service.token").read_text("ascii").strip()
    tokens = {"nobody": "", "a wrong token": "0" * 64, "a token of the archive's service": service}
    token = tokens[who] if who in tokens else demo.token("otto")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    for path in SERVER:
        answer = httpx.get(f"{started}/{path}", headers=headers, timeout=30, trust_env=False)
        assert answer.status_code in (302, 403, 404), (path, answer.status_code)
        if answer.status_code == 302:  # to the form, as somebody who is not signed in
            assert "/hub/" in answer.headers["location"]


def test_who_is_signed_in_does_not_open_another_s_server(demo: Demo, started: str) -> None:
    with demo.signed_in("otto") as otto:
        for path in SERVER:
            answer = otto.get(f"{started}/{path}")
            assert answer.status_code in (403, 404), (path, answer.status_code)
