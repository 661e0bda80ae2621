"""Many files for measuring: tiny ones by the million, or ones with headers as long as a vendor's."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from labarchive.phantom.people import Person, person
from labarchive.phantom.template import TOKENS, Template
from labarchive.phantom.vendor import lengthen
from labarchive.phantom.vocabulary import MR, ROOT, SEQUENCES, SITES, Site

PROJECT = "many"
A_SERIES, A_SESSION = 100, 20
"""Files a series, series a session."""
KINDS = ("T1w", "T2w", "FLAIR", "bold")
VISITS = ("baseline", "m06", "m12")


@dataclass(frozen=True, slots=True)
class Batch:
    """One session's worth of files; everything follows from ``seed`` and ``number``."""

    root: Path
    seed: int
    number: int
    files: int
    vendor: bool

    @property
    def who(self) -> Person:
        return person(self.seed, self.number // len(VISITS))

    @property
    def site(self) -> Site:
        return SITES[self.number % len(SITES)]

    @property
    def patient_id(self) -> str:
        return f"{self.site.code}-{self.who.number:05d}"

    @property
    def uid(self) -> str:
        return f"{ROOT}.{self.seed}.9.{self.number + 1}"

    @property
    def visit(self) -> str:
        return VISITS[self.number % len(VISITS)]

    @property
    def folder(self) -> Path:
        return Path(PROJECT, f"S{self.who.number:05d}", self.visit)

    @property
    def date(self) -> str:
        return f"2025{self.number % 12 + 1:02d}{self.number % 27 + 1:02d}"


def batches(root: Path, files: int, *, seed: int, vendor: bool) -> list[Batch]:
    size = A_SERIES * A_SESSION
    counts = [min(size, files - start) for start in range(0, files, size)]
    return [Batch(root, seed, number, count, vendor) for number, count in enumerate(counts)]


def make_batch(batch: Batch) -> tuple[Mapping[str, Sequence[Any]], Counter[str]]:
    """Write one session, 100 files a series and a folder for each; gives rows of the key and counts."""
    frame = np.zeros((32, 32) if batch.vendor else (4, 4), np.uint16)
    series, size = [], 0
    for turn, count in _series(batch.files):
        place = batch.folder / f"{turn + 1:03d}"
        (batch.root / place).mkdir(parents=True)
        header = _header(batch, turn, len(frame))
        syntax = batch.site.magnet.transfer_syntax
        size += _write(batch.root / place, Template.of(header, syntax), frame, count)
        series.append({
            "session": batch.number, "project": PROJECT, "kind": KINDS[turn % len(KINDS)], "modality": "MR", "form": "dicom",
            "study_uid": batch.uid, "series_uid": str(header.SeriesInstanceUID), "number": turn + 1,
            "description": str(header.SeriesDescription), "transfer_syntax": syntax, "expected_files": count,
            "present_files": count, "status": "ok", "fault": "", "path": str(place),
        })  # fmt: skip
    session = {
        "project": PROJECT, "session": batch.number, "subject": batch.who.number, "visit": batch.visit, "site": batch.site.code,
        "patient_id": batch.patient_id, "study_uid": batch.uid,
    }  # fmt: skip
    return {"sessions": [session], "series": series}, Counter({"ok": batch.files, "bytes": size})


def _series(files: int) -> Iterator[tuple[int, int]]:
    for turn in range(-(-files // A_SERIES)):
        yield turn, min(A_SERIES, files - turn * A_SERIES)


def _write(place: Path, template: Template, frame: Any, count: int) -> int:
    size = 0
    for index in range(count):
        along = f"{index * 1.5:.4f}"
        content = template.fill(
            {"sop": str(1000001 + index), "instance": str(index + 1), "x": "-16.0", "y": "-16.0", "z": along, "location": along},
            frame,
        )  # fmt: skip
        (place / f"{index + 1:05d}.dcm").write_bytes(content)
        size += len(content)
    return size


def _header(batch: Batch, turn: int, side: int) -> Dataset:
    who, scanner, sequence = batch.who, batch.site.magnet, SEQUENCES[KINDS[turn % len(KINDS)]]
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = MR, f"{batch.uid}.{turn + 1}.{TOKENS['sop']}"
    made.StudyInstanceUID, made.SeriesInstanceUID = batch.uid, f"{batch.uid}.{turn + 1}"
    made.ImageType = sequence.image_type.split("\\")
    made.StudyDate = made.SeriesDate = made.AcquisitionDate = batch.date
    made.StudyTime = made.SeriesTime = made.AcquisitionTime = f"10{turn:02d}00"
    made.Modality, made.Manufacturer, made.ManufacturerModelName = "MR", scanner.manufacturer, scanner.model
    made.SeriesDescription = made.ProtocolName = sequence.names[batch.number % len(sequence.names)]
    made.PatientName, made.PatientID = who.name.encode("ascii", "replace").decode(), batch.patient_id
    made.PatientBirthDate, made.PatientSex = who.born.strftime("%Y%m%d"), who.sex
    scanning, variant, made.MRAcquisitionType = sequence.physics
    made.ScanningSequence, made.SequenceVariant = scanning.split("\\"), variant.split("\\")
    made.RepetitionTime, made.EchoTime = f"{sequence.tr:g}", f"{sequence.te:g}"
    made.FlipAngle, made.MagneticFieldStrength = f"{sequence.flip:g}", "3"
    if sequence.ti:
        made.InversionTime = f"{sequence.ti:g}"
    made.SliceThickness = made.SpacingBetweenSlices = "1.5"
    made.SeriesNumber, made.InstanceNumber = str(turn + 1), TOKENS["instance"]
    made.ImagePositionPatient = [TOKENS["x"], TOKENS["y"], TOKENS["z"]]
    made.ImageOrientationPatient, made.SliceLocation = [1, 0, 0, 0, 1, 0], TOKENS["location"]
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows = made.Columns = side
    made.PixelSpacing = ["1", "1"]
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    if batch.vendor:
        lengthen(made, scanner.dialect, with_protocol=turn % 4 == 0)
    return made
