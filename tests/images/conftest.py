"""Small series written by pydicom, each claim with its own geometry and numbers."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, MRImageStorage, generate_uid

from labarchive.images import ImageFile
from tests.images.rows import rows_of

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
Write = Callable[..., list[ImageFile]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes one file a slice: ``write(pixels, positions, orientation, **elements)``; an element may be a list."""

    def _write(
        pixels: Sequence[Any],
        positions: Sequence[Sequence[float] | None],
        orientation: Sequence[float] | None = AXIAL,
        implicit: bool = False,
        **elements: Any,
    ) -> list[ImageFile]:
        for n, (plane, position) in enumerate(zip(pixels, positions, strict=True)):
            own = {word: value[n] if isinstance(value, list) else value for word, value in elements.items()}
            header = _header(np.asarray(plane), n + 1, implicit)
            if position is not None:
                header.ImagePositionPatient = [f"{number:.9g}" for number in position]
            if orientation is not None:
                header.ImageOrientationPatient = [f"{number:.9g}" for number in orientation]
            for word, value in own.items():
                setattr(header, word, value)
            header.save_as(tmp_path / f"{n:04d}.dcm", enforce_file_format=True)
        return rows_of(tmp_path)

    return _write


def _header(plane: np.ndarray, instance: int, implicit: bool) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = MRImageStorage
    header = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    header.SOPClassUID = MRImageStorage
    header.SOPInstanceUID = meta.MediaStorageSOPInstanceUID = generate_uid()
    header.SeriesInstanceUID = "1.2.3"
    header.Modality = "MR"
    header.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
    header.InstanceNumber = instance
    header.PixelSpacing = ["3", "2"]  # rows are 3 mm apart, columns 2 mm
    header.SliceThickness = "4"
    header.Rows, header.Columns = plane.shape[:2]
    header.SamplesPerPixel = 3 if plane.ndim == 3 else 1
    header.PhotometricInterpretation = "RGB" if plane.ndim == 3 else "MONOCHROME2"
    if plane.ndim == 3:
        header.PlanarConfiguration = 0
    bits = plane.dtype.itemsize * 8
    header.BitsAllocated, header.BitsStored, header.HighBit = bits, bits, bits - 1
    header.PixelRepresentation = int(plane.dtype.kind == "i")
    header.PixelData = plane.tobytes()
    header["PixelData"].VR = "OW"
    return header
