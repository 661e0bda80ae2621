"""A selection as one stream: real tar and zip, of known length, resumable, by the catalogue's words."""

import hashlib
import io
import os
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labarchive.errors import LabarchiveError
from labarchive.server.naming import folders, word
from labarchive.server.packing import Entry, Pack, tar, zipped
from labarchive.server.ranged import OpenFile
from tests.server.conftest import OTHER, PROJECT, Service

AT = f"/projects/{PROJECT}"
FORMATS = {"tar": tar, "zip": zipped}


def unpacked(kind: str, content: bytes) -> dict[str, bytes]:
    if kind == "zip":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            assert packed.testzip() is None
            return {name: packed.read(name) for name in packed.namelist()}
    with tarfile.open(fileobj=io.BytesIO(content)) as packed:
        return {each.name: packed.extractfile(each).read() for each in packed}  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_selection_holds_the_files_of_its_scans(service: Service, kind: str) -> None:
    with service.client("mia") as client:
        answer = client.get(f"{AT}/selection.{kind}", params={"q": "kind:T1w"}).raise_for_status()
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert f'filename="{PROJECT}.{kind}"' in answer.headers["content-disposition"]
    paths = [row["path"] for row in service.get(f"{AT}/files", kind="T1w", status="ok", limit=1000)["items"]]
    packed = unpacked(kind, answer.content)
    assert sorted(packed.values()) == sorted(Path(path).read_bytes() for path in paths)
    subjects = {row["subject"] for row in service.get(f"{AT}/scans", kind="T1w")["items"]}
    assert {name.split("/")[0] for name in packed} == subjects
    assert all("T1w" in name.split("/")[2] for name in packed)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_broken_download_goes_on_where_it_was(service: Service, kind: str, tmp_path: Path) -> None:
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    address = f"{service.url}/api{AT}/selection.{kind}?q=kind:T1w"
    curl = ["curl", "-s", "-f", "--noproxy", "*", "-H", "Authorization: Bearer token-mia"]
    subprocess.run([*curl, "-o", whole, address], check=True)
    for stop in (0, 700, 40_000):
        resumed.write_bytes(whole.read_bytes()[:stop])
        subprocess.run([*curl, "-C", "-", "-o", resumed, address], check=True)
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (whole, resumed)]
        assert digests[0] == digests[1]


def test_ids_name_scans_sessions_and_subjects(service: Service) -> None:
    scan = service.get(f"{AT}/scans", kind="T1w")["items"][0]
    with service.client("mia") as client:

        def files(ids: str) -> int:
            return len(unpacked("tar", client.get(f"{AT}/selection.tar", params={"ids": ids}).content))

        assert files(scan["scan_id"]) == scan["n_files"]
        assert files(scan["session_id"]) > files(scan["scan_id"])
        assert files(f"{scan['scan_id']},{scan['subject_id']}") >= files(scan["session_id"])


def test_a_selection_is_for_who_may_identify_and_is_noted(service: Service) -> None:
    for person, expected in (("carl", 403), ("sam", 404), ("rhea", 404), ("", 401)):
        with service.client(person) as client:
            assert client.get(f"{AT}/selection.tar", params={"q": "kind:T1w"}).status_code == expected
    with service.client("olga") as client:
        client.get(f"{AT}/selection.zip", params={"q": "kind:T1w"}).raise_for_status()
    look = service.get("/audit", "ada", project=PROJECT)["items"][0]
    assert (look["who"], look["about"]) == ("olga", "selection")


@pytest.mark.parametrize(
    ("words", "status"),
    [({"q": "knd:T1w"}, 422), ({"q": "kind:nothing"}, 404), ({"ids": "S001"}, 422), ({"ids": "scan_aaaaaaaaaa"}, 404)],
)  # fmt: skip
def test_a_selection_of_nothing_says_why(service: Service, words: dict[str, str], status: int) -> None:
    with service.client("mia") as client:
        answer = client.get(f"{AT}/selection.tar", params=words)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_ids_of_another_project_pack_nothing(service: Service) -> None:
    other = service.get(f"/projects/{OTHER}/scans", "sam")["items"][0]["scan_id"]
    with service.client("mia") as client:
        assert client.get(f"{AT}/selection.tar", params={"ids": other}).status_code == 404


# packing alone ------------------------------------------------------------------------------------------
def packs(folder: Path, contents: dict[str, bytes]) -> tuple[list[Entry], Any]:
    entries = []
    for number, (name, content) in enumerate(contents.items()):
        path = folder / str(number)
        path.write_bytes(content)
        entries.append(Entry(name, len(content), 1_700_000_000 + number, os.fsencode(path)))
    return entries, lambda entry: OpenFile.at(entry.path)


def read(pack: Pack, start: int, stop: int) -> bytes:
    return b"".join(pack.pieces(start, stop))


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0\\"), min_size=1, max_size=200).map(word)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), contents=st.dictionaries(NAMES, st.binary(max_size=3000), min_size=1, max_size=6))
@pytest.mark.parametrize("kind", FORMATS)
def test_any_stretch_of_a_pack_is_that_stretch_of_the_whole(
    kind: str, data: st.DataObject, contents: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    entries, opener = packs(tmp_path_factory.mktemp("pack"), contents)
    whole = read(FORMATS[kind](entries, opener), 0, FORMATS[kind](entries, opener).size)
    assert len(whole) == FORMATS[kind](entries, opener).size
    assert unpacked(kind, whole) == contents
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    assert read(FORMATS[kind](entries, opener), start, stop) == whole[start:stop]


def test_long_names_and_large_numbers_are_packed_as_the_world_reads_them(tmp_path: Path) -> None:
    names = {f"{'s' * 60}/{'v' * 60}/{'k' * 60}/{n:04d}.dcm": b"x" * n for n in range(70_000, 70_003)}
    entries, opener = packs(tmp_path, names)
    for kind, make in FORMATS.items():
        pack = make(entries, opener)
        assert unpacked(kind, read(pack, 0, pack.size)) == names


def test_more_files_than_sixteen_bits_count_fit_into_a_zip(tmp_path: Path) -> None:
    entries, opener = packs(tmp_path, {"one": b"1"})
    many = [Entry(f"{n}.dcm", 1, 0, entries[0].path) for n in range(66_000)]
    pack = zipped(many, opener)
    with zipfile.ZipFile(io.BytesIO(read(pack, 0, pack.size))) as packed:
        assert len(packed.namelist()) == 66_000
        assert packed.read("65999.dcm") == b"1"


def test_a_file_larger_than_thirty_two_bits_count_has_room_for_its_size(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(5 << 30)
    entries = [Entry("a/large.nii", 5 << 30, 0, os.fsencode(path)), Entry("a/small", 0, 0, os.fsencode(path))]
    pack = tar(entries[:1], lambda entry: OpenFile.at(entry.path))
    assert pack.size == (5 << 30) + 3 * 512
    assert tarfile.TarInfo.frombuf(read(pack, 0, 512), "utf-8", "strict").size == 5 << 30
    pack = zipped(entries, lambda entry: OpenFile.at(entry.path))
    assert pack.size > 5 << 30


def test_a_file_that_changed_is_not_packed_as_if_it_had_not(tmp_path: Path) -> None:
    entries, opener = packs(tmp_path, {"a": b"12345"})
    Path(os.fsdecode(entries[0].path)).write_bytes(b"123456")
    for make in FORMATS.values():
        with pytest.raises(LabarchiveError, match="changed"):
            read(make(entries, opener), 0, 10_000)


def test_scans_of_one_name_do_not_share_a_folder() -> None:
    same = {
        "subject": "S1",
        "session": "m00",
        "session_id": "sess_x",
        "number": 3,
        "kind": "T1w",
        "scan": "3",
    }
    rows = [{**same, "scan_id": f"scan_{letter}"} for letter in "ab"]
    assert folders(rows) == {"scan_a": "S1/m00/3-T1w", "scan_b": "S1/m00/3-T1w-scan_b"}
