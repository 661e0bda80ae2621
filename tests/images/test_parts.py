"""What a scan holds: volumes told apart, in time, and named by what tells them apart."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from labarchive import images
from labarchive.errors import Ambiguous, Damaged, NotFound
from labarchive.images import ImageFile
from tests.images.conftest import AXIAL, Write

PLACES = [(0.0, 0.0, 0.0), (0.0, 0.0, 4.0), (0.0, 0.0, 8.0)]


def flat(*values: int) -> list[np.ndarray]:
    return [np.full((2, 3), value, np.uint16) for value in values]


def names(files: list[ImageFile]) -> list[str]:
    return [part.name for part in images.volumes(files)]


def test_the_import_is_light() -> None:
    code = "import sys, labarchive.images; print({'numpy', 'nibabel', 'pydicom'} & sys.modules.keys())"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


def test_echoes_are_parts_and_load_asks_which(write: Write) -> None:
    files = write(
        flat(1, 2, 3, 11, 12, 13), PLACES * 2, EchoNumbers=[1, 1, 1, 2, 2, 2], EchoTime=[3.0] * 3 + [8.0] * 3
    )
    assert names(files) == ["echo 1", "echo 2"]
    with pytest.raises(Ambiguous, match="2 volumes are here: choose a part: 'echo 1', 'echo 2'"):
        images.load(files)
    with pytest.raises(NotFound, match="no part is called 'echo 3': choose one of 'echo 1', 'echo 2'"):
        images.load(files, "echo 3")
    assert np.asarray(images.load(files, "echo 2").dataobj)[0, 0].tolist() == [11, 12, 13]


def test_echo_times_name_parts_where_echo_numbers_do_not(write: Write) -> None:
    files = write(flat(1, 2, 3, 4), PLACES[:2] * 2, EchoTime=[4.92, 4.92, 7.38, 7.38])
    assert names(files) == ["TE 4.92 ms", "TE 7.38 ms"]


def test_magnitude_and_phase_are_parts(write: Write) -> None:
    types = [["ORIGINAL", "PRIMARY", word, "ND"] for word in "MMPP"]
    files = write(flat(1, 2, 3, 4), PLACES[:2] * 2, ImageType=types)
    assert names(files) == ["magnitude", "phase"]


def test_philips_words_for_phase_are_one_word(write: Write) -> None:
    types = [["ORIGINAL", "PRIMARY", *words, "FFE"] for words in (("M_FFE", "M"), ("PHASE MAP", "P"))]
    assert names(write(flat(1, 2), PLACES[:1] * 2, ImageType=types)) == ["magnitude", "phase"]


def test_the_directions_of_a_localizer_are_stacks(write: Write, tmp_path: Path) -> None:
    files = write(flat(1, 2, 3), PLACES)
    turned = [
        replace(file, orientation=(0.0, 1.0, 0.0, 0.0, 0.0, -1.0), path=file.path, sop_uid=None)
        for file in files[1:]
    ]
    parts = images.volumes([files[0], *turned])
    assert [part.name for part in parts] == ["stack 1", "stack 2"]
    assert parts[0].shape == (3, 2, 1)


def test_one_part_needs_no_name(write: Write) -> None:
    (part,) = images.volumes(write(flat(1, 2, 3), PLACES))
    assert (part.name, part.shape, part.problem, len(part.files)) == ("image", (3, 2, 3), "", 3)


def test_repeated_places_are_times_in_the_order_of_their_instances(write: Write) -> None:
    files = write(flat(1, 2, 3, 11, 12, 13), PLACES * 2, RepetitionTime="2500")
    image = images.load(list(reversed(files)))
    assert image.shape == (3, 2, 3, 2)
    assert np.asarray(image.dataobj)[0, 0].T.tolist() == [[1, 2, 3], [11, 12, 13]]
    assert image.header.get_zooms()[3] == 2.5


def test_slice_by_slice_numbering_and_temporal_positions_give_the_same_series(write: Write) -> None:
    places = [PLACES[0], PLACES[0], PLACES[1], PLACES[1]]
    files = write(flat(11, 1, 12, 2), places, TemporalPositionIdentifier=[2, 1, 2, 1])
    assert np.asarray(images.load(files).dataobj)[0, 0].T.tolist() == [[1, 2], [11, 12]]


def test_b_values_stay_in_one_series(write: Write) -> None:
    files = write(flat(1, 2, 3, 11, 12, 13), PLACES * 2, DiffusionBValue=[0.0] * 3 + [1000.0] * 3)
    assert [part.shape for part in images.volumes(files)] == [(3, 2, 3, 2)]


def test_a_series_stopped_in_its_last_volume_says_what_is_missing(write: Write) -> None:
    files = write(flat(1, 2, 3, 11, 12), [*PLACES, *PLACES[:2]])
    with pytest.raises(Damaged, match="1 of 6 planes are missing: slice 3 of 3 came fewer than 2 times"):
        images.load(files)
    assert np.asarray(images.load(files, partial=True).dataobj)[0, 0].T.tolist() == [[1, 2, 3], [11, 12, 0]]


def test_acquisitions_are_parts_where_only_that_makes_them_regular(write: Write) -> None:
    places = [(0.0, 0.0, z) for z in (0.0, 2.0, 4.0, 40.0, 45.0, 50.0)]
    files = write(flat(1, 2, 3, 4, 5, 6), places, AcquisitionNumber=[1, 1, 1, 2, 2, 2])
    assert names(files) == ["acquisition 1", "acquisition 2"]


def test_an_instance_that_is_there_twice_is_taken_once(write: Write) -> None:
    files = write(flat(1, 2, 3), PLACES)
    again = [replace(file, path=file.path + b".copy") for file in files]
    assert images.load([*files, *again]).shape == (3, 2, 3)


def test_a_file_cut_short_is_named_by_its_instance_never_by_its_path(write: Write) -> None:
    files = write([np.full((64, 64), n, np.uint16) for n in (1, 2, 3)], PLACES)
    path = Path(files[1].path.decode())
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(Damaged, match="instance 2 is cut short: 5000 bytes for a picture of 8192") as raised:
        images.load(files)
    assert str(path.parent) not in str(raised.value)
    assert np.asarray(images.load(files, partial=True).dataobj)[0, 0].tolist() == [1, 0, 3]


def test_a_file_that_is_gone_is_said_to_be(write: Write) -> None:
    files = write(flat(1, 2, 3), PLACES)
    Path(files[2].path.decode()).unlink()
    with pytest.raises(NotFound, match="instance 3 is gone: index its folder again"):
        images.load(files)


def test_no_picture_among_the_files_is_said(write: Write) -> None:
    with pytest.raises(NotFound, match="no image lies in these files"):
        images.load([ImageFile(b"/notes.txt", form="text")])


def test_a_row_of_the_catalogue_gives_bytes_that_are_no_text(write: Write) -> None:
    row = {
        "path": "/a/\\xff.dcm",
        "path_bytes": b"/a/\xff.dcm",
        "position": [1, 2],
        "orientation": list(AXIAL),
    }
    file = ImageFile.from_row(row)
    assert (file.path, file.position, file.orientation) == (b"/a/\xff.dcm", None, AXIAL)


def test_nifti_files_of_one_scan_are_parts(tmp_path: Path) -> None:
    files = []
    for n in (1, 2):
        nib.save(nib.Nifti1Image(np.full((2, 3, 4), n, np.int16), np.eye(4)), tmp_path / f"{n}.nii")
        files.append(ImageFile(bytes(tmp_path / f"{n}.nii"), form="nifti"))
    assert names(files) == ["nifti 1", "nifti 2"]
    assert np.asarray(images.load(files, "nifti 2").dataobj).max() == 2
