"""A browser's cookie: it reads what names nobody, on its own site, and writes nothing. Signing in is in tests/hub."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.rest.conftest import OTHER, PROJECT, Service

VISIT = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
"""What a browser says of a page that its person goes to; no script can say it."""


def browser(service: Service, token: str = "token-olga", **headers: str) -> httpx.Client:
    """Somebody whose browser has the service's cookie, and who goes to an address."""
    return httpx.Client(
        base_url=service.url, cookies={"labarchive-token": token} if token else {}, headers={**VISIT, **headers},
        follow_redirects=False, trust_env=False, timeout=30,
    )  # fmt: skip


def test_a_cookie_reads_and_says_so(service: Service) -> None:
    with browser(service) as client:
        hello = client.get("/api/hello").json()
        assert (hello["who"], hello["door"]) == ("olga", "cookie")
        (project,) = client.get("/api/projects").json()["items"]
        assert (project["role"], project["verbs"]) == ("owner", ["read"])
        assert client.get(f"/api/projects/{PROJECT}/tree").status_code == 200
        assert client.get(f"/api/projects/{OTHER}/tree").status_code == 404


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("PUT", f"/api/projects/{PROJECT}/members/sam", {"role": "owner"}),
        ("DELETE", f"/api/projects/{PROJECT}/members/mia", None),
        ("PUT", f"/api/projects/{PROJECT}/visibility", {"visibility": "public"}),
        ("PUT", f"/api/projects/{PROJECT}/selections/mine", {"q": "kind:T1w"}),
        ("GET", f"/api/audit?project={PROJECT}", None),
    ],
)
def test_a_cookie_does_nothing_else(service: Service, verb: str, path: str, body: object) -> None:
    with browser(service) as client:
        answer = client.request(verb, path, json=body)
    assert answer.status_code == 403, answer.text
    assert answer.json()["detail"].startswith("a cookie may not ")
    assert "token" in answer.json()["hint"]


def test_a_cookie_says_nothing_and_undoes_nothing(service: Service) -> None:
    scan = service.get(f"/projects/{PROJECT}/scans")["items"][0]["scan_id"]
    said = {
        "sayings": [{"verb": "rating", "about": scan, "payload": {"quality": "unusable", "reason": "motion"}}]
    }
    with service.client("olga") as owner, browser(service) as client:
        assert client.post(f"/api/projects/{PROJECT}/sayings", json=said).status_code == 403
        seq = owner.post(f"/projects/{PROJECT}/sayings", json=said).json()["last"]
        assert client.post(f"/api/projects/{PROJECT}/undo", json={"seq": seq}).status_code == 403
        assert client.get(f"/api/projects/{PROJECT}/scans/{scan}").json()["quality"] == "unusable"


def test_a_cookie_learns_nobody_s_name_and_no_path(service: Service) -> None:
    with browser(service) as client:
        row = client.get(f"/api/projects/{PROJECT}/files").json()["items"][0]
        assert {"path", "accession"}.isdisjoint(row)
        assert client.get(f"/api/projects/{PROJECT}/files", params={"path": "*"}).status_code == 422


@pytest.mark.parametrize(
    ("mode", "dest"),
    [("cors", "empty"), ("same-origin", "empty"), ("no-cors", "image"), ("navigate", "iframe"), ("navigate", "object"),
     ("websocket", "websocket"), ("no-cors", "script"), ("", "")],
)  # fmt: skip
def test_a_cookie_is_for_a_visit_and_opens_nothing_to_a_script_frame_or_picture(
    service: Service, mode: str, dest: str
) -> None:
    with browser(service, **{"Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}) as client:
        for path in ("/api/hello", "/api/projects", f"/api/projects/{PROJECT}/tree", "/api/changes"):
            assert client.get(path).status_code == 401, path
        assert client.get("/").status_code == 200  # says who one is, and nothing else


def test_an_administrator_s_cookie_is_a_cookie(service: Service) -> None:
    with browser(service, "token-ada") as client:
        answer = client.put(f"/api/projects/{PROJECT}/members/ada", json={"role": "owner"})
    assert answer.status_code == 403


def test_a_door_cannot_be_talked_into_being_another(service: Service) -> None:
    with browser(service, **{"X-Labarchive-Door": "python"}) as client:
        assert client.get("/api/hello").json()["door"] == "cookie"


@pytest.mark.parametrize("header", ["Bearer wrong", "Basic eDp5", "Bearer"])
def test_a_wrong_token_is_not_made_good_by_a_cookie(service: Service, header: str) -> None:
    with browser(service, Authorization=header) as client:
        assert client.get("/api/hello").status_code == 401


@pytest.mark.parametrize("token", ["token-wrong", "token-narrow", "token-other-service", ""])
def test_a_cookie_that_nobody_knows_is_nobody(service: Service, token: str) -> None:
    with browser(service, token) as client:
        assert client.get("/api/projects").status_code == 401
        answer = client.get("/")
        assert (answer.status_code, urlsplit(answer.headers["location"]).path) == (
            302,
            "/services/archive/login",
        )


def test_the_first_page_says_who_one_is_and_runs_no_script(service: Service) -> None:
    with browser(service) as client:
        page = client.get("/")
    assert page.status_code == 200
    assert "You are <b>olga</b>" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_signing_in_asks_the_hub_with_a_challenge_and_keeps_the_secret_here(service: Service) -> None:
    with browser(service, "") as client:
        answer = client.get("/login", params={"next": "/services/archive/api/projects"})
        asked = urlsplit(answer.headers["location"])
        words = {name: values[0] for name, values in parse_qs(asked.query).items()}
        assert asked.path == "/hub/api/oauth2/authorize"
        assert words["redirect_uri"] == "/services/archive/oauth_callback"
        assert (words["client_id"], words["code_challenge_method"]) == ("service-archive", "S256")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/services/archive/" in cookie
        secret = client.cookies["labarchive-signing-in"].split("|")[1]
        assert secret not in answer.headers["location"]


@pytest.mark.parametrize("state", ["", "another", None])
def test_a_sign_in_that_was_not_begun_here_is_refused(service: Service, state: str | None) -> None:
    with browser(service, "") as client:
        if state is not None:
            client.get("/login")
        answer = client.get("/oauth_callback", params={"code": "c", **({"state": state} if state else {})})
        assert answer.status_code == 422
        assert "labarchive-token" not in client.cookies


def test_signing_out_takes_the_cookie(service: Service) -> None:
    with browser(service) as client:
        answer = client.get("/logout")
    assert answer.headers["location"] == "/hub/logout"
    assert 'labarchive-token=""' in answer.headers["set-cookie"]


def test_no_other_site_s_script_reads_an_answer(service: Service) -> None:
    with browser(service, Origin="https://elsewhere.example") as client:
        for path in ("/api/projects", "/openapi.json", "/api/nothing", "/"):
            headers = client.get(path).headers
            assert "access-control-allow-origin" not in headers
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert headers["x-content-type-options"] == "nosniff"
        preflight = client.options(
            f"/api/projects/{PROJECT}/sayings", headers={"Access-Control-Request-Method": "POST"}
        )
        assert preflight.status_code == 405
