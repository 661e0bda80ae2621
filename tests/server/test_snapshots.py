"""Snapshots over HTTP: the generation of now, by digest and by Range, whole or general by what one may."""

import hashlib
import io
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pyarrow.parquet as pq
import pytest

from labarchive.catalogue.generation import GENERAL, IDENTIFIED
from tests.server.conftest import OTHER, PROJECT, Service

AT = f"/projects/{PROJECT}/snapshots"


def test_the_manifest_names_files_that_are_what_it_says(service: Service) -> None:
    now = service.get(f"{AT}/current", "mia")
    assert now["identified"]
    assert set(now["files"]) == set(IDENTIFIED)
    with service.client("mia") as client:
        for files in now["files"].values():
            for file in files:
                content = client.get(f"{AT}/{now['generation']}/{file['name']}").content
                assert len(content) == file["bytes"]
                assert hashlib.sha256(content).hexdigest() == file["sha256"]


def test_without_identify_there_is_the_general_part_only(service: Service) -> None:
    now = service.get(f"{AT}/current", "carl")
    assert not now["identified"]
    assert set(now["files"]) == set(GENERAL)
    assert "person_fact" not in now["files"]
    whole = service.get(f"{AT}/current", "mia")
    with service.client("carl") as client:
        for files in whole["files"].values():
            for file in files:
                answer = client.get(f"{AT}/{whole['generation']}/{file['name']}")
                apart = file["name"].startswith("identified/")
                assert answer.status_code == (403 if apart else 200), file["name"]


def test_the_general_part_holds_the_scans(service: Service) -> None:
    now = service.get(f"{AT}/current", "carl")
    with service.client("carl") as client:
        content = client.get(f"{AT}/{now['generation']}/{now['files']['scan_fact'][0]['name']}").content
    table = pq.read_table(io.BytesIO(content))
    assert len(table["scan_id"].unique()) == service.get(f"/projects/{PROJECT}/scans")["total"]
    assert table["folder"].null_count == table.num_rows


def test_a_file_is_read_from_anywhere_and_never_twice(service: Service) -> None:
    now = service.get(f"{AT}/current", "mia")
    address = f"{AT}/{now['generation']}/identified/scan_fact.parquet"
    with service.client("mia") as client:
        whole = client.get(address)
        tag = whole.headers["etag"]
        part = client.get(address, headers={"Range": "bytes=100-", "If-Range": tag})
        assert (part.status_code, part.content) == (206, whole.content[100:])
        assert part.headers["content-range"] == f"bytes 100-{len(whole.content) - 1}/{len(whole.content)}"
        assert client.get(address, headers={"Range": "bytes=-7"}).content == whole.content[-7:]
        assert client.get(address, headers={"Range": "bytes=0-0"}).content == whole.content[:1]
        other = client.get(address, headers={"Range": "bytes=100-", "If-Range": '"another"'})
        assert (other.status_code, other.content) == (200, whole.content)
        beyond = client.get(address, headers={"Range": f"bytes={len(whole.content)}-"})
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(whole.content)}")
        same = client.get(address, headers={"If-None-Match": tag})
        assert (same.status_code, same.content) == (304, b"")
        head = client.head(address)
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(whole.content)))
    assert "last-modified" not in whole.headers


def test_an_unchanged_manifest_is_not_sent_again(service: Service) -> None:
    with service.client("mia") as client:
        tag = client.get(f"{AT}/current").headers["etag"]
        assert client.get(f"{AT}/current", headers={"If-None-Match": tag}).status_code == 304
    with service.client("carl") as client:
        assert client.get(f"{AT}/current", headers={"If-None-Match": tag}).status_code == 200


def test_who_said_something_waits_for_it(service: Service) -> None:
    scan = service.get(f"/projects/{PROJECT}/scans")["items"][0]["scan_id"]
    said = [{"verb": "rating", "about": scan, "payload": {"quality": "usable"}}]
    with service.client("mia") as client:
        last = client.post(f"/projects/{PROJECT}/sayings", json={"sayings": said}).json()["last"]
        now = client.get(f"{AT}/current", params={"min_seq": last}).json()
        assert now["seq"] >= last
        assert client.get(f"{AT}/current", params={"min_seq": 10**9}).status_code == 422
        assert client.get(f"{AT}/current", params={"min_seq": "x"}).status_code == 422


@pytest.mark.parametrize(
    "name",
    [
        "manifest.json", "general.json", "../../catalogue.duckdb", "..%2F..%2Fcatalogue.duckdb", "identified/",
        "identified/../manifest.json", "identified/project_fact.parquet", "person_fact.parquet", "nothing.parquet",
        "saying_fact/../scan_fact.parquet", "scan_fact.parquet/", "%2Fetc%2Fpasswd",
    ],
)  # fmt: skip
def test_nothing_else_of_a_home_is_given_out(service: Service, name: str) -> None:
    now = service.get(f"{AT}/current", "mia")
    address = urlsplit(f"{service.url}/api{AT}/{now['generation']}/{name}")
    line = HTTPConnection(address.hostname or "", address.port)  # httpx would put the path right
    line.request("GET", address.path, headers={"Authorization": "Bearer token-mia"})
    assert line.getresponse().status == 404
    line.close()


def test_a_generation_that_is_gone_is_not_found(service: Service) -> None:
    with service.client("mia") as client:
        assert client.get(f"{AT}/999999/scan_fact.parquet").status_code == 404


def test_what_somebody_fetches_stays_while_they_fetch_it(service: Service, example: object) -> None:
    before = service.get(f"{AT}/current", "mia")
    with service.client("mia") as client:
        for n in range(5):  # regrouping changes facts, and facts make generations
            subjects = service.get(f"/projects/{PROJECT}/subjects")["items"]
            sessions = service.get(f"/projects/{PROJECT}/sessions", subject=subjects[0]["subject"])["items"]
            verb = (
                {
                    "verb": "split",
                    "about": subjects[0]["subject_id"],
                    "payload": {"sessions": [sessions[0]["session_id"]]},
                }
                if n % 2 == 0
                else {
                    "verb": "merge",
                    "about": subjects[-1]["subject_id"],
                    "payload": {"into": subjects[0]["subject_id"]},
                }
            )
            client.post(f"/projects/{PROJECT}/sayings", json={"sayings": [verb]}).raise_for_status()
            assert client.get(f"{AT}/current").json()["generation"] > before["generation"]
        assert client.get(f"{AT}/{before['generation']}/identified/scan_fact.parquet").status_code == 200


def test_each_fetch_of_the_identified_part_is_in_the_audit(service: Service) -> None:
    now = service.get(f"{AT}/current", "olga")
    with service.client("olga") as client:
        client.get(f"{AT}/{now['generation']}/identified/person_fact.parquet").raise_for_status()
    looks = service.get("/audit", "ada", project=PROJECT)["items"]
    assert ("olga", "snapshot") in {(look["who"], look["about"]) for look in looks}


def test_a_stranger_finds_no_project_and_a_reader_none_either(service: Service) -> None:
    for person in ("sam", "rhea"):
        with service.client(person) as client:
            for address in (
                f"{AT}/current",
                f"{AT}/1/scan_fact.parquet",
                "/projects/nothing/snapshots/current",
            ):
                assert client.get(address).status_code == 404
    with service.client("sam") as client:
        assert client.get(f"/projects/{OTHER}/snapshots/current").status_code == 200


def test_a_revoked_member_is_refused_from_the_next_request(service: Service) -> None:
    now = service.get(f"{AT}/current", "mia")
    address = f"{AT}/{now['generation']}/identified/scan_fact.parquet"
    with service.client("mia") as mia, service.client("olga") as olga:
        assert mia.get(address).status_code == 200
        olga.delete(f"/projects/{PROJECT}/members/mia").raise_for_status()
        assert mia.get(address).status_code == mia.get(f"{AT}/current").status_code == 404
        olga.put(f"/projects/{PROJECT}/members/mia", json={"role": "collaborator"}).raise_for_status()
        assert mia.get(address).status_code == 403
        olga.put(f"/projects/{PROJECT}/members/mia", json={"role": "member"}).raise_for_status()
        assert mia.get(address).status_code == 200
