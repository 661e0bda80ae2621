"""Every route of the document, tried by everybody: the table of expected answers that isolation rests on."""

import time
from typing import Any

import pytest

from labarchive.access import Standing
from tests.rest.conftest import PROJECT, ROLES, Service

NEEDS = {
    # operation: verb, scope; None where being signed in is enough
    ("GET", "/api/hello"): None,
    ("GET", "/api/projects"): None,
    ("GET", "/api/dictionary"): None,
    ("GET", "/api/changes"): None,
    ("GET", "/api/forms"): None,
    ("GET", "/api/forms/{name}"): None,
    ("GET", "/api/projects/{project}/queue"): ("rate", "data"),
    ("GET", "/api/projects/{project}/lightbox"): ("read", "data"),
    ("POST", "/api/projects/{project}/queue/claims"): ("rate", "data"),
    ("GET", "/api/projects/{project}/scans/{name}/draft"): ("rate", "data"),
    ("PUT", "/api/projects/{project}/scans/{name}/draft"): ("rate", "data"),
    ("POST", "/api/projects/{project}/check"): ("read", "data"),
    ("GET", "/api/projects/{project}/outliers"): ("read", "data"),
    ("GET", "/api/projects/{project}/forms/{form}"): ("enter", "data"),
    ("GET", "/api/projects/{project}/forms/{form}/{name}"): ("enter", "data"),
    ("PUT", "/api/projects/{project}/forms/{form}/{name}/draft"): ("enter", "data"),
    ("GET", "/api/projects/{project}/protocol"): ("read", "data"),
    ("GET", "/api/projects/{project}/protocol/draft"): ("read", "data"),
    ("GET", "/api/projects/{project}/visits"): ("read", "data"),
    ("GET", "/api/projects/{project}/compliance"): ("read", "data"),
    ("GET", "/api/projects/{project}/deviations"): ("read", "data"),
    ("GET", "/api/projects/{project}/agreement"): ("read", "data"),
    ("GET", "/api/projects/{project}/measures"): ("read", "data"),
    ("GET", "/api/projects/{project}/measures/{name}"): ("read", "data"),
    ("GET", "/api/projects/{project}/scans/{name}/metrics"): ("read", "data"),
    ("GET", "/api/audit"): ("manage", "project"),
    ("GET", "/api/projects/{project}"): ("read", "project"),
    ("GET", "/api/projects/{project}/tree"): ("read", "data"),
    ("GET", "/api/projects/{project}/facets"): ("read", "data"),
    ("GET", "/api/projects/{project}/suggest"): ("read", "data"),
    ("GET", "/api/projects/{project}/code"): ("read", "data"),
    ("GET", "/api/projects/{project}/{plural}"): ("read", "data"),
    ("GET", "/api/projects/{project}/{plural}/{name}"): ("read", "data"),
    ("GET", "/api/projects/{project}/{plural}/{name}/history"): ("read", "data"),
    ("GET", "/api/projects/{project}/{plural}/{name}/conflicts"): ("read", "data"),
    ("GET", "/api/projects/{project}/{plural}/{name}/duplicates"): ("read", "data"),
    ("GET", "/api/projects/{project}/scans/{name}/header"): ("read", "data"),
    ("GET", "/api/projects/{project}/snapshots/current"): ("read", "data"),
    ("GET", "/api/projects/{project}/snapshots/{generation}/{file}"): ("identify", "data"),
    ("GET", "/api/projects/{project}/scans/{scan}/files"): ("identify", "data"),
    ("GET", "/api/projects/{project}/scans/{scan}/files/{name}"): ("identify", "data"),
    ("GET", "/api/projects/{project}/scans/{scan}/mosaic.webp"): ("read", "data"),
    ("GET", "/api/projects/{project}/scans/{scan}/thumbnail.webp"): ("read", "data"),
    ("GET", "/api/projects/{project}/scans/{scan}/sprite.jpeg"): ("read", "data"),
    ("GET", "/api/projects/{project}/scans/{scan}/volume.nii.gz"): ("read", "data"),
    ("GET", "/api/projects/{project}/selection.tar"): ("identify", "data"),
    ("GET", "/api/projects/{project}/selection.zip"): ("identify", "data"),
    ("POST", "/api/projects/{project}/sql"): ("read", "data"),
    ("GET", "/api/projects/{project}/selections"): ("read", "data"),
    ("GET", "/api/projects/{project}/members"): ("read", "data"),
    ("POST", "/api/projects/{project}/sayings"): ("rate", "data"),
    ("POST", "/api/projects/{project}/undo"): ("label", "data"),
    ("POST", "/api/projects/{project}/index"): ("import", "data"),
    ("GET", "/api/projects/{project}/index"): ("import", "data"),
    ("PUT", "/api/projects/{project}/selections/{name}"): ("label", "data"),
    ("DELETE", "/api/projects/{project}/selections/{name}"): ("label", "data"),
    ("PUT", "/api/projects/{project}/members/{user}"): ("manage", "project"),
    ("DELETE", "/api/projects/{project}/members/{user}"): ("manage", "project"),
    ("PUT", "/api/projects/{project}/visibility"): ("manage", "project"),
    ("PUT", "/api/projects/{project}/deidentified"): ("manage", "project"),
}
CALLERS = {
    "nobody": "", "a wrong token": "token-wrong", "another service's token": "token-other-service",
    "an expired token": "token-old", "a token for something else": "token-narrow", "a stranger": "token-sam", "reader": "token-rhea",
    "collaborator": "token-carl", "member": "token-mia", "owner": "token-olga",
}  # fmt: skip
UNKNOWN = (
    "nobody",
    "a wrong token",
    "an expired token",
    "another service's token",
    "a token for something else",
)


def expected(caller: str, need: Any) -> int:
    """What the table of rights says, in HTTP."""
    if caller in UNKNOWN:
        return 401
    if need is None:
        return 200
    standing = Standing(caller if caller in ROLES.values() else "")
    if not standing.sees:
        return 404
    return 200 if standing.may(*need) else 403


@pytest.fixture(scope="module")
def bodies(service: Service) -> dict[str, Any]:
    """What each route is asked with: real things, so that nobody is refused for another reason."""
    _expired(service, "olga")
    scan = service.get(f"/projects/{PROJECT}/scans", format="DICOM")["items"][0]["scan_id"]
    return {
        "scan": scan,
        "file": service.get(f"/projects/{PROJECT}/scans/{scan}/files")["items"][0]["name"],
        "generation": service.get(f"/projects/{PROJECT}/snapshots/current")["generation"],
        "sayings": {"sayings": [{"verb": "rating", "about": scan, "payload": {"quality": "usable"}}]},
    }


def _expired(service: Service, person: str) -> None:
    """A token that opened the archive a moment ago."""
    service.tokens["token-old"] = person
    with service.client("old") as client:
        assert client.get("/hello").status_code == 200
        del service.tokens["token-old"]
        while client.get("/hello").status_code == 200:
            time.sleep(0.5)


def test_the_table_names_every_route(service: Service) -> None:
    with service.client("") as client:
        document = client.get(service.url + "/openapi.json").json()
    there = {(verb.upper(), path) for path, verbs in document["paths"].items() for verb in verbs}
    assert there == set(NEEDS)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(("verb", "path"), NEEDS, ids=[f"{verb} {path}" for verb, path in NEEDS])
def test_a_route_answers_as_the_table_of_rights_says(
    service: Service, bodies: dict[str, Any], caller: str, verb: str, path: str
) -> None:
    address = path.removeprefix("/api").replace("{project}", PROJECT).replace("{plural}", "scans")
    name = (
        "rating"
        if path == "/api/forms/{name}"
        else "saved"
        if "selections" in path
        else bodies["file"]
        if "files/" in path
        else bodies["scan"]
    )
    address = (
        address.replace("{form}", "rating")
        .replace("{name}", name)
        .replace("{user}", "guest")
        .replace("{scan}", bodies["scan"])
    )
    address = address.replace("{generation}", str(bodies["generation"]))
    address = address.replace("{file}", "identified/person_fact.parquet")
    address += (
        f"?project={PROJECT}" if path == "/api/audit" else "?q=kind:T1w" if "selection." in path else ""
    )
    with service.client("olga") as owner:  # what is to be taken back or away is there
        label = {"sayings": [{"verb": "tag", "about": bodies["scan"], "payload": {"tag": "x"}}]}
        body = {
            "sayings": bodies["sayings"], "selections": {"q": "kind:T1w"}, "members": {"role": "reader"},
            "visibility": {"visibility": "private"},
        }.get(next((word for word in ("sayings", "selections", "members", "visibility") if word in path), ""))  # fmt: skip
        if path.endswith(("claims", "check")):
            body = {"scans": [bodies["scan"]]}
        if path.endswith("draft"):
            body = {"answers": {"note": "begun"}}
        if path.endswith("index"):
            body = {"quick": True}
        if path.endswith("deidentified"):
            body = {"deidentified": False}
        if path.endswith("sql"):
            body = {"sql": "select count(*) from scan"}
        if path.endswith("undo"):
            body = {"seq": owner.post(f"/projects/{PROJECT}/sayings", json=label).json()["last"]}
        if verb == "DELETE":
            owner.put(address, json=body).raise_for_status()
    with service.client("") as client:
        headers = {"Authorization": f"Bearer {CALLERS[caller]}"} if CALLERS[caller] else {}
        body = body if verb in ("POST", "PUT") else None
        answer = client.request(verb, address, headers=headers, json=body)
        while answer.status_code == 409:  # it is being indexed for the one before
            time.sleep(0.2)
            answer = client.request(verb, address, headers=headers, json=body)
    status = 200 if answer.status_code == 202 else answer.status_code
    assert status == expected(caller, NEEDS[verb, path]), answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) == {"type", "title", "status", "detail", "hint"}


def test_without_identify_no_path_and_no_person_is_told(service: Service) -> None:
    (row, *_) = service.get(f"/projects/{PROJECT}/files", "carl")["items"]
    assert {"path", "accession", "patient_name"}.isdisjoint(row)
    assert "path" in service.get(f"/projects/{PROJECT}/files", "mia")["items"][0]
    with service.client("carl") as client:
        for guess in ({"path": "*"}, {"q": "path:*sub*"}, {"q": "sub"}, {"accession": "A*"}):
            assert client.get(f"/projects/{PROJECT}/files", params=guess).status_code == 422, guess
        assert client.get(f"/projects/{PROJECT}/facets", params={"q": "folder:*a*"}).status_code == 422
        assert client.get(f"/projects/{PROJECT}/files", params={"sort": "path"}).status_code == 422
