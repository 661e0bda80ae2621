"""Files of a scan as they are for who may identify, and as NIfTI without a name for who may not."""

import gzip
import io
import os
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

import labarchive
from labarchive.server.files import MEDIA
from tests.server.conftest import OTHER, PROJECT, Service

AT = f"/projects/{PROJECT}/scans"


def scan_of(service: Service, kind: str = "T1w") -> dict[str, Any]:
    return dict(service.get(AT, kind=kind, format="DICOM")["items"][0])


def test_a_file_is_what_lies_on_the_disk(service: Service) -> None:
    scan = scan_of(service)
    named = service.get(f"{AT}/{scan['scan_id']}/files", "mia")["items"]
    assert len({each["name"] for each in named}) == len(named) == scan["n_files"]
    assert [each["instance"] for each in named] == sorted(each["instance"] for each in named)
    with service.client("mia") as client:
        for each in named[:5]:
            answer = client.get(f"{AT}/{scan['scan_id']}/files/{each['name']}")
            assert answer.content == Path(each["path"]).read_bytes()
            assert answer.headers["content-type"] == MEDIA[".dcm"]
            tail = client.get(f"{AT}/{scan['scan_id']}/files/{each['name']}", headers={"Range": "bytes=-100"})
            assert (tail.status_code, tail.content) == (206, answer.content[-100:])
            assert "last-modified" not in answer.headers


def test_names_of_files_tell_nothing_of_their_path(service: Service) -> None:
    for each in service.get(f"{AT}/{scan_of(service)['scan_id']}/files", "mia")["items"]:
        assert all(part.casefold() not in each["name"] for part in Path(each["path"]).parts if len(part) > 4)


def test_files_are_for_who_may_identify(service: Service) -> None:
    scan = scan_of(service)["scan_id"]
    name = service.get(f"{AT}/{scan}/files", "mia")["items"][0]["name"]
    for person, expected in (("carl", 403), ("sam", 404), ("rhea", 404), ("", 401)):
        with service.client(person) as client:
            assert client.get(f"{AT}/{scan}/files").status_code == expected
            assert client.get(f"{AT}/{scan}/files/{name}").status_code == expected


@pytest.mark.parametrize(
    "name", ["0001.dcm", "..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "a%0ab", "%2e%2e", "x" * 5000]
)
def test_a_name_that_is_none_opens_nothing(service: Service, name: str) -> None:
    with service.client("mia") as client:
        assert client.get(f"{AT}/{scan_of(service)['scan_id']}/files/{name}").status_code in (404, 422)


def test_a_scan_of_another_project_is_not_here(service: Service) -> None:
    other = service.get(f"/projects/{OTHER}/scans", "sam")["items"][0]["scan_id"]
    with service.client("mia") as client:
        for rest in ("files", "volume.nii.gz"):
            assert client.get(f"{AT}/{other}/{rest}").status_code == 404


def test_a_file_that_came_to_lie_outside_is_not_given_out(
    service: Service, example: Path, tmp_path: Path
) -> None:
    """Who may write in a raw folder must not read the service's own files by a link."""
    scan = scan_of(service)["scan_id"]
    named = service.get(f"{AT}/{scan}/files", "mia")["items"][0]
    place, kept = Path(named["path"]), tmp_path / "kept"
    place.rename(kept)
    try:
        place.symlink_to("/etc/passwd")
        with service.client("mia") as client:
            assert client.get(f"{AT}/{scan}/files/{named['name']}").status_code == 404
            assert client.get(f"{AT}/{scan}/volume.nii.gz").status_code == 404
        place.unlink()
        os.mkfifo(place)  # opening one waits for a writer
        with service.client("mia") as client:
            assert client.get(f"{AT}/{scan}/files/{named['name']}").status_code == 404
    finally:
        place.unlink()
        kept.rename(place)


def test_a_volume_has_the_numbers_and_the_place_of_the_scan_and_no_text(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = scan_of(service)
    with service.client("carl") as client:
        packed = client.get(f"{AT}/{row['scan_id']}/volume.nii.gz").raise_for_status().content
    given = nib.Nifti1Image.from_bytes(gzip.decompress(packed))
    monkeypatch.setenv("LABARCHIVE_HOME", str(service.home.path))
    there = labarchive.open()[PROJECT].scans(scan_id=row["scan_id"])[0].load()
    np.testing.assert_array_equal(np.asanyarray(given.dataobj), np.asanyarray(there.dataobj))
    np.testing.assert_allclose(given.affine, there.affine, atol=1e-4)
    assert given.header["sform_code"] == there.header["sform_code"]
    for field in ("descrip", "aux_file", "intent_name", "db_name", "data_type"):
        assert bytes(given.header[field]).strip(b"\0") == b"", field
    assert not given.header.extensions
    assert packed[3] == 0 and packed[4:8] == bytes(4)  # neither a name nor a time in gzip's own header


def test_a_volume_is_the_same_each_time_and_read_from_anywhere(service: Service) -> None:
    address = f"{AT}/{scan_of(service)['scan_id']}/volume.nii.gz"
    with service.client("carl") as client:
        whole = client.get(address)
        part = client.get(address, headers={"Range": "bytes=1000-", "If-Range": whole.headers["etag"]})
        assert (part.status_code, part.content) == (206, whole.content[1000:])
        same = client.get(address, headers={"If-None-Match": whole.headers["etag"]})
        assert same.status_code == 304


def test_a_part_that_is_none_says_which_there_are(service: Service) -> None:
    with service.client("carl") as client:
        answer = client.get(f"{AT}/{scan_of(service)['scan_id']}/volume.nii.gz", params={"part": "phase"})
    assert answer.status_code == 404
    assert "choose one of" in answer.json()["hint"]


def test_a_nifti_file_loses_its_description_on_the_way(tmp_path: Path) -> None:
    from labarchive.server.volume import loaded, write

    image = nib.Nifti1Image(np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.diag([1, 2, 3, 1]))
    image.header["descrip"] = b"Mustermann^Erika 1969"
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"call Erika"))
    nib.save(image, tmp_path / "mustermann.nii.gz")
    row = {"path": str(tmp_path / "mustermann.nii.gz"), "form": "nifti"}
    write(loaded([row], None, partial=False), str(tmp_path / "out.nii.gz"))
    content = gzip.decompress((tmp_path / "out.nii.gz").read_bytes())
    assert b"ustermann" not in content and b"Erika" not in content
    np.testing.assert_array_equal(np.asanyarray(nib.load(io.BytesIO(content) and tmp_path / "out.nii.gz").dataobj), np.arange(24).reshape(2, 3, 4))  # fmt: skip
