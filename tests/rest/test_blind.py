"""A blind campaign over REST: everything that the second rater can be sent is searched for what the first one said."""

import contextlib
import gzip
import io
import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labarchive.catalogue.queries import PUBLIC
from tests.rest.conftest import PROJECT, Service

PLURALS = ("subjects", "sessions", "scans", "files")


def layers(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """The bytes, and what they hold when they are packed: gzip, zlib, zip, Parquet, Arrow."""
    yield content
    if depth > 2:
        return
    for unpack in (gzip.decompress, zlib.decompress):
        with contextlib.suppress(OSError, zlib.error, EOFError):
            yield from layers(unpack(content), depth + 1)
    with contextlib.suppress(zipfile.BadZipFile):
        for name in (archive := zipfile.ZipFile(io.BytesIO(content))).namelist():
            yield from layers(archive.read(name), depth + 1)
    with contextlib.suppress(pa.ArrowException, ValueError, OSError):
        yield str(pq.read_table(io.BytesIO(content)).to_pylist()).encode()
    with contextlib.suppress(pa.ArrowException, ValueError, OSError):
        yield str(pa.ipc.open_stream(content).read_all().to_pylist()).encode()


def holds(content: bytes, secret: str) -> bool:
    return any(secret.encode() in layer or secret.encode("utf-16-le") in layer for layer in layers(content))


def everything(service: Service, person: str, scan: str) -> Iterator[tuple[str, bytes]]:
    """Whatever this person is answered: every GET of the document, every view, every published file."""
    row = service.get(f"/projects/{PROJECT}/scans/{scan}")
    names = {"subjects": row["subject_id"], "sessions": row["session_id"], "scans": scan, "files": scan}
    with service.client(person) as client:
        document = client.get(service.url + "/openapi.json").json()
        current = client.get(f"/projects/{PROJECT}/snapshots/current")
        files = [each["name"] for table in current.json()["files"].values() for each in table]
        for path, verbs in document["paths"].items():
            if "get" not in verbs or path.endswith(("/voxels", "selection.zip", "selection.tar")):
                continue
            for plural in PLURALS if "{plural}" in path else ("scans",):
                address = path.removeprefix("/api").replace("{project}", PROJECT).replace("{plural}", plural)
                address = (
                    address.replace("{form}", "rating")
                    .replace("{name}", names[plural])
                    .replace("{scan}", scan)
                )
                yield address, client.get(address.replace("{user}", "mia")).content
        yield "changes", client.get("/changes?since=0").content
        for view in PUBLIC:
            all_three = ("application/json", "text/csv", "application/vnd.apache.arrow.stream")
            for media in all_three if view in ("saying", "rating", "scan") else all_three[2:]:
                words = {"sql": f"from {view}"}
                yield f"{view} as {media}", client.post(f"/projects/{PROJECT}/sql", json=words, headers={"Accept": media}).content  # fmt: skip
        generation = current.json().get("generation")
        for file in files:
            yield file, client.get(f"/projects/{PROJECT}/snapshots/{generation}/{file}").content


@pytest.mark.parametrize("second", ["ada", "olga"])
def test_the_second_rater_is_sent_nothing_of_what_the_first_one_said(service: Service, second: str) -> None:
    secret = f"zebrafish for {second}"
    about = service.get(f"/projects/{PROJECT}")["project_id"]
    scans = [each["scan_id"] for each in service.get(f"/projects/{PROJECT}/scans")["items"]][:2]
    opened = {"verb": "campaign", "about": about, "payload": {"name": second, "scans": scans}}
    with service.client("mia") as member:
        assert member.post(f"/projects/{PROJECT}/sayings", json={"sayings": [opened]}).status_code == 403
    service.post(f"/projects/{PROJECT}/sayings", {"sayings": [opened]})
    rating = {
        "verb": "rating",
        "about": scans[0],
        "payload": {"quality": "unusable", "reason": ["other"], "note": secret},
    }
    service.post(f"/projects/{PROJECT}/sayings", {"sayings": [rating]}, "mia")
    looked = [(where, holds(content, secret)) for where, content in everything(service, second, scans[0])]
    assert len(looked) > 100
    assert [where for where, found in looked if found] == []
    queue = service.get(f"/projects/{PROJECT}/queue", second)["columns"]
    place = queue["scan_id"].index(scans[0])
    assert (queue["mine"][place], queue["others"][place]) == (None, 1)
    own = service.get(f"/projects/{PROJECT}/queue", "mia")["columns"]
    place = own["scan_id"].index(scans[0])
    assert (own["mine"][place], own["note"][place], own["others"][place]) == ("unusable", secret, 0)
    lightbox = service.get(f"/projects/{PROJECT}/lightbox", "mia")["columns"]
    assert lightbox["mine"][lightbox["scan_id"].index(scans[0])] == "unusable"
    mine = {"verb": "rating", "about": scans[0], "payload": {"quality": "usable"}}
    service.post(f"/projects/{PROJECT}/sayings", {"sayings": [mine]}, second)
    found = {where for where, content in everything(service, second, scans[0]) if holds(content, secret)}
    assert {
        "changes",
        "rating as application/json",
        "rating as application/vnd.apache.arrow.stream",
    } <= found  # the search finds it


def test_selections_are_rated_blind_from_python(service: Service) -> None:
    code = f"""
import labarchive
tau = labarchive.open()[{PROJECT!r}]
tau.scans(kind="T1w").blind("T1w, first read")
(one,) = [each for each in tau.campaigns() if each["name"] == "T1w, first read"]
print(one["name"], one["raters"], one["n_scans"] == len(tau.scans(kind="T1w")), one["open"])
tau.reveal("T1w, first read")
print([each["open"] for each in tau.campaigns() if each["name"] == "T1w, first read"][0])"""
    words = {**os.environ, "LABARCHIVE_HOME": str(service.home.path)}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=words)
    assert said.stdout == "T1w, first read 2 True True\nFalse\n", said.stderr
