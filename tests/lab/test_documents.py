"""Image files of a person's own folder come to the page in pieces, decoded where they must be, and no others do."""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import nibabel as nib
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from labarchive.settings import Home
from tests.lab.conftest import Jupyter, served


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    numbers = np.arange(5 * 6 * 7, dtype=np.int16).reshape(5, 6, 7)
    nib.save(nib.Nifti1Image(numbers, np.eye(4)), folder / "brain.nii")
    for name, source in (("ct.dcm", "CT_small.dcm"), ("packed.dcm", "MR_small_RLE.dcm")):
        (folder / name).write_bytes(Path(str(get_testdata_file(source))).read_bytes())
    (folder / "cut.dcm").write_bytes((folder / "ct.dcm").read_bytes()[:20_000])
    (folder / "notes.dcm").write_text("no image at all")
    (folder / ".hidden.nii").write_bytes(b"hidden")
    (folder.parent / "beside.nii").write_bytes(b"beside")
    os.mkfifo(folder / "pipe.nii")
    return folder


@pytest.fixture(scope="module")
def jupyter(folder: Path) -> Iterator[Jupyter]:
    with served(folder, {"LABARCHIVE_HOME": str(Home(folder / "home").path)}) as running:
        yield running


@pytest.fixture
def lab(jupyter: Jupyter) -> Iterator[httpx.Client]:
    with jupyter.client() as client:
        yield client


def voxels(lab: httpx.Client, path: str, part: str = "") -> httpx.Response:
    return lab.get("document/voxels", params={"path": path}, headers={"Range": part} if part else {})


def said(answer: httpx.Response) -> str:
    words = json.loads(answer.content)
    return f"{words['detail']}: {words['hint']}"


def test_any_bytes_of_a_nifti_file_are_read_by_range(lab: httpx.Client, folder: Path) -> None:
    whole = (folder / "brain.nii").read_bytes()
    assert voxels(lab, "brain.nii").content == whole
    answer = voxels(lab, "brain.nii", "bytes=352-371")
    assert (answer.status_code, answer.content) == (206, whole[352:372])
    assert answer.headers["content-range"] == f"bytes 352-371/{len(whole)}"
    assert voxels(lab, "brain.nii", f"bytes={len(whole)}-").status_code == 416


@pytest.mark.parametrize("name", ["ct.dcm", "packed.dcm"])
def test_a_dicom_file_is_decoded_to_its_own_numbers(lab: httpx.Client, folder: Path, name: str) -> None:
    dataset = pydicom.dcmread(folder / name)
    slope, intercept = dataset.get("RescaleSlope", 1), dataset.get("RescaleIntercept", 0)
    image = nib.Nifti1Image.from_stream(io.BytesIO(voxels(lab, name).content))
    assert np.array_equal(image.get_fdata()[:, :, 0].T, dataset.pixel_array * float(slope) + float(intercept))
    corner = np.array(dataset.ImagePositionPatient, float) * (-1, -1, 1)
    assert np.allclose(image.affine[:3, 3], corner)


def test_a_header_comes_as_dicom_json(lab: httpx.Client, folder: Path) -> None:
    answer = lab.get("document/header", params={"path": "ct.dcm"})
    assert answer.headers["content-type"] == "application/dicom+json"
    assert answer.json()["00080060"]["Value"] == [pydicom.dcmread(folder / "ct.dcm").Modality]


@pytest.mark.parametrize("name", ["cut.dcm", "notes.dcm"])
def test_what_cannot_be_shown_is_said_in_a_sentence(lab: httpx.Client, folder: Path, name: str) -> None:
    answer = voxels(lab, name)
    assert 400 <= answer.status_code <= 500
    assert "Traceback" not in said(answer)
    assert str(folder) not in said(answer)
    assert json.loads(answer.content)["hint"]


@pytest.mark.parametrize(
    "path", ["../beside.nii", "/../beside.nii", ".hidden.nii", "pipe.nii", "none.nii", "", "a\0b.nii"]
)
def test_what_the_file_browser_would_not_give_is_not_found(lab: httpx.Client, path: str) -> None:
    assert voxels(lab, path).status_code == 404


def test_nobody_reads_without_the_servers_token_or_from_another_site(
    jupyter: Jupyter, lab: httpx.Client
) -> None:
    with jupyter.client(token="wrong") as stranger:
        assert voxels(stranger, "brain.nii").status_code == 403
    evil = {"Origin": "http://evil.example"}
    with httpx.Client(base_url=f"{jupyter.address}labarchive/", cookies=lab.cookies) as page:
        answer = page.get("document/voxels", params={"path": "brain.nii"}, headers=evil)
        assert answer.status_code in (403, 404)
