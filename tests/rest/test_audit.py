"""Who looked at whom over REST, and who may know."""

import json
from typing import Any

from tests.rest.conftest import PROJECT, Service


def newest(service: Service, subject: str = "", n: int = 1) -> list[dict[str, Any]]:
    words = {"project": PROJECT, "limit": n, **({"subject": subject} if subject else {})}
    return list(service.get("/audit", **words)["items"])


def test_rows_that_tell_who_it_is_are_noted_with_their_subjects(service: Service) -> None:
    files = service.get(f"/projects/{PROJECT}/files", "mia", limit=5)["items"]
    scans = {row["scan_id"] for row in files}
    every = service.get(f"/projects/{PROJECT}/scans", "carl", limit=1000)["items"]
    subjects = {row["subject_id"] for row in every if row["scan_id"] in scans}
    (look,) = newest(service)
    assert (look["who"], look["door"], look["verb"], look["about"]) == ("mia", "rest", "read", "files")
    assert (set(look["subjects"]), look["n"], look["where"]) == (subjects, 5, "127.0.0.1")


def test_who_may_not_identify_is_shown_nothing_that_must_be_noted(service: Service) -> None:
    before = newest(service)
    for level in ("subjects", "sessions", "scans", "files"):
        service.get(f"/projects/{PROJECT}/{level}", "carl")
    assert newest(service) == before


def test_a_whole_table_is_noted_before_its_first_row_is_sent(service: Service) -> None:
    with service.client("mia") as client:
        client.get(f"/projects/{PROJECT}/sessions", headers={"Accept": "text/csv"}).raise_for_status()
    (look,) = newest(service)
    total = service.get(f"/projects/{PROJECT}/sessions", "carl")["total"]
    assert (look["about"], look["subjects"], look["n"]) == ("sessions", [], total)


def test_a_subject_s_story_names_looks_and_sayings_and_their_addresses(service: Service) -> None:
    scan = service.get(f"/projects/{PROJECT}/scans", "carl", format="DICOM")["items"][0]
    with service.client("mia") as mia:
        headers = {"X-Forwarded-For": "10.1.2.3, 10.9.8.7"}
        mia.get(f"/projects/{PROJECT}/scans/{scan['scan_id']}/header", headers=headers).raise_for_status()
        said = {"sayings": [{"verb": "note", "about": scan["scan_id"], "payload": {"note": "seen"}}]}
        mia.post(f"/projects/{PROJECT}/sayings", json=said, headers=headers).raise_for_status()
    for subject in (scan["subject_id"], scan["subject"]):
        note, look = newest(service, subject, 2)
        assert (note["verb"], note["about"], note["payload"]["note"]) == ("note", scan["scan_id"], "seen")
        assert (look["verb"], look["about"], look["subjects"]) == ("read", "header", [scan["subject_id"]])
        assert note["where"] == look["where"] == "10.9.8.7"
    history = service.get(f"/projects/{PROJECT}/scans/{scan['scan_id']}/history", "carl")["items"]
    assert "10.9.8.7" not in json.dumps(history)
    changes = service.get("/changes", "carl", since=history[0]["seq"] - 1)
    assert "10.9.8.7" not in json.dumps(changes)


def test_the_command_line_tells_the_same_story(service: Service) -> None:
    subject = service.get(f"/projects/{PROJECT}/subjects", "mia")["items"][0]
    service.get(f"/projects/{PROJECT}/scans", "mia", subject=subject["subject"])
    done = service.run("audit", f"{PROJECT}/{subject['subject']}", "--json")
    told = json.loads(done.stdout)["items"][0]
    assert (told["who"], told["about"], told["subjects"]) == ("mia", "scans", [subject["subject_id"]])
    assert "mia" in service.run("audit", f"{PROJECT}/{subject['subject']}").stdout
    assert "scans" in service.run("audit", PROJECT).stdout
