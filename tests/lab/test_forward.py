"""The browser reaches the REST app through the person's own server: as that person, piece by piece, both ways."""

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from labarchive.settings import Home
from labarchive.wire import connect
from tests.lab.conftest import Jupyter, served, words


def test_an_answer_comes_through_with_its_etag(through: httpx.Client) -> None:
    answer = through.get("api/projects", params={"kind": "T1w", "q": 'label:*a* "b c"'})
    assert answer.status_code == 200
    assert answer.headers["etag"] == 'W/"7.1"'
    assert answer.headers["content-type"] == "application/json"
    assert words(answer)["query"] == "kind=T1w&q=label%3A%2Aa%2A+%22b+c%22"


def test_the_upstream_hears_who_the_server_is_and_nothing_of_the_browser(
    through: httpx.Client, jupyter: Jupyter
) -> None:
    through.cookies.set("session", "secret")
    answer = through.get(
        "api/hello", headers={"Accept": "text/csv", "Origin": jupyter.address, "X-Other": "1"}
    )
    heard = words(answer)["headers"]
    assert isinstance(heard, dict)
    assert heard["accept"] == "text/csv"
    assert heard.get("authorization") in ("Bearer hubs", None)
    assert jupyter.token not in str(heard)
    assert {"cookie", "origin", "x-other", "referer"}.isdisjoint(heard)


def test_the_browser_hears_nothing_of_the_upstream_but_the_answer(through: httpx.Client) -> None:
    answer = through.get("api/hello")
    assert "set-cookie" not in answer.headers or "service=" not in answer.headers["set-cookie"]
    assert "x-inner" not in answer.headers


def test_a_path_comes_through_as_it_was_written(through: httpx.Client) -> None:
    answer = through.get("api/projects/tau%2Fpet/scans/scan_a%20b")
    assert str(words(answer)["path"]).endswith("/api/projects/tau%2Fpet/scans/scan_a%20b")


@pytest.mark.parametrize(
    "path", ["api/../../hub", "api/%2e%2e/%2e%2e/hub", "api/..%2f..%2fhub", "api/a%5c..%5cb"]
)
def test_a_path_that_climbs_is_nothing(jupyter: Jupyter, path: str) -> None:
    jupyter.up()
    target = f"{jupyter.address}labarchive/{path}".encode()
    request = httpx.Request("GET", jupyter.address, headers={"Authorization": f"token {jupyter.token}"},
                            extensions={"target": target.split(b":", 2)[2].lstrip(b"0123456789")})  # fmt: skip
    with httpx.Client() as client:
        assert client.send(request).status_code == 404


@pytest.mark.parametrize("path", ["v1/hello", "docs", "apis"])
def test_nothing_but_the_api_is_forwarded(through: httpx.Client, path: str) -> None:
    assert through.get(path).status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_without_the_servers_token_nothing_is_asked(jupyter: Jupyter, method: str) -> None:
    jupyter.up()
    with jupyter.client(token="wrong") as client:
        assert client.request(method, "api/hello", content=b"x" * 10).status_code == 403


def test_a_refusal_says_that_its_connection_ends(jupyter: Jupyter) -> None:
    jupyter.up()
    with jupyter.client(token="wrong") as nobody:
        answer = nobody.get("api/hello")
        assert answer.status_code == 403
        assert answer.headers["Connection"] == "close"
    with jupyter.client() as through:
        assert "Connection" not in through.get("api/hello").headers


def test_another_sites_page_can_neither_read_nor_write(jupyter: Jupyter) -> None:
    jupyter.up()
    each_anew = httpx.Limits(max_keepalive_connections=0)  # who is refused is hung up on
    with httpx.Client(base_url=f"{jupyter.address}labarchive/", limits=each_anew) as browser:
        browser.get(f"{jupyter.address}api/status", params={"token": jupyter.token})
        assert browser.get("api/hello").status_code == 200  # by the cookie
        elsewhere = {"Origin": "http://elsewhere.example"}
        assert browser.get("api/hello", headers=elsewhere).status_code == 404
        assert browser.post("api/digest", headers=elsewhere).status_code in (403, 404)
        assert browser.post("api/digest").status_code == 403  # Lab's own page sends the XSRF token


def test_a_range_is_a_range(through: httpx.Client, big_file: Path) -> None:
    answer = through.get("api/file", headers={"Range": "bytes=1000-1999"})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == "bytes 1000-1999/5000000"
    assert answer.content == big_file.read_bytes()[1000:2000]


def test_a_whole_file_keeps_its_length_and_bytes(through: httpx.Client, big_file: Path) -> None:
    answer = through.get("api/file")
    assert answer.headers["content-length"] == "5000000"
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(big_file.read_bytes()).digest()


def test_head_says_the_length_and_sends_nothing(through: httpx.Client) -> None:
    answer = through.head("api/file")
    assert answer.headers["content-length"] == "5000000"
    assert answer.content == b""


def test_not_modified_stays_that(through: httpx.Client) -> None:
    answer = through.get("api/same", headers={"If-None-Match": 'W/"7.1"'})
    assert answer.status_code == 304
    assert answer.headers["etag"] == 'W/"7.1"'


def test_the_first_piece_is_there_before_the_second_is_made(through: httpx.Client, jupyter: Jupyter) -> None:
    with through.stream("GET", "api/two") as answer:
        pieces = answer.iter_raw()
        assert next(pieces) == b"first"
        with jupyter.client() as other:
            assert other.post("api/release").status_code == 204
        assert next(pieces) == b"second"


def test_a_body_goes_up_in_pieces(through: httpx.Client) -> None:
    piece = os.urandom(100_000)

    def body() -> Iterator[bytes]:
        for _ in range(50):
            yield piece

    answer = through.post("api/digest", content=body())
    assert answer.status_code == 201
    assert words(answer) == {"sha256": hashlib.sha256(piece * 50).hexdigest(), "bytes": 5_000_000}


def test_an_answer_before_the_bodys_end_is_heard(through: httpx.Client) -> None:
    assert through.post("api/refuse", content=os.urandom(4_000_000)).status_code == 413


def test_events_come_as_they_happen_and_end_with_the_listener(
    through: httpx.Client, jupyter: Jupyter
) -> None:
    headers = {"Accept": "text/event-stream", "Last-Event-ID": "41"}
    with through.stream("GET", "api/changes", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == "id: 42"
        with jupyter.client() as other:
            assert other.get("api/listening").json() == 1
    until = time.monotonic() + 5
    with jupyter.client() as other:
        while other.get("api/listening").json() and time.monotonic() < until:
            time.sleep(0.05)
        assert other.get("api/listening").json() == 0


def test_an_answer_that_breaks_off_looks_broken(through: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        through.get("api/cut")


def test_a_page_in_an_answer_cannot_run_as_lab(through: httpx.Client) -> None:
    policy = through.get("api/page").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")


def test_the_document_of_the_api_is_there(through: httpx.Client) -> None:
    assert str(words(through.get("openapi.json"))["path"]).endswith("/openapi.json")


def test_a_dead_upstream_is_said_as_a_problem_and_found_again(jupyter: Jupyter) -> None:
    jupyter.down()
    with jupyter.client() as client:
        answer = client.get("api/hello")
        said = words(answer)
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(said) == {"type", "title", "status", "detail", "hint"}
        assert answer.status_code == said["status"]
        assert said["hint"]
        jupyter.up()
        assert client.get("api/hello").status_code == 200


def test_an_upstream_that_dies_under_a_request_is_a_problem_too(jupyter: Jupyter) -> None:
    jupyter.up()
    with jupyter.client() as client:
        client.get("api/hello")
        jupyter.down()
        jupyter.up()  # the kept connection is dead
        assert client.post("api/digest", content=b"x").status_code == 201


def test_the_first_request_starts_the_owner(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    connect(home).close()  # somebody made this archive
    end(home)
    with served(tmp_path, {"LABARCHIVE_HOME": str(home.path)}) as jupyter, jupyter.client() as client:
        assert client.get("api/nothing-that-exists").status_code == 404
    end(home)


def test_looking_into_an_archive_that_nobody_made_does_not_make_it(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with served(tmp_path, {"LABARCHIVE_HOME": str(home.path)}) as jupyter, jupyter.client() as client:
        answer = client.get("api/hello")
        assert (answer.status_code, words(answer)["detail"]) == (404, "there is no archive yet")
        assert "labarchive index" in str(words(answer)["hint"])
    assert not home.path.exists()


def end(home: Home) -> None:
    """The owner of this home leaves."""
    owner = connect(home, start=False)
    pid = int(owner.hello()["pid"])
    os.kill(pid, 15)
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        time.sleep(0.05)
