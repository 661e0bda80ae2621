"""Every voxel lies where the header says, in RAS millimetres."""

import math

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labarchive import images
from labarchive.errors import Damaged
from tests.images.conftest import AXIAL, Write

SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def ramp(slices: int, rows: int = 5, columns: int = 7) -> np.ndarray:
    return np.arange(slices * rows * columns, dtype=np.uint16).reshape(slices, rows, columns)


def stack(orientation: tuple[float, ...], slices: int, step: float = 4.0) -> list[np.ndarray]:
    normal = np.cross(orientation[:3], orientation[3:])
    return [np.array([-30.0, 20.0, -10.0]) + k * step * normal for k in range(slices)]


def assert_voxels_lie_right(
    image: nib.Nifti1Image, pixels: np.ndarray, positions: list, orientation: tuple
) -> None:
    """The equation of PS3.3 C.7.6.2.1.1 for each pixel, and the value that lies there."""
    to_voxel = np.linalg.inv(image.affine)
    values = np.asarray(image.dataobj)
    for k, position in enumerate(positions):
        for row in range(pixels.shape[1]):
            for column in range(pixels.shape[2]):
                lps = position + np.array(orientation[:3]) * 2 * column + np.array(orientation[3:]) * 3 * row
                at = nib.affines.apply_affine(to_voxel, lps * (-1, -1, 1))
                assert np.abs(at - np.rint(at)).max() < 1e-4
                assert values[tuple(np.rint(at).astype(int))] == pixels[k, row, column]


@pytest.mark.parametrize("orientation", [AXIAL, SAGITTAL, CORONAL])
def test_a_plain_series_lies_right(write: Write, orientation: tuple) -> None:
    pixels, positions = ramp(4), stack(orientation, 4)
    image = images.load(write(pixels, positions, orientation))
    assert image.shape == (7, 5, 4)
    assert_voxels_lie_right(image, pixels, positions, orientation)
    assert np.allclose(nib.affines.voxel_sizes(image.affine), (2, 3, 4))
    assert image.header["sform_code"] == image.header["qform_code"] == 1


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(*[st.floats(-math.pi, math.pi)] * 3)
def test_an_oblique_series_lies_right(write: Write, a: float, b: float, c: float) -> None:
    turn = nib.eulerangles.euler2mat(a, b, c)
    orientation = tuple(np.round((*turn[:, 0], *turn[:, 1]), 8))
    pixels, positions = ramp(3, 2, 3), stack(orientation, 3)
    assert_voxels_lie_right(
        images.load(write(pixels, positions, orientation)), pixels, positions, orientation
    )


def test_what_is_on_the_patients_left_is_at_negative_x(write: Write) -> None:
    pixels = np.zeros((2, 4, 4), np.uint16)
    pixels[:, :, 3] = 100  # the last column: DICOM's x grows to the patient's left
    image = images.load(write(pixels, [(-3, 0, 0), (-3, 0, 4)]))
    place = np.argwhere(np.asarray(image.dataobj) == 100)
    assert nib.affines.apply_affine(image.affine, place)[:, 0].max() == -3
    assert nib.aff2axcodes(image.affine)[0] == "L"


def test_slices_numbered_from_the_top_lie_where_those_from_the_bottom_do(write: Write) -> None:
    pixels, positions = ramp(4), stack(AXIAL, 4)
    image = images.load(write(pixels[::-1], positions[::-1], SpacingBetweenSlices="-4"))
    assert_voxels_lie_right(image, pixels, positions, AXIAL)


@pytest.mark.parametrize("spacing", ["5", "-5"])
def test_a_single_slice_is_as_thick_as_the_distance_in_its_header(write: Write, spacing: str) -> None:
    image = images.load(write(ramp(1), stack(CORONAL, 1), CORONAL, SpacingBetweenSlices=spacing))
    assert image.shape == (7, 5, 1)
    assert np.allclose(nib.affines.voxel_sizes(image.affine), (2, 3, 5))
    assert_voxels_lie_right(image, ramp(1), stack(CORONAL, 1), CORONAL)


def test_a_tilted_gantry_gives_a_sheared_affine(write: Write) -> None:
    positions = [np.array([0.0, 1.5 * k, 4.0 * k]) for k in range(4)]
    image = images.load(write(ramp(4), positions))
    assert_voxels_lie_right(image, ramp(4), positions, AXIAL)
    assert np.allclose(image.affine[:3, 2], (0, -1.5, 4))


def test_a_picture_without_a_place_stands_upright_around_zero(write: Write, tmp_path_factory) -> None:
    pixels = ramp(1)
    image = images.load(write(pixels, [None], None))
    assert image.header["sform_code"] == image.header["qform_code"] == 0
    assert np.allclose(image.header.get_zooms()[:2], (2, 3))
    values = np.asarray(image.dataobj)
    top_left = nib.affines.apply_affine(image.affine, np.argwhere(values == pixels[0, 0, 0])[0])
    assert np.allclose(top_left, (6, 6, 0))
    path = tmp_path_factory.mktemp("saved") / "cr.nii"
    nib.save(image, path)
    assert np.allclose(nib.load(path).affine, image.affine)


def test_a_radiograph_is_as_large_as_on_its_detector(write: Write) -> None:
    files = write(
        ramp(1), [None], None, Modality="CR", PixelSpacing=None, ImagerPixelSpacing=[["0.2", "0.1"]]
    )
    assert np.allclose(nib.affines.voxel_sizes(images.load(files).affine), (0.1, 0.2, 4))


def test_a_lost_slice_is_named_and_may_be_left_empty(write: Write) -> None:
    pixels, positions = ramp(6), stack(AXIAL, 6)
    files = [file for file in write(pixels, positions) if file.instance != 4]
    with pytest.raises(Damaged, match=r"1 slice is missing, the first between .*-2\.0\) mm and .*6\.0\) mm"):
        images.load(files)
    values = np.asarray(images.load(files, partial=True).dataobj)
    assert values.shape == (7, 5, 6)
    assert not values[..., 3].any()
    assert (values[..., 4] == pixels[4].T).all()


def test_slices_at_varying_distances_are_no_volume(write: Write) -> None:
    positions = [np.array([0.0, 0.0, z]) for z in (0, 2, 4, 9.1, 12)]
    with pytest.raises(Damaged, match=r"the slice distance varies from 2\.00 to 5\.10 mm"):
        images.load(write(ramp(5), positions))


def test_rounded_positions_are_a_regular_grid(write: Write) -> None:
    positions = [np.round(position * 1.013, 2) for position in stack(AXIAL, 9, 0.333)]
    assert images.load(write(ramp(9), positions)).shape == (7, 5, 9)
