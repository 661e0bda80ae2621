"""The real series of many vendors as facts, read with the header reader alone."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labarchive.errors import Damaged
from labarchive.index.headers import read_header

WORDS = {
    "image_type": "00080008", "sop_class": "00080016", "modality": "00080060", "manufacturer": "00080070",
    "description": "0008103E", "protocol": "00181030", "sequence_name": "00180024", "study_uid": "0020000D",
    "scanning_sequence": "00180020", "sequence_variant": "00180021", "acquisition_type": "00180023",
    "contrast_agent": "00180010", "patient_id": "00100020", "study_date": "00080020", "series_uid": "0020000E",
    "patient_name": "00100010", "birth_date": "00100030", "sex": "00100040", "study_description": "00081030",
}  # fmt: skip
NUMBERS = {
    "tr": "00180080", "te": "00180081", "ti": "00180082", "flip_angle": "00181314", "b_value": "00189087",
    "number": "00200011", "temporal_position": "00200100", "frames": "00280008",
}  # fmt: skip
RAW = "1.2.840.10008.5.1.4.1.1.66"


def _files(root: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "hostile")
        for name in sorted(names):
            path = Path(folder, name)
            with path.open("rb") as file:
                if file.read(132)[128:] != b"DICM":
                    continue
            try:
                yield path, read_header(str(path))
            except Damaged:
                continue


def _words(header: dict[str, Any], tag: str) -> str | None:
    values = header.get(tag, {}).get("Value", [])
    return "\\".join(str(v["Alphabetic"] if isinstance(v, dict) else v) for v in values) or None


def _number(header: dict[str, Any], tag: str) -> Any:
    value = header.get(tag, {}).get("Value", [None])[0]
    return value if isinstance(value, (int, float)) else None


def _facts(root: Path, files: list[tuple[Path, dict[str, Any]]]) -> dict[str, Any]:
    images = [entry for entry in files if _words(entry[1], "00080016") != RAW]
    path, header = (images or files)[0]
    facts = {name: _words(header, tag) for name, tag in WORDS.items()}
    facts |= {name: _number(header, tag) for name, tag in NUMBERS.items()}
    echoes = {_number(header, "00180086") for _, header in files}
    known = {"path": str(path), "folder": str(path.parent.relative_to(root)), "form": "dicom"}
    return facts | known | {"n_files": len(files), "n_echoes": len(echoes)}


@pytest.fixture(scope="session")
def dev_series(dev_data: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """(folder, series UID) -> the facts of its first image."""
    series: dict[tuple[str, str], list[tuple[Path, dict[str, Any]]]] = {}
    for path, header in _files(dev_data):
        key = (str(path.parent.relative_to(dev_data)), _words(header, "0020000E") or "")
        series.setdefault(key, []).append((path, header))
    return {key: _facts(dev_data, files) for key, files in series.items() if key[1]}
