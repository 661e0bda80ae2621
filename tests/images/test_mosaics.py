"""Tiles of one plane become slices of a volume."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from labarchive import images
from labarchive.errors import Damaged
from labarchive.images import ImageFile
from tests.images.conftest import Write
from tests.images.rows import rows_of

ROWS, COLUMNS, SLICES = 4, 6, 3


def mosaic(time: int) -> np.ndarray:
    """Three tiles in a square of 2 x 2, each full of its number."""
    tiles = np.zeros((2 * ROWS, 2 * COLUMNS), np.uint16)
    for n in range(SLICES):
        down, right = divmod(n, 2)
        tiles[down * ROWS : (down + 1) * ROWS, right * COLUMNS : (right + 1) * COLUMNS] = 10 * time + n + 1
    return tiles


def siemens(files: list[ImageFile], folder: Path) -> list[ImageFile]:
    for file in files:
        header = dcmread(file.path.decode())
        block = header.private_block(0x0019, "SIEMENS MR HEADER", create=True)
        block.add_new(0x0A, "US", SLICES)
        header.save_as(file.path.decode())
    return rows_of(folder)


def test_a_mosaic_is_a_volume_around_the_same_centre(write: Write, tmp_path: Path) -> None:
    files = write([mosaic(1)], [(-12.0, -12.0, 5.0)], ImageType=[["ORIGINAL", "PRIMARY", "M", "MOSAIC"]])
    image = images.load(siemens(files, tmp_path))
    assert np.asarray(image.dataobj)[0, 0].tolist() == [11, 12, 13]
    assert image.shape == (COLUMNS, ROWS, SLICES)
    # half the mosaic's missing width and height: 2 mm x (12 - 6) / 2 and 3 mm x (8 - 4) / 2, then LPS to RAS
    assert np.allclose(image.affine[:3, 3], (12 - 6, 12 - 6, 5))
    assert np.allclose(image.affine[:3, 2], (0, 0, 4))


def test_a_series_that_followed_the_head_stays_on_its_first_grid(write: Write, tmp_path: Path) -> None:
    turned = np.round([np.cos(0.02), np.sin(0.02), 0, -np.sin(0.02), np.cos(0.02), 0], 6).tolist()
    places = [(-12.0, -12.0, 5.0), (-11.2, -12.4, 6.0)]
    files = write(
        [mosaic(1), mosaic(2)], places,
        ImageType=[["ORIGINAL", "PRIMARY", "M", "MOSAIC"]] * 2,
        ImageOrientationPatient=[[1, 0, 0, 0, 1, 0], turned],
    )  # fmt: skip
    image = images.load(siemens(files, tmp_path))
    assert image.shape == (COLUMNS, ROWS, SLICES, 2)
    assert np.asarray(image.dataobj)[0, 0].T.tolist() == [[11, 12, 13], [21, 22, 23]]
    assert np.allclose(image.affine[:3, 3], (6, 6, 5))


def test_a_mosaic_without_its_private_header_says_so(write: Write) -> None:
    files = write([mosaic(1)], [(0.0, 0.0, 0.0)], ImageType=[["ORIGINAL", "PRIMARY", "M", "MOSAIC"]])
    with pytest.raises(Damaged, match="instance 1 is a mosaic that does not say how many slices"):
        images.volumes(files)
