"""What is said over REST: signed, durable, once, undone; and told to who may hear it."""

import json
import threading
import time

import httpx
import pytest

from tests.rest.conftest import OTHER, PROJECT, Service


def scan_of(service: Service) -> str:
    return str(service.get(f"/projects/{PROJECT}/scans")["items"][0]["scan_id"])


def said(
    service: Service, person: str, verb: str, about: str, key: str = "", **payload: object
) -> httpx.Response:
    with service.client(person) as client:
        body = {"sayings": [{"verb": verb, "about": about, "payload": payload}]}
        headers = {"Idempotency-Key": key} if key else {}
        return client.post(f"/projects/{PROJECT}/sayings", json=body, headers=headers)


def test_a_rating_is_signed_by_its_person_and_seen_in_the_next_answer(service: Service) -> None:
    scan = scan_of(service)
    answer = said(service, "mia", "rating", scan, quality="unusable", reason="motion")
    assert answer.status_code == 200, answer.text
    row = service.get(f"/projects/{PROJECT}/scans/{scan}")
    assert (row["quality"], row["quality_reason"], row["quality_by"]) == ("unusable", "motion", "mia")
    newest = service.get(f"/projects/{PROJECT}/scans/{scan}/history")["items"][0]
    assert (newest["who"], newest["door"], newest["verb"], newest["undone"]) == (
        "mia",
        "rest",
        "rating",
        False,
    )


def test_the_same_key_says_it_once(service: Service) -> None:
    scan = scan_of(service)
    first = said(service, "mia", "tag", scan, "one-key", tag="once")
    again = said(service, "mia", "tag", scan, "one-key", tag="once")
    assert first.json() == again.json()
    other = said(service, "olga", "tag", scan, "one-key", tag="once")  # another person's key is another key
    assert other.json() != first.json()


def test_undo_takes_back_and_undoing_that_brings_back(service: Service) -> None:
    scan = scan_of(service)
    seq = said(service, "mia", "note", scan, note="to be taken back").json()["last"]
    with service.client("mia") as client:
        undo = client.post(f"/projects/{PROJECT}/undo", json={"seq": seq}).json()["last"]
        assert service.get(f"/projects/{PROJECT}/scans/{scan}")["note"] != "to be taken back"
        assert client.post(f"/projects/{PROJECT}/undo", json={"seq": undo}).status_code == 200
    assert service.get(f"/projects/{PROJECT}/scans/{scan}")["note"] == "to be taken back"


def test_a_saying_of_nothing_says_what_is_wrong(service: Service) -> None:
    answer = said(service, "mia", "rating", "scan_aaaaaaaaaa", quality="usable")
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    answer = said(service, "mia", "rating", scan_of(service), quality="lovely")
    assert answer.status_code == 422
    assert "usable" in answer.json()["hint"]


def test_a_search_is_saved_and_forgotten(service: Service) -> None:
    with service.client("mia") as client:
        client.put(f"/projects/{PROJECT}/selections/t1", json={"q": "kind:T1w"}).raise_for_status()
        saved = client.get(f"/projects/{PROJECT}/selections").json()["items"]
        assert saved == [{"name": "t1", "q": "kind:T1w", "who": "mia"}]
        client.delete(f"/projects/{PROJECT}/selections/t1").raise_for_status()
        assert client.get(f"/projects/{PROJECT}/selections").json()["items"] == []
        assert client.delete(f"/projects/{PROJECT}/selections/t1").status_code == 404


def test_changes_wait_for_the_next_event_and_hold_nobody_else_s(service: Service) -> None:
    since = service.get("/hello")["seq"]
    heard: list[dict[str, object]] = []

    def listen(person: str) -> None:
        heard.append({"person": person, **service.get("/changes", person, since=since, wait=5)})

    threads = [threading.Thread(target=listen, args=(person,)) for person in ("carl", "sam")]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    began = time.monotonic()
    seq = said(service, "mia", "tag", scan_of(service), tag="heard").json()["last"]
    for thread in threads:
        thread.join(10)
    by_person = {str(each["person"]): each for each in heard}
    assert [event["seq"] for event in by_person["carl"]["events"]] == [seq]  # type: ignore[attr-defined]
    assert by_person["sam"]["events"] == []
    assert time.monotonic() - began > 4  # who may not hear it waits on


def test_an_event_stream_is_resumed_where_it_broke(service: Service) -> None:
    since = service.get("/hello")["seq"]
    scan = scan_of(service)
    numbers = [said(service, "mia", "tag", scan, tag=f"t{n}").json()["last"] for n in range(3)]

    def heard(last: int, n: int) -> list[int]:
        got: list[int] = []
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(last)}
        with service.client("carl") as client, client.stream("GET", "/changes", headers=headers) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    got.append(json.loads(line[6:])["seq"])
                if len(got) == n:
                    return got
        return got

    first = heard(since, 1)
    assert first + heard(first[0], 2) == numbers


def test_a_revocation_holds_from_the_next_request_and_ends_the_stream(service: Service) -> None:
    with service.client("olga") as owner, service.client("sam") as sam:
        owner.put(f"/projects/{PROJECT}/members/sam", json={"role": "member"}).raise_for_status()
        assert sam.get(f"/projects/{PROJECT}").status_code == 200
        owner.delete(f"/projects/{PROJECT}/members/sam").raise_for_status()
        assert sam.get(f"/projects/{PROJECT}").status_code == 404
        since = service.get("/hello")["seq"]
        said(service, "mia", "tag", scan_of(service), tag="after")
        assert sam.get("/changes", params={"since": since}).json()["events"] == []


def test_visibility_opens_and_closes(service: Service) -> None:
    with service.client("olga") as owner, service.client("sam") as sam:
        for visibility, record, data in (
            ("public", 200, 200),
            ("protected", 200, 403),
            ("private", 404, 404),
        ):
            owner.put(f"/projects/{PROJECT}/visibility", json={"visibility": visibility}).raise_for_status()
            assert sam.get(f"/projects/{PROJECT}").status_code == record
            assert sam.get(f"/projects/{PROJECT}/scans").status_code == data


def test_the_last_owner_cannot_go(service: Service) -> None:
    with service.client("olga") as owner:
        answer = owner.delete(f"/projects/{PROJECT}/members/olga")
        assert answer.status_code == 403
        assert "another an owner" in answer.json()["hint"] or "somebody else" in answer.json()["hint"]
        assert owner.put(f"/projects/{PROJECT}/members/olga", json={"role": "member"}).status_code == 403


@pytest.mark.parametrize("project", [OTHER, "nowhere", "tau-pe"])
def test_what_is_not_there_and_what_is_not_yours_answer_alike(service: Service, project: str) -> None:
    with service.client("mia") as client:
        answer = client.get(f"/projects/{project}/scans")
    assert answer.status_code == 404
    assert answer.json()["detail"] == f"no project '{project}'"
    assert answer.json()["hint"] == "it does not exist, or you are not a member: ask an owner"


def test_a_form_is_filled_in_by_who_may_enter_and_its_score_comes_back(service: Service) -> None:
    session = service.get(f"/projects/{PROJECT}/sessions")["items"][0]["session_id"]
    answers = {item["name"]: 0 for item in service.get("/forms/nihss")["items"] if item["choices"]}
    answer = said(service, "mia", "entry", session, form="nihss", answers={**answers, "gaze": 2})
    assert answer.status_code == 200, answer.text
    with service.client("mia") as client:
        sql = {"sql": "select who, scores->'total'->>'value' as total from entry"}
        rows = client.post(
            f"/projects/{PROJECT}/sql", json=sql, headers={"Accept": "application/json"}
        ).json()
    assert rows["items"] == [{"who": "mia", "total": "2"}]
    wrong = said(service, "mia", "entry", session, form="nihss", answers={**answers, "gaze": 7})
    assert (wrong.status_code, wrong.json()["detail"]) == (422, "nihss: gaze has no 7: there are 0, 1, 2")
    assert said(service, "carl", "entry", session, form="nihss", answers=answers).status_code == 403
    assert {form["name"] for form in service.get("/forms", "carl")["items"]} >= {"nihss", "rating"}
