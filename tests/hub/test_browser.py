"""A browser at the service: signs in by the hub's OAuth, reads by its cookie, and is out when it signs out."""

import time

import httpx

from labarchive.server.rest.callers import REMEMBERED
from tests.hub.conftest import Demo, xsrf
from tests.rest.test_browser import VISIT

SERVICE = "/services/archive/"
COOKIE = "labarchive-token"


def entered(client: httpx.Client) -> str:
    """Go to the service as a browser goes; the cookie that came of it."""
    page = client.get(SERVICE)
    assert page.status_code == 200, page.text[:300]
    assert page.url.path == SERVICE
    return client.cookies.get(COOKIE, path=SERVICE) or ""


def test_who_is_signed_in_at_the_hub_is_let_in_without_a_question(demo: Demo) -> None:
    with demo.signed_in("anna") as client:
        assert entered(client)
        client.headers.update(VISIT)
        hello = client.get(f"{SERVICE}api/hello").json()
        assert (hello["who"], hello["door"]) == (demo.users["anna"]["name"], "cookie")
        assert [each["project"] for each in client.get(f"{SERVICE}api/projects").json()["items"]] == [
            "tau-pet"
        ]
        assert client.get(f"{SERVICE}api/projects/second/scans").status_code == 404


def test_who_is_nobody_is_asked_for_a_password(demo: Demo) -> None:
    with httpx.Client(base_url=demo.url, follow_redirects=True, trust_env=False) as client:
        page = client.get(SERVICE)
        assert page.url.path == "/hub/login"
        assert COOKIE not in client.cookies


def test_the_cookie_s_token_opens_the_service_and_nothing_of_the_hub(demo: Demo) -> None:
    with demo.signed_in("anna") as client:
        token = entered(client)
    name = demo.users["anna"]["name"]
    bearer = {"Authorization": f"Bearer {token}"}
    asked = {
        path: httpx.get(f"{demo.url}/hub/api{path}", headers=bearer, trust_env=False).status_code
        for path in ("/user", "/users", f"/users/{name}/tokens", "/services", "/groups")
    }
    assert asked.pop("/user") == 200
    assert set(asked.values()) <= {403, 404}, asked
    start = httpx.post(f"{demo.url}/hub/api/users/{name}/server", headers=bearer, trust_env=False)
    assert start.status_code in (403, 404)


def test_who_signs_out_is_out_within_seconds(demo: Demo) -> None:
    with demo.signed_in("otto") as client:
        token = entered(client)
        client.get(f"{SERVICE}logout")
        assert COOKIE not in client.cookies
    until = time.monotonic() + 3 * REMEMBERED
    while time.monotonic() < until:
        kept = httpx.get(f"{demo.api}/api/hello", cookies={COOKIE: token}, headers=VISIT, trust_env=False)
        if kept.status_code == 401:
            return
        time.sleep(0.5)
    raise AssertionError("the token of somebody who signed out still opens")


def test_a_code_is_worth_nothing_to_who_did_not_begin(demo: Demo) -> None:
    with demo.signed_in("anna") as client:
        client.follow_redirects = False
        begun = client.get(f"{SERVICE}login")
        back = client.get(begun.headers["location"])
        assert back.status_code == 302, back.text[:200]
        with httpx.Client(base_url=demo.url, trust_env=False) as thief:
            assert thief.get(back.headers["location"]).status_code == 422
            thief.get(f"{SERVICE}login")
            assert thief.get(back.headers["location"]).status_code == 422
        assert xsrf(client)
        assert client.get(back.headers["location"]).status_code == 302
        assert client.cookies.get(COOKIE, path=SERVICE)
