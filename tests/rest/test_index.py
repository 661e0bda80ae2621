"""An index run that is begun over REST goes on without whoever began it."""

import time
from pathlib import Path
from typing import Any

import pytest

from labarchive.phantom.making import make
from labarchive.records import Saying
from labarchive.wire import connect
from tests.rest.conftest import PROJECT, Service


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this module's own, to which something comes."""
    folder = tmp_path_factory.mktemp("nas") / "tau"
    make(folder, profile="tiny", seed=3)
    return folder


def test_what_came_since_is_found_by_a_run_that_a_member_begins(service: Service, example: Path) -> None:
    files = service.get(f"/projects/{PROJECT}/files")["total"]
    (example / "came.txt").write_text("since")
    with service.client("mia") as client:
        begun = client.post(f"/projects/{PROJECT}/index", json={"quick": True})
        assert begun.status_code == 202, begun.text
        key = begun.json()["key"]
        assert begun.json() == {"project": PROJECT, "roots": 1, "quick": True, "key": key}
        (work,) = [each for each in client.get("/hello").json()["work"] if each["kind"] == "quick"]
        assert work["project"] == PROJECT
        assert client.post(f"/projects/{PROJECT}/index", json={}).status_code == 409  # it is not disturbed
    ended = ended_run(service)
    assert (ended["key"], ended["problem"]) == (key, None)
    assert (ended["summary"]["new"], ended["summary"]["complete"]) == (1, True)
    assert service.get(f"/projects/{PROJECT}/files")["total"] == files + 1


def ended_run(service: Service) -> dict[str, Any]:
    """How the last run ended, once it has."""
    until = time.monotonic() + 60
    while (state := service.get(f"/projects/{PROJECT}/index", "mia"))["work"]:
        assert time.monotonic() < until, "it goes on"
        time.sleep(0.1)
    return dict(state)


def test_a_run_is_begun_once_for_a_key(service: Service) -> None:
    with service.client("mia") as client:
        for _ in range(2):
            headers = {"Idempotency-Key": "once"}
            begun = client.post(f"/projects/{PROJECT}/index", json={}, headers=headers)
            assert (begun.status_code, begun.json()["key"]) == (202, "once")
    assert ended_run(service)["summary"]["new"] == 0


def test_a_folder_that_is_none_of_the_project_s_is_refused_in_a_sentence(
    service: Service, example: Path, tmp_path: Path
) -> None:
    with service.client("mia") as client:
        refused = client.post(f"/projects/{PROJECT}/index", json={"roots": [str(tmp_path)]})
        assert (refused.status_code, str(tmp_path) in refused.text) == (422, False)
        assert "not one of the folders" in refused.json()["detail"]
        own = client.post(f"/projects/{PROJECT}/index", json={"roots": [f"{example}/"]})
        assert own.status_code == 202, own.text
    assert ended_run(service)["summary"]["complete"]


def test_a_run_that_fails_says_what_and_what_next_and_no_path(service: Service, example: Path) -> None:
    names = service.home.names
    names.write_text("this is no TOML [")
    try:
        with service.client("mia") as client:
            client.post(f"/projects/{PROJECT}/index", json={}).raise_for_status()
        problem = ended_run(service)["problem"]
    finally:
        names.unlink()
    assert problem["error"] == "BadInput"
    assert problem["detail"]
    assert problem["hint"]
    assert str(example) not in str(problem)


@pytest.mark.parametrize(("person", "status"), [("carl", 403), ("sam", 404)])
def test_who_may_not_import_begins_nothing(service: Service, person: str, status: int) -> None:
    with service.client(person) as client:
        assert client.post(f"/projects/{PROJECT}/index", json={}).status_code == status
        assert client.get(f"/projects/{PROJECT}/index").status_code == status


def test_a_project_without_folders_says_how_it_gets_one(service: Service) -> None:
    connect(service.home).say([Saying("project", "empty", "")])
    with service.client("ada") as admin:
        answer = admin.post("/projects/empty/index", json={})
    assert answer.status_code == 404
    assert "labarchive index" in answer.json()["hint"]
