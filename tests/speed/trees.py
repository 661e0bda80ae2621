"""The trees that are measured, each made once and kept: vendor files, a BIDS data set, one native series."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
from pydicom import dcmread

from labarchive.phantom import make
from tests.speed.replicas import replicate

KEPT = Path(os.environ.get("LABARCHIVE_BENCH", Path(tempfile.gettempdir()) / "labarchive-bench"))
"""Where the trees lie between runs; $LABARCHIVE_BENCH moves them."""
SUFFIX = ".dcm"


def plain(profile: str, files: int) -> Path:
    """So many files of the ``vendor`` (long private headers) or ``scale`` (tiny) profile."""
    return _kept(f"{profile}-{files}", lambda fresh: make(fresh, profile=profile, files=files))


def dev_data() -> Path | None:
    """The real files of many vendors, when they are unpacked here: $LABARCHIVE_DEV_DATA, or where the suite does."""
    given = os.environ.get("LABARCHIVE_DEV_DATA")
    if given:
        return Path(given)
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "labarchive-tests"
    return max(cache.glob("dev-*"), default=None)


def real(files: int) -> Path | None:
    """So many files with the headers of real scanners (GE, Philips, UIH, Siemens, Canon): copies with new UIDs.

    Pixels are holes of the same length. None when the real files are not here.
    """
    found = dev_data()
    return found and _kept(f"real-{files}", lambda fresh: replicate(found, fresh, files))


def bids(subjects: int = 100) -> Path:
    """A BIDS data set of 20 files a subject, with metadata inherited from the top."""
    return _kept(f"bids-{subjects}", lambda fresh: _make_bids(fresh, subjects))


def native(slices: int = 200, side: int = 512) -> Path:
    """One uncompressed series of 16-bit slices with vendor headers."""
    return _kept(f"native-{slices}-{side}", lambda fresh: _make_native(fresh, slices, side))


def listed(tree: Path) -> list[str]:
    """Every file below, in order of its path."""
    return sorted(os.path.join(folder, name) for folder, _, names in os.walk(tree) for name in names)


def firsts(tree: Path) -> list[str]:
    """One file of every folder that holds files: in these trees, of every series."""
    return sorted(os.path.join(folder, min(names)) for folder, _, names in os.walk(tree) if names)


def _kept(name: str, made: Callable[[Path], object]) -> Path:
    tree, fresh = KEPT / name, KEPT / f"{name}.{os.getpid()}"
    if not tree.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        made(fresh)
        fresh.rename(tree)
        shutil.rmtree(fresh.with_name(fresh.name + "_key"), ignore_errors=True)
    return tree


def _make_bids(folder: Path, subjects: int) -> None:
    folder.mkdir(parents=True)
    _json(folder / "dataset_description.json", {"Name": "bench", "BIDSVersion": "1.8.0"})
    _json(folder / "task-rest_bold.json", {"TaskName": "rest", "RepetitionTime": 2.0, "FlipAngle": 77})
    _json(folder / "T1w.json", {"Manufacturer": "Siemens", "MagneticFieldStrength": 3, "FlipAngle": 9})
    image, series = folder / "image", folder / "series"
    nib.save(nib.Nifti1Image(np.zeros((8, 8, 8), np.int16), np.eye(4)), f"{image}.nii.gz")
    nib.save(nib.Nifti1Image(np.zeros((8, 8, 8, 4), np.int16), np.eye(4)), f"{series}.nii.gz")
    for subject in range(1, subjects + 1):
        for session in ("01", "02"):
            _session(
                folder,
                f"sub-{subject:03d}",
                f"ses-{session}",
                Path(f"{image}.nii.gz"),
                Path(f"{series}.nii.gz"),
            )
    for source in folder.glob("*.nii.gz"):
        source.unlink()


def _session(folder: Path, subject: str, session: str, image: Path, series: Path) -> None:
    named, place = f"{subject}_{session}", folder / subject / session
    for room, suffix, source, metadata in (
        ("anat", "T1w", image, {"EchoTime": 0.003, "RepetitionTime": 2.3}),
        ("anat", "FLAIR", image, {"EchoTime": 0.39, "InversionTime": 1.8}),
        ("func", "task-rest_bold", series, {"EchoTime": 0.03, "SliceTiming": [0.0, 0.5, 1.0, 1.5]}),
        ("dwi", "dwi", series, {"EchoTime": 0.09, "PhaseEncodingDirection": "j-"}),
    ):
        (place / room).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place / room / f"{named}_{suffix}.nii.gz")
        _json(place / room / f"{named}_{suffix}.json", metadata)
    (place / "dwi" / f"{named}_dwi.bval").write_text("0 1000 1000 1000\n")
    (place / "dwi" / f"{named}_dwi.bvec").write_text("0 1 0 0\n0 0 1 0\n0 0 0 1\n")


def _json(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content))


def _make_native(folder: Path, slices: int, side: int) -> None:
    folder.mkdir(parents=True)
    one = dcmread(firsts(plain("vendor", 400))[0])
    one.Rows = one.Columns = side
    uid, noise = one.SOPInstanceUID, np.random.default_rng(1)
    for index in range(slices):
        one.SOPInstanceUID = one.file_meta.MediaStorageSOPInstanceUID = f"{uid}.{index + 1}"
        one.InstanceNumber, one.ImagePositionPatient = index + 1, [-16, -16, index * 1.5]
        one.SliceLocation = index * 1.5
        one.PixelData = noise.integers(0, 4096, (side, side), np.uint16).tobytes()
        one.save_as(folder / f"{index + 1:05d}{SUFFIX}")
