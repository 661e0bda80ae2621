"""What a collaborator can get hold of, searched with the answer key of what was planted: nothing of it is there."""

import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from labarchive.catalogue.identified import e11, identifying, verdict
from tests.isolation.conftest import PROJECT, Service

AT = f"/projects/{PROJECT}"


def told(planted: list[str], text: str) -> list[str]:
    """Planted strings in a text."""
    small = text.casefold()
    return [each for each in planted if each in small]


def fetched(service: Service, person: str) -> Iterator[tuple[str, bytes]]:
    """Every file of the snapshot that this person is given."""
    now = service.get(f"{AT}/snapshots/current", person)
    with service.client(person) as client:
        for files in now["files"].values():
            for file in files:
                yield file["name"], client.get(f"{AT}/snapshots/{now['generation']}/{file['name']}").content


def read(content: bytes) -> str:
    return str(pq.read_table(io.BytesIO(content)).to_pylist())


def test_no_planted_identifier_is_in_the_general_part(service: Service, planted: list[str], key: Any) -> None:
    assert len(planted) >= 20
    seen = ""
    for name, content in fetched(service, "carl"):
        assert told(planted, content.decode("latin-1")) == [], f"{name}, as it lies on the disk"
        assert told(planted, read(content)) == [], f"{name}, as it is read"
        seen += read(content)
    assert "'00180080'" in seen or '"00180080"' in seen  # headers are there, with their repetition time
    whole = "".join(read(content) for _, content in fetched(service, "mia"))
    assert len(told(planted, whole)) > len(planted) * 2 // 3  # the search finds what is there


def test_no_byte_beside_the_identified_part_tells_anybody(service: Service, planted: list[str]) -> None:
    """On the service's own disk, also of what is not published: what was cleaned, digests, marks."""
    list(fetched(service, "carl"))
    for path in service.home.snapshots.rglob("*"):
        if path.is_file() and "identified" not in path.parts:
            content = path.read_bytes()
            assert told(planted, content.decode("latin-1")) == [], path.name
            if path.suffix == ".parquet":
                assert told(planted, read(content)) == [], path.name


def test_no_path_of_a_file_is_in_the_general_part(service: Service, example: Path) -> None:
    paths = [str(path) for path in example.rglob("*") if path.is_file()]
    assert paths
    for name, content in fetched(service, "carl"):
        text = read(content)
        assert [path for path in paths if path in text] == [], name
        assert str(example) not in text


def test_no_attribute_of_the_standard_s_list_is_in_a_cleaned_header(service: Service) -> None:
    scans = service.get(f"{AT}/scans", "carl", format="DICOM", limit=1000)["items"]
    kept: set[str] = set()
    for scan in scans[:10]:
        kept |= set(service.get(f"{AT}/scans/{scan['scan_id']}/header", "carl"))
        whole = service.get(f"{AT}/scans/{scan['scan_id']}/header", "mia")
        assert {"00100010", "00100020", "00100030"} <= set(whole)
    assert "00180080" in kept
    assert [tag for tag in kept if verdict(tag, "") == "drop"] == []
    assert [tag for tag in kept if tag.startswith("0010") and tag in e11()] == []


def test_no_answer_to_a_collaborator_tells_anybody(service: Service, planted: list[str]) -> None:
    scans = service.get(f"{AT}/scans", "carl", limit=1000)["items"]
    places = [
        "",
        "/subjects",
        "/sessions",
        "/scans",
        "/files",
        "/conflicts",
        "/duplicates",
        "/tree",
        "/facets",
    ]
    places += [f"/scans/{scan['scan_id']}{rest}" for scan in scans for rest in ("", "/history")]
    places += [f"/scans/{scan['scan_id']}/header" for scan in scans if scan["format"] == "DICOM"]
    for place in places:
        assert told(planted, json.dumps(service.get(f"{AT}{place}", "carl"))) == [], place


def test_no_volume_tells_anybody(service: Service, planted: list[str]) -> None:
    scans = service.get(f"{AT}/scans", "carl", kind="T1w", limit=1000)["items"]
    with service.client("carl") as client:
        for scan in scans:
            answer = client.get(f"{AT}/scans/{scan['scan_id']}/volume.nii.gz")
            assert answer.status_code in (200, 409), answer.text  # several parts: which one?
            content = answer.content if answer.status_code == 409 else zlib.decompress(answer.content, 31)
            assert told(planted, content[:1000].decode("latin-1")) == []


def test_a_project_that_is_deidentified_is_published_whole(service: Service) -> None:
    """An owner says so, and takes it back."""
    with service.client("olga") as olga, service.client("carl") as carl:
        assert carl.put(f"{AT}/deidentified", json={"deidentified": True}).status_code == 403
        olga.put(f"{AT}/deidentified", json={"deidentified": True}).raise_for_status()
        try:
            now = service.get(f"{AT}/snapshots/current", "carl")
            assert now["identified"]
            person = carl.get(f"{AT}/snapshots/{now['generation']}/identified/person_fact.parquet")
            assert person.status_code == 200
            assert service.get(AT, "carl")["deidentified"]
        finally:
            olga.put(f"{AT}/deidentified", json={"deidentified": False}).raise_for_status()
        assert not service.get(f"{AT}/snapshots/current", "carl")["identified"]
        assert (
            carl.get(f"{AT}/snapshots/{now['generation']}/identified/person_fact.parquet").status_code == 403
        )


def test_columns_that_are_hidden_are_hidden_in_rows_too(service: Service) -> None:
    for plural in ("sessions", "scans", "files"):
        (row, *_) = service.get(f"{AT}/{plural}", "carl")["items"]
        assert not identifying(plural[:-1]) & set(row)
