"""One session on disk: its folders, the header its series share, and the rows it adds to the answer key."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from labarchive.phantom.dialects import add_private
from labarchive.phantom.plan import Visit, spelling
from labarchive.phantom.template import TOKENS
from labarchive.phantom.vocabulary import EPONYMS


@dataclass(slots=True)
class Room:
    """Where a session's files go and what the key will say of them."""

    visit: Visit
    root: Path
    phi_rate: float
    rows: dict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    written: int = 0

    @property
    def folder(self) -> Path:
        """Relative to the archive; a few carry the person's name, as real ones do."""
        visit = self.visit
        named = visit.rng(11).random() < self.phi_rate * 0.3 and visit.who.ascii
        top = f"{visit.who.last}_{visit.who.first}" if named else visit.patient_id.strip()
        if visit.site.layout == "flat":
            return Path(visit.study.name, f"{top}_{spelling(visit)}")
        return Path(visit.study.name, top, f"{spelling(visit)}_{visit.when:%Y%m%d}")

    def path(self, number: int, description: str, instance: int, sop_uid: str) -> Path:
        """Relative to the archive, as this site's exports name files."""
        layout = self.visit.site.layout
        if layout == "flat":
            return self.folder / f"MR.{sop_uid}.dcm"
        if layout == "media":
            return self.folder / "DICOM" / f"S{number:04d}" / f"IM_{instance:04d}"
        words = re.sub(r"[^A-Za-z0-9]+", "_", description).strip("_")
        return self.folder / f"{number:03d}_{words}" / f"{instance:05d}.dcm"

    def put(self, path: Path, content: bytes) -> str:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        self.written += 1
        return str(path)

    def planted(self, scope: str, target: str, where: str, what: str, value: str) -> None:
        self.rows["phi"].append(
            {
                "session": self.visit.number,
                "scope": scope,
                "target": target,
                "where": where,
                "what": what,
                "value": value,
            }
        )

    def fault(
        self, name: str, *, path: str = "", series_uid: str = "", status: str = "", detail: str = ""
    ) -> None:
        self.rows["faults"].append(
            {
                "session": self.visit.number,
                "fault": name,
                "path": path,
                "series_uid": series_uid,
                "status": status,
                "detail": detail,
            }
        )

    def note_folder(self) -> None:
        """Plant what the path itself gives away."""
        if self.visit.who.last in str(self.folder):
            self.planted(
                "path", str(self.folder), "path", "name", f"{self.visit.who.last}_{self.visit.who.first}"
            )


def header(room: Room, number: int, sop_class: str, modality: str, description: str) -> Dataset:
    """What every series of the session carries, with tokens where instances differ."""
    visit, site, who = room.visit, room.visit.site, room.visit.who
    made = Dataset()
    if not who.ascii:
        made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID = sop_class
    made.SOPInstanceUID = f"{visit.uid}.{number}.{TOKENS['sop']}"
    made.StudyDate = made.SeriesDate = made.AcquisitionDate = visit.when.strftime("%Y%m%d")
    made.StudyTime = visit.when.strftime("%H%M%S")
    made.SeriesTime = f"{visit.when:%H%M}{number % 60:02d}"
    made.AcquisitionTime = TOKENS["time"]
    made.AccessionNumber = f"A{visit.number:06d}"
    made.Modality, made.Manufacturer = modality, site.manufacturer
    made.InstitutionName, made.StationName, made.ManufacturerModelName = (
        site.institution,
        site.station,
        site.model,
    )
    made.ReferringPhysicianName = f"{who.physician}^P"
    made.StudyDescription = f"{visit.study.name.upper()} {spelling(visit)}"
    made.SeriesDescription = made.ProtocolName = description
    made.PatientName, made.PatientID = who.name, visit.patient_id
    made.PatientBirthDate, made.PatientSex = who.born.strftime("%Y%m%d"), who.sex
    made.PatientAge = f"{visit.age:03d}Y"
    made.StudyInstanceUID, made.SeriesInstanceUID = visit.uid, f"{visit.uid}.{number}"
    made.StudyID, made.SeriesNumber, made.InstanceNumber = str(visit.number), str(number), TOKENS["instance"]
    made.FrameOfReferenceUID = f"{visit.uid}.900"
    made.PatientPosition = "HFS"
    _free_text(room, made)
    _private(room, made, number)
    return made


def _free_text(room: Room, made: Dataset) -> None:
    """Names and numbers where people type them, and words that only look like names."""
    visit, who = room.visit, room.visit.who
    draw, target = visit.rng(12, int(made.SeriesNumber)), str(made.SeriesInstanceUID)
    for where, what, value in (
        ("(0010,0010)", "name", who.name),
        ("(0010,0020)", "record", visit.patient_id),
        ("(0010,0030)", "birth date", str(made.PatientBirthDate)),
        ("(0008,0090)", "physician", str(made.ReferringPhysicianName)),
    ):
        room.planted("series", target, where, what, value)
    if draw.random() < room.phi_rate:
        made.PatientComments = f"call {who.phone}, record {who.record}"
        room.planted("series", target, "(0010,4000)", "free text", made.PatientComments)
    if draw.random() < room.phi_rate:
        made.PatientAddress = who.address
        room.planted("series", target, "(0010,1040)", "address", who.address)
    if draw.random() < room.phi_rate:
        made.ImageComments = f"{visit.age} y/o {who.first} {who.last}, seen by Dr {who.physician}"
        room.planted("series", target, "(0020,4000)", "free text", made.ImageComments)
    if draw.random() < room.phi_rate * 0.5:
        made.ProtocolName = str(draw.choice(EPONYMS))
        room.rows["retain"].append(
            {
                "session": visit.number,
                "series_uid": target,
                "where": "(0018,1030)",
                "value": made.ProtocolName,
            }
        )


def _private(room: Room, made: Dataset, number: int) -> None:
    leak = bool(room.visit.rng(13, number).random() < room.phi_rate)
    for where, what, value in add_private(made, room.visit.who, room.visit.site.dialect, leak=leak):
        room.planted("series", str(made.SeriesInstanceUID), where, what, value)
