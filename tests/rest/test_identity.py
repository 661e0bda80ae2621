"""Tokens are the hub's: it says whose they are, and when it cannot, known people go on."""

import subprocess
import time

import httpx
import pytest

from labarchive.server.rest.callers import REMEMBERED
from tests.rest.conftest import PROJECT, Service


def status(service: Service, person: str, **headers: str) -> int:
    with service.client(person) as client:
        return client.get("/hello", headers=headers).status_code


def listen(service: Service, person: str) -> tuple[httpx.Client, httpx.Response]:
    client = service.client(person)
    request = client.build_request("GET", "/changes", headers={"Accept": "text/event-stream"})
    return client, client.send(request, stream=True)


def ended(stream: httpx.Response) -> float:
    """Seconds until it ends by itself."""
    began = time.monotonic()
    for _ in stream.iter_raw():
        pass
    return time.monotonic() - began


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "token", "Token"])
def test_both_words_for_a_token_are_taken(service: Service, scheme: str) -> None:
    assert status(service, "", Authorization=f"{scheme} token-mia") == 200


@pytest.mark.parametrize("given", ["Basic bWlhOnRva2Vu", "token-mia", "Bearer", "Bearer token mia"])
def test_what_is_no_token_is_nobody(service: Service, given: str) -> None:
    assert status(service, "", Authorization=given) == 401


def test_a_token_in_the_address_is_not_taken(service: Service) -> None:
    with service.client("") as client:
        assert client.get("/hello", params={"token": "token-mia"}).status_code == 401


def test_an_expired_token_ends_within_seconds_and_so_does_its_stream(service: Service) -> None:
    service.tokens["token-temp"] = "mia"
    assert status(service, "temp") == 200
    client, stream = listen(service, "temp")
    del service.tokens["token-temp"]
    assert ended(stream) < 2 * REMEMBERED + 1
    assert status(service, "temp") == 401
    client.close()


def test_a_revoked_member_s_stream_ends_at_once(service: Service) -> None:
    with service.client("olga") as owner:
        owner.put(f"/projects/{PROJECT}/members/sam", json={"role": "member"}).raise_for_status()
        client, stream = listen(service, "sam")
        time.sleep(0.5)
        owner.delete(f"/projects/{PROJECT}/members/sam").raise_for_status()
    assert ended(stream) < 1
    assert client.get(f"/projects/{PROJECT}/tree").status_code == 404
    client.close()


def test_another_s_revocation_ends_nobody_else_s_stream(service: Service) -> None:
    with service.client("olga") as owner:
        client, stream = listen(service, "carl")
        lines = stream.iter_lines()
        owner.put(f"/projects/{PROJECT}/members/sam", json={"role": "member"}).raise_for_status()
        owner.delete(f"/projects/{PROJECT}/members/sam").raise_for_status()
        heard = 0
        while heard < 2:
            heard += next(lines).startswith("data: ")
        stream.close()
        client.close()


def test_without_the_hub_who_was_known_goes_on_and_who_is_new_is_told_to_wait(service: Service) -> None:
    assert status(service, "mia") == 200
    service.stop_hub()
    time.sleep(REMEMBERED + 0.5)
    assert status(service, "mia") == 200
    with service.client("newcomer") as client:
        answer = client.get("/hello")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["title"] == "Not now"


def test_the_archive_s_own_user_needs_no_token_at_the_socket(service: Service) -> None:
    transport = httpx.HTTPTransport(uds=str(service.home.socket))
    with httpx.Client(transport=transport, base_url="http://archive/api") as client:
        said = client.get("/hello").json()
        account = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        assert (said["who"], said["admin"], said["projects"]) == (account, True, 2)
        assert client.get("/projects/tau-pet").json()["role"] == "owner"
