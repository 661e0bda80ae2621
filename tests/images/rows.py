"""The catalogue's rows of a folder as pydicom reads them: the tests' own way to ImageFiles."""

from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError

from labarchive.images import ImageFile

_WORDS = {
    "sop_class": "SOPClassUID",
    "sop_uid": "SOPInstanceUID",
    "series_uid": "SeriesInstanceUID",
    "modality": "Modality",
    "manufacturer": "Manufacturer",
    "instance": "InstanceNumber",
    "acquisition": "AcquisitionNumber",
    "temporal_position": "TemporalPositionIdentifier",
    "acquisition_time": "AcquisitionTime",
    "echo": "EchoNumbers",
    "te": "EchoTime",
    "tr": "RepetitionTime",
    "b_value": "DiffusionBValue",
    "rows": "Rows",
    "columns": "Columns",
    "frames": "NumberOfFrames",
    "bits": "BitsAllocated",
    "slice_thickness": "SliceThickness",
    "spacing": "SpacingBetweenSlices",
}
_NUMBERS = (
    "instance",
    "acquisition",
    "temporal_position",
    "echo",
    "te",
    "tr",
    "frames",
    "slice_thickness",
    "spacing",
)
_TAGS = [*_WORDS.values(), "ImageType", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"]  # fmt: skip


def rows_of(folder: Path) -> list[ImageFile]:
    """An ImageFile of each DICOM file below a folder (or of the one file)."""
    paths = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file())
    return [ImageFile.from_row(row) for path in paths if (row := row_of(path))]


def row_of(path: Path) -> dict[str, Any] | None:
    try:
        header = dcmread(path, specific_tags=_TAGS, stop_before_pixels=True)
    except InvalidDicomError:
        return None
    row = {name: _plain(header.get(word)) for name, word in _WORDS.items()}
    row |= {name: None for name in _NUMBERS if isinstance(row[name], str)}
    return row | {
        "path": str(path),
        "form": "dicom",
        "bytes": path.stat().st_size,
        "transfer_syntax": str(header.file_meta.get("TransferSyntaxUID", "")) or None,
        "image_type": _joined(header),
        "position": _numbers(header.get("ImagePositionPatient")),
        "orientation": _numbers(header.get("ImageOrientationPatient")),
        "pixel_spacing": _numbers(header.get("PixelSpacing")),
    }


def _plain(value: Any) -> Any:
    if value is None or value == "":
        return None
    if isinstance(value, float):
        return float(value)
    return int(value) if isinstance(value, int) else str(value)


def _joined(header: Dataset) -> str | None:
    types = header.get("ImageType")
    return "\\".join(types) if types and not isinstance(types, str) else types or None


def _numbers(values: Any) -> list[float] | None:
    return [float(value) for value in values] if values else None
