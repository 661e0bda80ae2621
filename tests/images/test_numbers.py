"""Every voxel has the number the header gives it, however it is stored."""

import os
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labarchive import images
from labarchive.errors import Damaged
from labarchive.images import ImageFile, native
from tests.images.conftest import Write
from tests.images.rows import rows_of

PLACES = [(0.0, 0.0, 4.0 * k) for k in range(3)]


def noise(dtype: Any = np.uint16, most: int = 4095) -> np.ndarray:
    return np.random.default_rng(0).integers(0, most, (3, 6, 5)).astype(dtype)


def values(files: list[ImageFile]) -> np.ndarray:
    return np.asarray(images.load(files).dataobj).T


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.uint32])
def test_numbers_without_a_slope_stay_as_they_are(write: Write, dtype: Any, implicit: bool) -> None:
    pixels = noise(dtype, 200)
    found = values(write(pixels, PLACES, implicit=implicit))
    assert found.dtype == dtype
    assert (found == pixels).all()


@pytest.mark.parametrize("implicit", [True, False])
def test_hounsfield_units_are_integers(write: Write, implicit: bool) -> None:
    pixels = noise()
    found = values(write(pixels, PLACES, implicit=implicit, RescaleSlope="1", RescaleIntercept="-1024"))
    assert found.dtype == np.int16
    assert (found == pixels.astype(int) - 1024).all()


def test_integers_that_do_not_fit_in_16_bits_get_32(write: Write) -> None:
    pixels = noise(np.uint16, 65535)
    found = values(write(pixels, PLACES, RescaleSlope="3", RescaleIntercept="-1024"))
    assert found.dtype == np.int32
    assert (found == pixels.astype(int) * 3 - 1024).all()


def test_a_slope_of_each_slice_is_applied_to_that_slice(write: Write) -> None:
    pixels, slopes = noise(np.int16), ["0.5", "2.25", "9.12329"]
    found = values(write(pixels, PLACES, RescaleSlope=slopes, RescaleIntercept=["0", "1", "-3"]))
    wanted = pixels * np.array(slopes, float)[:, None, None] + np.array([0, 1, -3])[:, None, None]
    assert found.dtype == np.float32
    assert (found == wanted.astype(np.float32)).all()


def test_one_signed_slice_among_unsigned_ones_keeps_its_sign(write: Write) -> None:
    pixels = noise()
    pixels[1, 0, 0] = 65535
    found = values(write(pixels, PLACES, PixelRepresentation=[0, 1, 0]))
    assert found[1, 0, 0] == -1
    assert (found[[0, 2]] == pixels[[0, 2]]).all()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 16),
    st.integers(0, 15),
    st.booleans(),
    st.lists(st.integers(0, 65535), min_size=1, max_size=8),
)
def test_only_the_stored_bits_count(stored: int, spare: int, signed: bool, raw: list[int]) -> None:
    high = min(15, stored - 1 + spare)
    bits = [(number >> (high + 1 - stored)) & ((1 << stored) - 1) for number in raw]
    wanted = [number - (1 << stored) if signed and number >> (stored - 1) else number for number in bits]
    how = native.Stored(high, stored, signed, (1.0, 0.0))
    assert native.cleaned(np.array(raw, np.uint16), how).tolist() == wanted


def test_colours_are_nifti_rgb(write: Write) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (1, 4, 5, 3)).astype(np.uint8)
    image = images.load(write(pixels, [None], None))
    assert image.get_data_dtype().names == ("R", "G", "B")
    assert (np.asarray(image.dataobj)[..., 0]["G"].T[::-1] == pixels[0, ..., 1]).all()


def test_a_native_series_costs_one_open_and_one_read_a_file(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = write(noise(), PLACES, BitsStored=12, HighBit=11)
    calls: list[str] = []
    for word in ("open", "preadv", "read", "pread"):
        true = getattr(os, word)
        monkeypatch.setattr(
            os, word, lambda *a, _true=true, _word=word, **k: (calls.append(_word), _true(*a, **k))[1]
        )
    images.load(files)
    assert sorted(calls) == ["open"] * 3 + ["preadv"] * 3


def test_an_icon_before_the_picture_does_not_mislead(write: Write, tmp_path: Path) -> None:
    from pydicom import Dataset, dcmread

    pixels = noise()
    for file in write(pixels, PLACES, RescaleSlope="2", RescaleIntercept="0"):
        header = dcmread(file.path.decode())
        icon = Dataset()
        icon.SamplesPerPixel, icon.Rows, icon.Columns, icon.BitsAllocated = 1, 2, 2, 16
        icon.BitsStored, icon.HighBit, icon.PixelRepresentation, icon.RescaleSlope = 16, 15, 1, "7"
        header.IconImageSequence = header.ReferencedImageSequence = [icon]
        header.save_as(file.path.decode())
    assert (values(rows_of(tmp_path)) == pixels * 2).all()


@pytest.mark.data
def test_every_transfer_syntax_gives_the_same_numbers(dev_data: Path) -> None:
    found = [values(rows_of(dev_data / "dcm_qa_ts" / "In" / f"{n}.dcm")) for n in range(1, 10)]
    assert all((each == found[0]).all() for each in found)


@pytest.mark.data
def test_what_a_pacs_sent_on_is_what_the_scanner_made(dev_data: Path) -> None:
    ours, theirs = (images.load(rows_of(dev_data / "dcm_qa_agfa" / name)) for name in ("Siemens", "Agfa"))
    assert ours.shape == (64, 64, 25, 4)
    assert (np.asarray(ours.dataobj) == np.asarray(theirs.dataobj)).all()
    assert np.allclose(ours.affine, theirs.affine)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_nifti_is_itself_and_said_to_be_cut_short(tmp_path: Path, suffix: str) -> None:
    whole = nib.Nifti1Image(noise(np.int16), np.diag([-2.0, 3, 4, 1]))
    path = tmp_path / f"scan{suffix}"
    nib.save(whole, path)
    file = ImageFile.from_row({"path": str(path), "form": "nifti"})
    assert (np.asarray(images.load([file]).dataobj) == noise(np.int16)).all()
    path.write_bytes(path.read_bytes()[: -len(noise().tobytes()) // 2])
    with pytest.raises(Damaged):
        images.load([file])


@pytest.mark.data
@pytest.mark.parametrize("name", ["huge_dims.nii", "negative_dim.nii", "trunc.nii", "trunc.nii.gz"])
def test_a_hostile_nifti_is_damaged(dev_data: Path, name: str) -> None:
    path = dev_data / "hostile" / name
    with pytest.raises(Damaged):
        images.load([ImageFile(bytes(path), form="nifti")])


@pytest.mark.data
def test_every_real_file_loads_or_says_why_not(dev_data: Path) -> None:
    from labarchive.errors import LabarchiveError

    loaded = 0
    for name in ("pydicom_test_files", "deid_data", "acrin_flt_pt", "nibabel"):
        for path in sorted((dev_data / name).rglob("*")):
            for file in _rows(path):
                try:
                    for part in images.volumes([file]):
                        loaded += bool(images.load([file], part.name).shape)
                except LabarchiveError as error:
                    assert str(path) not in str(error)
    assert loaded > 110


def _rows(path: Path) -> list[ImageFile]:
    try:
        return rows_of(path) if path.is_file() else []
    except Exception:  # pydicom, which only the tests use to make rows, refuses the file
        return []
