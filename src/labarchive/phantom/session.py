"""One session on disk: its folders, the header its series share, and the rows it adds to the answer key."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from labarchive.phantom.dialects import add_private
from labarchive.phantom.identifiers import plant
from labarchive.phantom.plan import Visit
from labarchive.phantom.template import TOKENS
from labarchive.phantom.vocabulary import EPONYMS


@dataclass(slots=True)
class Room:
    """Where a session's files go and what the key will say of them."""

    visit: Visit
    root: Path
    phi_rate: float
    rows: dict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)
    """Files by status, and ``bytes``."""
    folder: Path = field(init=False)
    """Relative to the archive; a few carry the person's name, as real ones do."""

    def __post_init__(self) -> None:
        visit = self.visit
        named = visit.rng(11).random() < self.phi_rate * 0.3 and visit.who.ascii
        person = f"{visit.who.last}_{visit.who.first}"
        top = person if named else visit.patient_id.strip()
        visited = f"{visit.spelling}_{visit.when:%Y%m%d}"
        if visit.site.layout == "flat":
            self.folder = Path(visit.study.name, f"{top}_{visited}")
        else:
            self.folder = Path(visit.study.name, top, visited)
        if named:
            self.planted("path", str(self.folder), "path", "name", person)

    def path(
        self, number: int, description: str, instance: int, *, sop_uid: str, modality: str = "MR"
    ) -> Path:
        """Relative to the archive, as this site's exports name files."""
        layout = self.visit.site.layout
        if layout == "flat":
            return self.folder / f"{modality}.{sop_uid}.dcm"
        if layout == "media":
            return self.folder / "DICOM" / f"S{number:04d}" / f"IM_{instance:04d}"
        if layout == "xnat":
            name = f"{self.visit.patient_id.strip()}.{modality}.{number}.{instance}.dcm"
            return self.folder / "SCANS" / str(number) / "DICOM" / name
        words = re.sub(r"[^A-Za-z0-9]+", "_", description).strip("_")
        return self.folder / f"{number:03d}_{words}" / f"{instance:05d}.dcm"

    def put(self, path: Path, content: bytes, *, status: str = "ok", form: str = "dicom") -> str:
        """Write a new file. What is no undamaged image gets its expected status into the key."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as file:
            file.write(content)
        self.counts.update({status: 1, "bytes": len(content)})
        if status != "ok":
            self.rows["files"].append({"path": str(path), "status": status, "form": form})
        return str(path)

    def series(self, **row: Any) -> None:
        """A row of the key's table of series; what is not said is as usual."""
        usual = {
            "session": self.visit.number, "project": self.visit.study.name, "kind": "", "modality": "MR", "form": "dicom",
            "study_uid": self.visit.uid, "series_uid": "", "number": "", "description": "", "transfer_syntax": "",
            "slices": "", "volumes": 1, "expected_files": 1, "present_files": 1, "status": "ok", "fault": "", "path": "",
        }  # fmt: skip
        self.rows["series"].append(usual | row)

    def planted(self, scope: str, target: str, where: str, what: str, value: str) -> None:
        self.rows["phi"].append(
            {"session": self.visit.number, "scope": scope, "target": target, "where": where, "what": what, "value": value}
        )  # fmt: skip

    def fault(
        self, name: str, *, path: str = "", series_uid: str = "", status: str = "", detail: str = ""
    ) -> None:
        self.rows["faults"].append(
            {"session": self.visit.number, "fault": name, "path": path, "series_uid": series_uid, "status": status, "detail": detail}
        )  # fmt: skip


def header(room: Room, number: int, sop_class: str, modality: str, description: str) -> Dataset:
    """What every series of the session carries, with tokens where instances differ."""
    made = Dataset()
    _identity(room, made)
    _study(room, made, number, modality)
    made.SOPClassUID, made.Modality = sop_class, modality
    made.SOPInstanceUID = f"{room.visit.uid}.{number}.{TOKENS['sop']}"
    made.AcquisitionTime, made.InstanceNumber = TOKENS["time"], TOKENS["instance"]
    made.SeriesDescription = made.ProtocolName = description
    made.PatientPosition = "HFS"
    _free_text(room, made, number)
    _private(room, made, number)
    return made


def _identity(room: Room, made: Dataset) -> None:
    visit, who = room.visit, room.visit.who
    if not who.ascii:
        made.SpecificCharacterSet = list(who.charset)
    made.PatientName, made.PatientID = who.name, visit.patient_id
    made.PatientBirthDate, made.PatientSex = who.born.strftime("%Y%m%d"), who.sex
    made.PatientAge = f"{visit.age:03d}Y"
    made.ReferringPhysicianName = f"{who.physician}^P"


def _study(room: Room, made: Dataset, number: int, modality: str) -> None:
    visit, site = room.visit, room.visit.site
    scanner = site.scanner(modality)
    made.StudyDate = made.SeriesDate = made.AcquisitionDate = visit.when.strftime("%Y%m%d")
    made.StudyTime = visit.when.strftime("%H%M%S")
    made.SeriesTime = f"{visit.when:%H%M}{number % 60:02d}"
    made.AccessionNumber, made.StudyID = visit.accession, str(visit.number)
    made.StudyInstanceUID, made.SeriesInstanceUID = visit.uid, f"{visit.uid}.{number}"
    made.SeriesNumber, made.FrameOfReferenceUID = str(number), f"{visit.uid}.900"
    made.StudyDescription = f"{visit.study.name.upper()} {visit.spelling}"
    made.InstitutionName, made.StationName = site.institution, scanner.station
    made.Manufacturer, made.ManufacturerModelName = scanner.manufacturer, scanner.model


def _free_text(room: Room, made: Dataset, number: int) -> None:
    """Names and numbers where people type them, and words that only look like names."""
    visit, who, target = room.visit, room.visit.who, str(made.SeriesInstanceUID)
    for where, what, value in (
        ("(0010,0010)", "name", who.name),
        ("(0010,0020)", "record", visit.patient_id),
        ("(0010,0030)", "birth date", str(made.PatientBirthDate)),
        ("(0008,0050)", "accession", visit.accession),
        ("(0008,0090)", "staff", str(made.ReferringPhysicianName)),
    ):
        room.planted("series", target, where, what, value)
    words = {
        "phone": who.phone, "record": who.record, "address": who.address, "first": who.first, "last": who.last,
        "born": f"{who.born:%d/%m/%Y}", "physician": who.physician, "age": visit.age,
    }  # fmt: skip
    draw = visit.rng(12, number)
    for planted in plant(made, words, draw, room.phi_rate):
        room.planted("series", target, *planted)
    if draw.random() < room.phi_rate * 0.5:
        made.ProtocolName = str(draw.choice(EPONYMS))
        room.rows["retain"].append(
            {"session": visit.number, "series_uid": target, "where": "(0018,1030)", "value": made.ProtocolName}
        )  # fmt: skip


def _private(room: Room, made: Dataset, number: int) -> None:
    leak = bool(room.visit.rng(13, number).random() < room.phi_rate)
    dialect = room.visit.site.scanner(str(made.Modality)).dialect
    for where, what, value in add_private(made, room.visit.who, dialect, leak=leak):
        room.planted("series", str(made.SeriesInstanceUID), where, what, value)
