"""Small pictures: which way they look, to scale, what is shown of several parts and times, and what they are made of."""

import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from labarchive.errors import Damaged, LabarchiveError, NotFound
from labarchive.images import ImageFile, load, montage, packed, shrinking
from labarchive.images.first import first_volume
from labarchive.images.montage import TILE, Volume
from tests.images.conftest import Write
from tests.images.test_numbers import _rows

MARK = 200
LARGE = (40, 60, 50)


def head(shape: tuple[int, ...] = LARGE) -> np.ndarray:
    """A box of middle grey with air around it, brighter at the right, to the front and to the head (RAS)."""
    voxels = np.zeros(shape, np.int16)
    inside = tuple(slice(n // 5, n - n // 5) for n in shape[:3])
    voxels[inside] = 100
    return voxels


def side(picture: np.ndarray) -> tuple[int, int]:
    """Row and column of the middle of what is bright."""
    rows, columns = np.nonzero(picture > 180)
    return int(rows.mean()), int(columns.mean())


@pytest.mark.parametrize("codes", ["RAS", "LPS", "PIR", "SLA", "IAR"])
@pytest.mark.parametrize(
    ("axis", "end", "row", "column"),
    [
        (2, "R", "middle", "left"), (2, "A", "top", "middle"), (1, "R", "middle", "left"), (1, "S", "top", "middle"),
        (0, "A", "middle", "right"), (0, "S", "top", "middle"),
    ],
)  # fmt: skip
def test_pictures_look_as_radiologists_do_however_the_voxels_are_stored(
    codes: str, axis: int, end: str, row: str, column: str
) -> None:
    voxels = head((60, 60, 60))
    at = "RAS".index(end)
    bright = [slice(26, 34)] * 3
    bright[at] = slice(40, 47)
    voxels[tuple(bright)] = MARK
    stored = nib.Nifti1Image(voxels, np.eye(4)).as_reoriented(
        nib.orientations.ornt_transform(
            nib.orientations.axcodes2ornt("RAS"), nib.orientations.axcodes2ornt(codes)
        )
    )
    given = montage.volume(np.asanyarray(stored.dataobj), stored.affine, (0, MARK))
    y, x = side(montage.tile(given, axis, 30, TILE))
    places = {"top": y < TILE * 0.42, "middle": abs(y - TILE / 2) < 4}
    across = {"left": x < TILE * 0.42, "right": x > TILE * 0.58, "middle": abs(x - TILE / 2) < 4}
    assert (places[row], across[column]) == (True, True), (y, x)


def test_every_tile_is_to_the_same_scale_and_voxels_need_not_be_cubes() -> None:
    voxels = np.full((40, 40, 10), 100, np.int16)  # 80 x 80 x 80 mm
    given = montage.volume(voxels, np.diag([2.0, 2.0, 8.0, 1.0]), (0, 100))
    assert given.millimetres == 80
    for axis in range(3):
        assert (montage.tile(given, axis, 5, TILE) > 250).all()
    narrow = montage.volume(voxels[:20], np.diag([2.0, 2.0, 8.0, 1.0]), (0, 100))
    axial = montage.tile(narrow, 2, 5, TILE)
    assert (axial > 250).mean() == pytest.approx(0.5, abs=0.01)
    assert not (axial[:, : TILE // 5] > 0).any()  # in the middle


def test_a_mosaic_has_twelve_axial_six_coronal_and_six_sagittal_slices_of_the_head() -> None:
    picture = montage.mosaic(montage.volume(head(), np.eye(4), (0, 100)))
    assert (picture.shape, picture.dtype) == ((4 * TILE, 6 * TILE), np.uint8)
    tiles = [
        picture[y : y + TILE, x : x + TILE]
        for y in range(0, 4 * TILE, TILE)
        for x in range(0, 6 * TILE, TILE)
    ]
    assert all((tile > 250).any() for tile in tiles)  # none is spent on air
    given = montage.volume(head(), np.eye(4), (0, 100))
    assert montage.extents(given) == [(8, 31), (12, 47), (10, 39)]
    places = montage.chosen((10, 39), 12)
    assert (len(places), places) == (12, sorted(set(places)))
    assert 10 < places[0] < places[-1] < 39


def test_few_slices_are_shown_once_and_one_slice_is_enough() -> None:
    given = montage.volume(np.full((30, 30, 3), 100, np.int16), np.eye(4), (0, 100))
    assert len(montage.chosen(montage.extents(given)[2], 12)) == 3
    flat = montage.volume(np.full((30, 30), 100, np.int16), np.eye(4), (0, 100))
    assert montage.thumbnail(flat).shape == (TILE, TILE)
    assert (montage.mosaic(flat) > 250).any()


def test_nothing_but_zeros_and_what_is_no_number_are_black() -> None:
    given = montage.volume(np.zeros(LARGE, np.int16), np.eye(4), montage.window(np.zeros(LARGE, np.int16)))
    assert not montage.mosaic(given).any()
    voxels = head().astype(np.float32)
    voxels[:, :30] = np.nan
    voxels[0, 40, 0] = np.inf
    assert montage.window(voxels) == pytest.approx((0, 100), abs=1)
    assert not montage.tile(montage.volume(voxels, np.eye(4), (0, 100)), 2, 25, TILE)[90:].any()


def test_windows_are_those_of_the_modality() -> None:
    voxels = np.random.default_rng(1).normal(40, 500, LARGE)
    assert montage.window(voxels, "CT") == montage.BRAIN
    low, high = montage.window(voxels, "PT")
    assert low == 0
    assert high > montage.window(voxels, "MR")[1]


def test_a_sprite_has_all_axial_slices_from_the_feet_up() -> None:
    voxels = np.zeros((8, 8, 40), np.int16)
    voxels[:] = np.arange(40) * 5
    picture, n = montage.sprite(montage.volume(voxels, np.eye(4), (0, 200)))
    assert (n, picture.shape) == (40, (3 * 128, 16 * 128))
    seen = [int(picture[row * 128 + 64, column * 128 + 64]) for row in range(3) for column in range(16)]
    assert seen[:40] == sorted(seen[:40])
    assert seen[40:] == [0] * 8
    many, n = montage.sprite(montage.volume(np.zeros((2, 2, 700), np.int16), np.eye(4), (0, 1)))
    assert (n, many.shape[0]) == (256, 16 * 128)


def nifti(path: Path, voxels: np.ndarray, *, slope: float = 1.0, inter: float = 0.0) -> ImageFile:
    image = nib.Nifti1Image(voxels, np.diag([2.0, 2.0, 3.0, 1.0]))
    image.header.set_slope_inter(slope, inter)
    nib.save(image, path)
    return ImageFile(path=str(path).encode(), form="nifti")


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("times", [1, 5])
@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float32, ">i2"])
def test_a_nifti_file_gives_its_first_volume_packed_or_not(
    tmp_path: Path, ending: str, times: int, dtype: str
) -> None:
    shape = (12, 14, 16) if times == 1 else (12, 14, 16, times)
    voxels = np.random.default_rng(2).integers(0, 200, shape).astype(dtype)
    given = first_volume([nifti(tmp_path / f"a{ending}", voxels)], "MR")
    np.testing.assert_array_equal(given.voxels, voxels if times == 1 else voxels[..., 0])
    assert given.zooms == (2, 2, 3)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_a_window_in_hounsfield_units_follows_slope_and_intercept(tmp_path: Path, ending: str) -> None:
    voxels = (head() * 10 + 1024).astype(np.int16)
    given = first_volume([nifti(tmp_path / f"ct{ending}", voxels, slope=0.5, inter=-512)], "CT")
    assert given.window == ((-10 + 512) / 0.5, (80 + 512) / 0.5)


def test_a_packed_file_is_unpacked_no_further_than_its_first_volume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voxels = np.random.default_rng(3).integers(0, 4000, (64, 64, 30, 20)).astype(np.int16)
    file = nifti(tmp_path / "bold.nii.gz", voxels)
    asked = []
    opened = packed._opened

    class Counting:
        def __init__(self, path: str) -> None:
            self._file = opened(path)

        def __enter__(self) -> "Counting":
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

        def read(self, n: int) -> bytes:
            asked.append(n)
            return bytes(self._file.read(n))

        def readinto(self, place: memoryview) -> int:
            asked.append(len(place))
            return int(self._file.readinto(place))

    monkeypatch.setattr(packed, "_opened", Counting)
    first_volume([file], "MR")
    assert 352 + voxels[..., 0].nbytes <= sum(asked) <= 1.02 * voxels[..., 0].nbytes


@pytest.mark.parametrize("shape", [(2, 2, 2), (12, 14, 16)])
def test_extensions_between_header_and_voxels_are_passed_over(tmp_path: Path, shape: tuple[int, ...]) -> None:
    voxels = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    image = nib.Nifti1Image(voxels, np.eye(4))
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"long words " * 100))
    nib.save(image, tmp_path / "a.nii.gz")
    for kind in (nib.Nifti1Image, nib.Nifti2Image):
        nib.save(
            kind(voxels, np.eye(4), image.header if kind is nib.Nifti1Image else None), tmp_path / "a.nii.gz"
        )
        given = first_volume([ImageFile(path=str(tmp_path / "a.nii.gz").encode(), form="nifti")])
        np.testing.assert_array_equal(given.voxels, voxels)


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    file = nifti(tmp_path / "cut.nii.gz", head())
    content = gzip.decompress((tmp_path / "cut.nii.gz").read_bytes())
    (tmp_path / "cut.nii.gz").write_bytes(gzip.compress(content[:1000]))
    with pytest.raises(Damaged, match="cut short"):
        first_volume([file])
    (tmp_path / "cut.nii.gz").write_bytes(b"not packed at all")
    with pytest.raises(Damaged):
        first_volume([file])
    with pytest.raises(NotFound):
        first_volume([])


def test_a_dicom_series_gives_the_pixels_that_loading_it_gives(write: Write) -> None:
    planes = [np.full((20, 30), 10 * n, np.uint16) for n in range(1, 9)]
    files = write(planes, [(0, 0, 4.0 * n) for n in range(8)])
    given = first_volume(files, "MR")
    there = nib.as_closest_canonical(load(files))
    np.testing.assert_array_equal(given.voxels, np.asanyarray(there.dataobj))
    assert given.zooms == pytest.approx(there.header.get_zooms())


def test_of_several_times_only_the_first_is_read(write: Write) -> None:
    planes = [np.full((8, 8), 100 * time + n, np.uint16) for time in range(1, 4) for n in range(4)]
    places = [(0, 0, 4.0 * n) for _ in range(3) for n in range(4)]
    files = write(planes, places, TemporalPositionIdentifier=[time for time in range(1, 4) for _ in range(4)])
    for file in files[4:]:
        Path(file.path.decode()).write_bytes(b"")  # nobody looks into these
    assert first_volume(files).voxels.max() < 200


def test_colours_are_shown_by_their_luma(write: Write) -> None:
    planes = [np.full((8, 8, 3), (200, 100, 50), np.uint8) for _ in range(3)]
    given = first_volume(
        write(planes, [(0, 0, 4.0 * n) for n in range(3)], BitsAllocated=8, BitsStored=8, HighBit=7)
    )
    assert float(given.voxels.max()) == pytest.approx(0.299 * 200 + 0.587 * 100 + 0.114 * 50, abs=0.01)


def test_pictures_are_small_and_what_was_drawn() -> None:
    import io

    from PIL import Image

    picture = montage.mosaic(montage.volume(head(), np.eye(4), (0, 100)))
    for content, kind in ((shrinking.webp(picture), "WEBP"), (shrinking.jpeg(picture), "JPEG")):
        image = Image.open(io.BytesIO(content))
        assert (image.format, image.size) == (kind, (6 * TILE, 4 * TILE))
        assert np.abs(np.asarray(image.convert("L")).astype(int) - picture).mean() < 3
    assert isinstance(montage.volume(head(), np.eye(4), (0, 1)), Volume)


@pytest.mark.data
def test_every_real_file_is_drawn_or_says_why_not(dev_data: Path) -> None:
    drawn, why = 0, set()
    for name in ("pydicom_test_files", "deid_data", "acrin_flt_pt", "nibabel"):
        for path in sorted((dev_data / name).rglob("*")):
            for file in _rows(path):
                try:
                    given = first_volume([file], file.modality or "")
                    pictures = montage.mosaic(given), montage.thumbnail(given), montage.sprite(given)[0]
                    drawn += all(picture.dtype == np.uint8 for picture in pictures)
                except LabarchiveError as error:
                    assert str(path) not in str(error)
                    why.add(type(error).__name__)
    assert drawn > 110
    assert why <= {"Damaged", "NotFound", "BadInput"}
