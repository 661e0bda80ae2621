"""The general part of a Philips PAR header: a text file beside its REC."""

import re
from typing import Any

_LINE = re.compile(r"^\.\s+(.*?)\s*:\s*(.*?)\s*$", re.MULTILINE)
# The beginnings of PAR's names for what we keep, and the column of each.
_WORDS = (
    ("Patient name", "patient_name"),
    ("Examination name", "study_description"),
    ("Protocol name", "protocol"),
    ("Series Type", "image_type"),
)
_NUMBERS = (("Acquisition nr", "number"), ("Repetition time", "tr"))


def read(head: bytes) -> dict[str, Any] | None:
    """Columns of a PAR file, or None when it is none."""
    text = head.decode("latin_1")
    if "DATA DESCRIPTION FILE" not in text[:400]:
        return None
    said = _LINE.findall(text)
    given: dict[str, Any] = {"modality": "MR", "manufacturer": "Philips"}
    for begin, column in _WORDS:
        given[column] = next((value for name, value in said if name.startswith(begin)), None) or None
    given["description"] = given["protocol"]
    for begin, column in _NUMBERS:
        value = _first(said, begin)
        given[column] = value if value is None or column == "tr" else int(value)
    date = next((value for name, value in said if name.startswith("Examination date")), "")
    found = re.match(r"(\d{4})\.(\d\d)\.(\d\d)\s*/\s*(\d\d):(\d\d):(\d\d)", date)
    if found:
        given["study_date"] = "".join(found.groups()[:3])
        given["study_time"] = "".join(found.groups()[3:])
    return given | _shape(said)


def _first(said: list[tuple[str, str]], begin: str) -> float | None:
    value = next((value for name, value in said if name.startswith(begin)), "").split()
    try:
        return float(value[0])
    except (IndexError, ValueError):
        return None


def _shape(said: list[tuple[str, str]]) -> dict[str, Any]:
    slices, volumes = _first(said, "Max. number of slices"), _first(said, "Max. number of dynamics")
    size = next(
        (value.split() for name, value in said if name.startswith(("Recon resolution", "Scan resolution"))),
        [],
    )
    if len(size) != 2 or not all(one.isdigit() for one in size) or slices is None:
        return {}
    dims = [int(size[0]), int(size[1]), int(slices)]
    if volumes and volumes > 1:
        dims.append(int(volumes))
    return {"dims": dims, "columns": dims[0], "rows": dims[1]}
