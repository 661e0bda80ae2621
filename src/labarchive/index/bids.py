"""BIDS names and sidecars: entities from a file's name, its JSON with all it inherits, and the columns that gives."""

import json
import os
import posixpath
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

DATATYPES = {
    b"anat": "MR", b"func": "MR", b"dwi": "MR", b"fmap": "MR", b"perf": "MR", b"swi": "MR", b"mrs": "MR", b"pet": "PT",
}  # fmt: skip
_NAME = re.compile(rb"^((?:[A-Za-z0-9]+-[^_./]+_)*)([A-Za-z0-9]+)$")
_FOLDER = re.compile(rb"^(sub|ses)-")
_WHEN = re.compile(r"^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d(?:\.\d{1,6})?)$")
_IMAGES = (b".nii", b".nii.gz", b".mgz", b".mgh")
_MOST = 4 << 20
_USUAL = 1 << 16
_FOLDERS = 4096

# Sidecar name, column, factor (seconds to milliseconds); None keeps the words.
COLUMNS: tuple[tuple[str, str, float | None], ...] = (
    ("RepetitionTime", "tr", 1000.0),
    ("EchoTime", "te", 1000.0),
    ("InversionTime", "ti", 1000.0),
    ("FlipAngle", "flip_angle", 1.0),
    ("MagneticFieldStrength", "field_strength", 1.0),
    ("SliceThickness", "slice_thickness", 1.0),
    ("Modality", "modality", None),
    ("Manufacturer", "manufacturer", None),
    ("ManufacturersModelName", "model", None),
    ("StationName", "station", None),
    ("InstitutionName", "institution", None),
    ("BodyPartExamined", "body_part", None),
    ("BodyPart", "body_part", None),
    ("SeriesDescription", "description", None),
    ("StudyDescription", "study_description", None),
    ("ProtocolName", "protocol", None),
    ("ImageType", "image_type", None),
    ("ScanningSequence", "scanning_sequence", None),
    ("SequenceVariant", "sequence_variant", None),
    ("SequenceName", "sequence_name", None),
    ("MRAcquisitionType", "acquisition_type", None),
    ("PatientName", "patient_name", None),
    ("PatientID", "patient_id", None),
    ("PatientBirthDate", "birth_date", None),
    ("PatientSex", "sex", None),
    ("AccessionNumber", "accession", None),
)
_WHOLE = (("SeriesNumber", "number"), ("EchoNumber", "echo"), ("AcquisitionNumber", "acquisition"))
PERSONAL = frozenset((
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientAge", "PatientWeight", "AccessionNumber",
    "OtherPatientIDs", "PatientComments", "PatientAddress", "PatientTelephoneNumbers",
))  # fmt: skip
"""Kept in the person columns where there is one, and not in the sidecar's text."""


class Name(NamedTuple):
    """A BIDS file name, taken apart."""

    entities: frozenset[bytes]
    suffix: bytes


def stem(name: bytes) -> bytes:
    """A file name without its extension; ``.nii.gz`` is one.

    >>> stem(b"sub-01_T1w.nii.gz")
    b'sub-01_T1w'
    """
    name = name.removesuffix(b".gz")
    dot = name.rfind(b".")
    return name[:dot] if dot > 0 else name


def name_of(name: bytes) -> Name | None:
    """Entities and suffix, or None when the name is not made like that.

    >>> name_of(b"sub-01_task-rest_bold.json").suffix
    b'bold'
    """
    return _taken_apart(stem(name))


@lru_cache(maxsize=4096)
def _taken_apart(words: bytes) -> Name | None:
    """An image and its sidecar have one name."""
    found = _NAME.match(words)
    if found is None:
        return None
    return Name(frozenset(one for one in found[1].split(b"_") if one), found[2])


class Sidecar(NamedTuple):
    """A JSON file with a BIDS name."""

    stem: bytes
    entities: frozenset[bytes]
    path: bytes


class Folder(NamedTuple):
    """What stands in a folder as far as sidecars go."""

    own: dict[bytes, list[bytes]]
    """Stem -> the JSON files that have it."""
    by_suffix: dict[bytes, list[Sidecar]]
    images: frozenset[bytes]
    """Stems of image files."""
    above: list[bytes]
    """The folders whose sidecars hold here too, from the data set's top down to this one."""


@dataclass(slots=True)
class Sidecars:
    """The sidecars of the folders met so far: each folder is listed and each sidecar is read once."""

    at_hand: dict[bytes, bytes] = field(default_factory=dict)
    """Path -> content of JSON files that were read just now; they need not be opened again."""
    _folders: dict[bytes, Folder] = field(default_factory=dict)
    _texts: dict[bytes, dict[str, Any] | None] = field(default_factory=dict)

    def merged(self, path: bytes) -> tuple[dict[str, Any], list[str]]:
        """All that an image's sidecars say, the nearer ones over the farther, and doubts about them."""
        folder, name = posixpath.split(path)
        said: dict[str, Any] = {}
        doubts = []
        for sidecar in self._that_apply(folder, name):
            content = self._read(sidecar)
            if content is None:
                doubts.append("a sidecar cannot be read")
            else:
                said |= content
        return said, doubts

    def is_sidecar(self, path: bytes) -> bool:
        """Whether a JSON file speaks for images: it has a stem of one, or a BIDS name with entities."""
        folder, name = posixpath.split(path)
        taken = name_of(name)
        if taken is not None and taken.entities:
            return True
        return stem(name) in self._folder(folder).images or (taken is not None and _is_suffix(taken.suffix))

    def _that_apply(self, folder: bytes, name: bytes) -> list[bytes]:
        here, mine, taken = self._folder(folder), stem(name), name_of(name)
        paths = []
        if taken is not None and taken.entities:
            for where in here.above:
                fitting = [
                    (len(other.entities), other.path)
                    for other in self._folder(where).by_suffix.get(taken.suffix, ())
                    if other.entities <= taken.entities and not (where == folder and other.stem == mine)
                ]
                paths += [path for _, path in sorted(fitting)]
        return paths + here.own.get(mine, [])

    def _folder(self, folder: bytes) -> Folder:
        if folder not in self._folders:
            if len(self._folders) >= _FOLDERS:
                self._folders.clear()
                self._texts.clear()
            parent, name = posixpath.split(folder)
            inherits = name in DATATYPES or _FOLDER.match(name)
            above = self._folder(parent).above if inherits else []
            self._folders[folder] = _listed(folder, [*above, folder])
        return self._folders[folder]

    def _read(self, path: bytes) -> dict[str, Any] | None:
        if path not in self._texts:
            content = self.at_hand.get(path) or _content(path)
            self._texts[path] = None if content is None else _object(content)
        return self._texts[path]


def _is_suffix(suffix: bytes) -> bool:
    return suffix in (
        b"T1w",
        b"T2w",
        b"FLAIR",
        b"bold",
        b"dwi",
        b"sbref",
        b"pet",
        b"asl",
        b"epi",
        b"physio",
        b"events",
    )


def _listed(folder: bytes, above: list[bytes]) -> Folder:
    found = Folder({}, {}, frozenset(), above)
    try:
        names = os.listdir(folder)  # noqa: PTH208, pathlib knows no bytes
    except OSError:
        return found
    for name in sorted(name for name in names if name.endswith(b".json")):
        path, taken = posixpath.join(folder, name), name_of(name)
        found.own.setdefault(stem(name), []).append(path)
        if taken is not None:
            sidecar = Sidecar(stem(name), taken.entities, path)
            found.by_suffix.setdefault(taken.suffix, []).append(sidecar)
    return found._replace(images=frozenset(stem(name) for name in names if name.endswith(_IMAGES)))


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _content(path: bytes) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        content = os.read(descriptor, _USUAL)
        while len(content) < _MOST and (more := os.read(descriptor, _USUAL)):
            content += more
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return content


def columns(path: bytes, said: dict[str, Any]) -> dict[str, Any]:
    """The typed columns that an image's name, folder and sidecars give, and the sidecars' text."""
    given: dict[str, Any] = {"modality": DATATYPES.get(posixpath.basename(posixpath.dirname(path)))}
    given["description"] = _description(posixpath.basename(path))
    for key, column, factor in COLUMNS:
        if (word := said.get(key)) is None:
            continue
        value = _text(word) if factor is None else _number(word, factor)
        if value is not None:
            given[column] = value
    for key, column in _WHOLE:
        number = _number(said[key], 1.0) if key in said else None
        if number is not None and number == int(number) and abs(number) < 1 << 62:
            given[column] = int(number)
    given |= _acquired(said)
    kept = {key: value for key, value in said.items() if key not in PERSONAL}
    given["sidecar"] = json.dumps(kept, sort_keys=True, ensure_ascii=False) if kept else None
    if given["sidecar"] is not None:
        given["sidecar"] = given["sidecar"].encode("utf-8", "replace").decode("utf-8")
    return given


def _acquired(said: dict[str, Any]) -> dict[str, str]:
    """``AcquisitionDateTime`` as dcm2niix writes it, ``2026-01-02T10:04:00.5``, in DICOM's words."""
    found = _WHEN.match(str(said.get("AcquisitionDateTime", "")))
    return (
        {"acquisition_date": "".join(found.group(1, 2, 3)), "acquisition_time": "".join(found.group(4, 5, 6))}
        if found
        else {}
    )


def _description(name: bytes) -> str:
    """The name without subject and session: what a scanner would have called the series."""
    taken = [one for one in stem(name).split(b"_") if not _FOLDER.match(one)]
    return b"_".join(taken).decode("utf-8", "replace")


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        return "\\".join(str(one) for one in value) or None
    if isinstance(value, str | int | float):
        return str(value).encode("utf-8", "replace").decode("utf-8").strip() or None
    return None


def _number(value: Any, factor: float) -> float | None:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = round(float(value) * factor, 9)
    except OverflowError:
        return None
    return number if abs(number) < 1e300 else None
