"""Over REST: a protocol is given and read, visits and settings are told, raters agree or somebody settles it."""

import json

import pytest

from tests.rest.conftest import PROJECT, Service

TEXT = """
[visit.baseline]
window = [-14, 14]
needs = { T1w = 1 }
[visit.m06]
day = 180
window = [150, 210]
needs = { T1w = 1 }
[limit.T1w]
tr = 1
SoftwareVersions = "nobody's"
exclude = ["tr"]
"""


@pytest.fixture
def planned(service: Service) -> Service:
    about = service.get(f"/projects/{PROJECT}")["project_id"]
    saying = {"verb": "protocol", "about": about, "payload": {"text": TEXT}}
    service.post(f"/projects/{PROJECT}/sayings", {"sayings": [saying]}, "mia")
    return service


def test_a_protocol_is_given_and_what_is_wrong_in_it_is_said(service: Service) -> None:
    nothing = service.get(f"/projects/{PROJECT}/protocol", "carl")
    assert (nothing["text"], nothing["visits"]) == ("", [])
    assert service.get(f"/projects/{PROJECT}/visits", "carl")["total"] == 0
    text = service.get(f"/projects/{PROJECT}/protocol/draft", "carl")["text"]
    about = service.get(f"/projects/{PROJECT}")["project_id"]
    with service.client("mia") as client:
        for words, status in ((text, 200), ("[visit.a]\n[visit.b]", 422)):
            saying = {"verb": "protocol", "about": about, "payload": {"text": words}}
            answer = client.post(f"/projects/{PROJECT}/sayings", json={"sayings": [saying]})
            assert answer.status_code == status, answer.text
        assert "visit b: day is None" in answer.json()["detail"]
    with service.client("carl") as client:
        answer = client.post(f"/projects/{PROJECT}/sayings", json={"sayings": [saying]})
        assert answer.status_code == 403
    told = service.get(f"/projects/{PROJECT}/protocol", "carl")
    assert (told["text"], told["who"]) == (text, "mia")
    assert told["visits"][0]["day"] == 0


def test_visits_and_settings_are_told(planned: Service) -> None:
    columns = planned.get(f"/projects/{PROJECT}/visits", "carl")["columns"]
    assert {"missing", "unreviewed"} & set(columns["status"])
    assert set(columns["visit"]) == {"baseline", "m06"}
    limits = {
        row["parameter"]: row
        for row in planned.get(f"/projects/{PROJECT}/compliance", "carl", kind="T1w")["items"]
    }
    assert limits["tr"]["others"] == limits["tr"]["scans"] > 0
    assert (limits["tr"]["planned"], limits["tr"]["verdict"]) == ("1", "exclude")
    assert planned.get(f"/projects/{PROJECT}/compliance", "carl", kind="FLAIR")["items"] == []
    found = planned.get(f"/projects/{PROJECT}/deviations", "carl", kind="T1w")
    assert found["total"] >= limits["tr"]["others"]
    rows = planned.post(
        f"/projects/{PROJECT}/sql",
        {"sql": "select count(*) as n from deviation where parameter = 'tr'"},
        "carl",
    )
    assert rows["items"][0]["n"] == limits["tr"]["others"]


def rate(service: Service, person: str, scans: list[str], quality: str, **words: object) -> int:
    payload = {"quality": quality, **({"reason": ["motion"]} if quality != "usable" else {}), **words}
    with service.client(person) as client:
        answer = client.post(f"/projects/{PROJECT}/sayings", json={"sayings": [{"verb": "rating", "about": scan, "payload": payload} for scan in scans]})  # fmt: skip
    return answer.status_code


def test_disputes_are_told_without_names_and_settled_by_somebody_else(service: Service) -> None:
    scans = [each["scan_id"] for each in service.get(f"/projects/{PROJECT}/scans")["items"]][:4]
    assert rate(service, "mia", scans, "usable", seconds=9) == 200
    assert rate(service, "ada", scans[:3], "usable", note="fine") == 200
    assert rate(service, "ada", scans[3:], "unusable") == 200
    found = service.get(f"/projects/{PROJECT}/agreement", "olga")
    (pair,) = found["pairs"]
    assert (pair["n"], pair["percent"]["value"]) == (4, 0.75)
    assert pair["counts"] == [[3, 0, 0], [0, 0, 0], [1, 0, 0]]
    assert {rater["who"]: rater["n"] for rater in found["raters"]} == {"mia": 4, "ada": 4}
    (dispute,) = found["disputes"]
    assert [said["quality"] for said in dispute["said"]] == ["unusable", "usable"]
    assert not any(name in json.dumps(dispute) for name in ("mia", "ada"))
    assert (dispute["mine"], dispute["settled"], dispute["quality"]) == (False, False, "unusable")
    assert service.get(f"/projects/{PROJECT}/agreement", "mia")["disputes"][0]["mine"]
    assert rate(service, "mia", scans[3:], "questionable", settles=True) == 422
    assert rate(service, "olga", scans[3:], "questionable", settles=True) == 200
    (dispute,) = service.get(f"/projects/{PROJECT}/agreement", "olga")["disputes"]
    assert (dispute["settled"], dispute["quality"]) == (True, "questionable")
    after = service.get(f"/projects/{PROJECT}/agreement", "olga")
    assert {rater["who"] for rater in after["raters"]} == {"mia", "ada"}  # a verdict is no opinion
    assert service.get(f"/projects/{PROJECT}/agreement", "olga", q="kind:none")["raters"] == []
