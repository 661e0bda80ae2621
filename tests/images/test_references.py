"""What dcm2niix made of a series, ours equals: its own published references, and its program as a peer."""

import json
import shutil
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from labarchive import images
from labarchive.images import ImageFile
from tests.images.rows import rows_of
from tests.images.space import difference

pytestmark = pytest.mark.data

FOLDERS = ("dcm_qa_12bit", "dcm_qa_enh", "dcm_qa_nih", "dcm_qa_philips_asl_enh", "dcm_qa_ts", "dcm_qa_uih")

FILE_OF = {f"dcm_qa_ts/Ref/{n}.nii": f"dcm_qa_ts/In/{n}.dcm" for n in range(1, 10)} | {
    "dcm_qa_12bit/Ref/2.nii": "dcm_qa_12bit/In/12bitUnsigned.dcm",
    "dcm_qa_12bit/Ref/3.nii": "dcm_qa_12bit/In/12bitUnsigned_0x0F0F.dcm",
    "dcm_qa_12bit/Ref/4.nii": "dcm_qa_12bit/In/12bitSigned_0x0F0F.dcm",
}
"""References of one file each: these folders give all their files one series."""

DIFFERING: dict[str, tuple[str, dict[str, float], str]] = {
    "dcm_qa_enh/Ref/Philips_WIP_B0_NS_801_e2_fieldmaphz.nii": (
        "131062 of 131072 voxels differ",
        {"atol": 0.006},
        "dcm2niix takes the slope as the difference of two scaled numbers in float32: 0.24420166, where the header "
        "has 1/4.0950003 = 0.24420023",
    ),
    "studyforrest_struct": (
        "the corners lie 0.0015 mm apart",
        {"apart": 0.0016},
        "dcm2niix takes the slice step from the first two positions in float32, which adds up over 384 slices; ours "
        "ends where the header of the last slice says",
    ),
}
"""What differs, the tolerance within which it is equal, and why. docs/reference/volumes.md shows the same table."""


@cache
def parts_of(folder: Path) -> dict[str, list[tuple[str, Any]]]:
    """Each series (or file, where the folder is one of single files) with all its loaded parts."""
    series: defaultdict[str, list[ImageFile]] = defaultdict(list)
    for file in rows_of(folder):
        alone = folder.parent.name in ("dcm_qa_ts", "dcm_qa_12bit")
        series[Path(file.path.decode()).name if alone else str(file.series_uid)].append(file)
    return {
        uid: [(part.name, images.load(files, part.name)) for part in images.volumes(files)]
        for uid, files in series.items()
    }


def references(root: Path) -> list[Path]:
    return [path for name in FOLDERS for path in sorted((root / name / "Ref").glob("*.nii"))]


def test_every_reference_equals_one_volume_of_its_series(dev_data: Path) -> None:
    found = references(dev_data)
    assert len(found) == 36
    wrong = []
    for path in found:
        name = path.relative_to(dev_data).as_posix()
        parts = parts_of(path.parent.parent / "In")
        if name in FILE_OF:
            parts = {key: parts[key] for key in [Path(FILE_OF[name]).name]}
        said = [difference(image, nib.load(path)) for each in parts.values() for _, image in each]
        if name not in DIFFERING and said.count("") != 1:
            wrong.append((name, said))
    assert not wrong


def test_the_few_that_differ_differ_as_the_table_says(dev_data: Path, tmp_path: Path) -> None:
    for name, (said, tolerance, _) in DIFFERING.items():
        path = dev_data / name
        folder = path.parents[1] / "In" if path.is_file() else path
        theirs = nib.load(path if path.is_file() else by_dcm2niix(path, tmp_path)[0])
        ours = [image for parts in parts_of(folder).values() for _, image in parts]
        assert [
            difference(image, theirs, **tolerance) for image in ours if difference(image, theirs) == said
        ] == [""]


def test_the_page_on_volumes_shows_the_same_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "volumes.md").read_text()
    shown = [
        [cell.strip(" `") for cell in line.split("|")[1:4]] for line in page.splitlines() if line[:1] == "|"
    ]
    assert shown[-len(DIFFERING) :] == [[name, said, why] for name, (said, _, why) in DIFFERING.items()]


def test_each_delay_of_a_multi_phase_asl_is_the_part_of_that_name(dev_data: Path) -> None:
    folder = dev_data / "dcm_qa_philips_asl_enh"
    files = rows_of(folder / "In" / "Enhanced" / "301_ASL_MultiPhase_real.dcm")
    for path in sorted((folder / "Ref").glob("301*_t*.nii")):
        delay = json.loads(path.with_suffix(".json").read_text())["TriggerDelayTime"]
        assert difference(images.load(files, f"delay {delay / 1000:g} s"), nib.load(path)) == ""


def test_every_volume_of_the_dcmstack_references_equals_ours(dev_data: Path) -> None:
    """Made by dcmstack of the two lowest slices, of one echo or two; one of the lowest slice alone."""
    folder = dev_data / "dcmstack" / "test" / "data" / "dcmstack" / "2D_16Echo_qT2"
    files = [file for file in rows_of(folder) if file.position and file.position[2] < -20]
    ours = [images.load(files, part.name) for part in images.volumes(files)]
    ours += [images.load([file]) for file in files if file.instance == 1]
    found = sorted(folder.glob("*.nii.gz"))
    assert len(found) == 10
    for path in found:
        theirs = nib.load(path)
        theirs = nib.Nifti1Image(np.asarray(theirs.dataobj).reshape(*theirs.shape[:3], -1), theirs.affine)
        for time in range(theirs.shape[3]):
            assert "" in [difference(image, theirs.slicer[..., time]) for image in ours], (path.name, time)


PEERS = (
    "studyforrest_struct", "studyforrest_func", "dcm_qa_ct/In/Philips/S21570/S2010", "dcm_qa_ct/In/Philips/S21570/S1000",
    "dcm_qa_agfa/Siemens", "dcm_qa_agfa/Agfa", "presidio_pseudo_phi", "acrin_flt_pt",
)  # fmt: skip


@pytest.mark.parametrize("name", PEERS)
def test_what_dcm2niix_makes_of_a_series_today_ours_equals(dev_data: Path, tmp_path: Path, name: str) -> None:
    theirs = by_dcm2niix(dev_data / name, tmp_path)
    ours = [image for parts in parts_of(dev_data / name).values() for _, image in parts]
    expected = DIFFERING[name][0] if name in DIFFERING else ""
    for path in theirs:
        assert expected in [difference(image, nib.load(path)) for image in ours], path.name


def by_dcm2niix(folder: Path, into: Path) -> list[Path]:
    program = Path(sys.executable).parent / "dcm2niix"
    if not program.exists() and not shutil.which("dcm2niix"):
        pytest.skip("dcm2niix is not installed (it is in the dev dependency group)")
    subprocess.run([program, "-b", "n", "-o", into, "-f", "%s_%j", folder], check=False, capture_output=True)
    return sorted(path for path in into.glob("*.nii") if "_ROI" not in path.name)  # an overlay is no volume
