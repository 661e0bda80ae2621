"""Rows about small pictures: a mosaic from a T1-weighted volume in its three forms, beside nilearn's plotting."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from labarchive.images import ImageFile, montage, shrinking
from labarchive.images.first import first_volume
from tests.speed import trees
from tests.speed.table import Row, Table

TURNS = 8
SHAPE = (176, 256, 256)
REACH = {"nii.gz": "10", "nii": "35", "native DICOM": "35"}


def mosaics(table: Table) -> None:
    """The mosaic alone, encoded, a core: CPU time of the whole process, the best of eight turns."""
    with tempfile.TemporaryDirectory(prefix="drawing-", dir=trees.KEPT) as made:
        forms = _forms(Path(made))
        first = montage.mosaic(first_volume(forms["nii"], "MR"))
        for name, files in forms.items():
            assert (montage.mosaic(first_volume(files, "MR")) == first).all(), name
        by_nilearn = _cpu(lambda: _nilearn(Path(made) / "t1.nii.gz", Path(made) / "peer.png"), 2)
        for name, files in forms.items():
            seconds = _cpu(lambda files=files: _drawn(files), TURNS)  # type: ignore[misc]
            table.add(
                Row(
                    f"a mosaic of {' x '.join(map(str, SHAPE))} from {name}", f"{1 / seconds:.0f}/s a core",
                    f"nilearn {1 / by_nilearn:.2f}/s", cpu=by_nilearn / seconds, reach=f"{REACH[name]}/s; 20x",
                    remark=f"{len(_drawn(files)) >> 10} kB; pixels of all three equal",
                )
            )  # fmt: skip


def _drawn(files: list[ImageFile]) -> bytes:
    return shrinking.webp(montage.mosaic(first_volume(files, "MR")))


def _nilearn(source: Path, target: Path) -> None:
    from nilearn import plotting

    plotting.plot_anat(str(source), display_mode="mosaic", cut_coords=8, output_file=str(target))


def _cpu(act: Callable[[], object], turns: int) -> float:
    act()
    times = []
    for _ in range(turns):
        began = time.process_time()
        act()
        times.append(time.process_time() - began)
    return min(times)


def _forms(folder: Path) -> dict[str, list[ImageFile]]:
    import nibabel as nib
    from nilearn.datasets import load_mni152_template
    from nilearn.image import resample_img

    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = -88, -140, -110
    template = resample_img(
        load_mni152_template(resolution=1), affine, SHAPE, force_resample=True, copy_header=True
    )
    noise = np.random.default_rng(1).normal(0, 60, SHAPE)
    voxels = np.clip(template.get_fdata() * 3000 + noise + 200, 0, 4095).astype(np.int16)
    image = nib.Nifti1Image(voxels, affine)
    forms = {}
    for ending in ("nii.gz", "nii"):
        nib.save(image, folder / f"t1.{ending}")
        forms[ending] = [ImageFile(path=str(folder / f"t1.{ending}").encode(), form="nifti")]
    forms["native DICOM"] = series(folder, voxels)
    return forms


def series(folder: Path, voxels: np.ndarray) -> list[ImageFile]:
    """Sagittal slices as a scanner writes them: rows to the back, columns to the feet."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

    files = []
    _, columns, rows = voxels.shape
    for n, plane in enumerate(voxels):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, MRImageStorage
        header = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        header.SOPClassUID = MRImageStorage
        header.SOPInstanceUID = meta.MediaStorageSOPInstanceUID = generate_uid()
        header.Modality, header.InstanceNumber = "MR", n + 1
        header.StudyInstanceUID, header.SeriesInstanceUID = "1.2", "1.2.3"
        header.PatientID = "P1"
        header.PixelSpacing, header.SliceThickness = ["1", "1"], "1"
        header.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
        header.ImagePositionPatient = [88 - n, 140 - columns + 1, rows - 1 - 110]
        header.Rows, header.Columns = rows, columns
        header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
        header.BitsAllocated, header.BitsStored, header.HighBit, header.PixelRepresentation = 16, 12, 11, 0
        header.PixelData = np.ascontiguousarray(plane[::-1, ::-1].T).astype("<u2").tobytes()
        place = folder / f"{n:04d}.dcm"
        header.save_as(place, enforce_file_format=True)
        files.append(
            ImageFile(
                path=str(place).encode(), bytes=place.stat().st_size, transfer_syntax=str(ExplicitVRLittleEndian),
                sop_uid=str(header.SOPInstanceUID), series_uid="1.2.3", modality="MR", instance=n + 1, rows=rows,
                columns=columns, bits=16, position=tuple(map(float, header.ImagePositionPatient)),
                orientation=(0.0, 1.0, 0.0, 0.0, 0.0, -1.0), pixel_spacing=(1.0, 1.0), slice_thickness=1.0,
            )
        )  # fmt: skip
    return files
