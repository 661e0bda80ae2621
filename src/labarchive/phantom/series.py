"""One image series on disk: what was ordered, its instances, and the fault it may carry."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from labarchive.phantom import codecs, faults
from labarchive.phantom.dialects import add_diffusion
from labarchive.phantom.people import patient_id, person
from labarchive.phantom.physics import describe, position
from labarchive.phantom.pixels import Frames, Stack, burn, stack
from labarchive.phantom.session import Room, header
from labarchive.phantom.template import Template
from labarchive.phantom.vocabulary import (
    B_VALUES,
    BIG_ENDIAN,
    CT,
    DEFLATED,
    EXPLICIT,
    JPEG_2000,
    JPEG_LS,
    MR,
    PT,
    RLE,
    SEQUENCES,
    Scanner,
    Sequence,
)

SOP_CLASS = {"MR": MR, "CT": CT, "PT": PT}
SYNTAXES = {EXPLICIT: 0.79, RLE: 0.06, JPEG_LS: 0.04, JPEG_2000: 0.04, DEFLATED: 0.04, BIG_ENDIAN: 0.03}
"""How often a scanner that writes explicit VR sends something else."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to make: the series' number in its session, its sequence, size and fault."""

    number: int
    sequence: Sequence
    count: int
    side: int
    fault: str
    description: str
    transfer_syntax: str
    uid: str
    scanner: Scanner

    @property
    def total(self) -> int:
        return self.count * self.sequence.volumes


def order(
    room: Room, number: int, kind: str, *, count: int, side: int, fault_rate: float, fault: str = ""
) -> Order:
    """Draw the name, the transfer syntax and the fault of the ``number``-th series."""
    draw, sequence = room.visit.rng(number), SEQUENCES[kind]
    description = str(draw.choice(sequence.names))
    if not fault and draw.random() < fault_rate:
        fault = str(draw.choice(faults.PIXELS + faults.SERIES + faults.FILES))
    if fault == "protocol_deviation" and sequence.modality != "MR":
        fault = "wrong_description"
    if fault == "wrong_description":
        others = [s for s in SEQUENCES.values() if s.modality == sequence.modality and s.kind != kind]
        description = str(draw.choice([s.names[0] for s in others])) if others else "Series 1"
    if fault == "protocol_deviation":
        sequence = dataclasses.replace(sequence, tr=sequence.tr * 1.7, te=sequence.te * 0.6)
    scanner = room.visit.site.scanner(sequence.modality)
    syntax = scanner.transfer_syntax if fault else _syntax(scanner, draw)
    slices = max(3, round(count * sequence.share))
    uid = f"{room.visit.uid}.{number}"
    return Order(number, sequence, slices, side, fault, description, syntax, uid, scanner)


def _syntax(scanner: Scanner, draw: np.random.Generator) -> str:
    if scanner.transfer_syntax != EXPLICIT:
        return scanner.transfer_syntax
    syntax = str(draw.choice(list(SYNTAXES), p=list(SYNTAXES.values())))
    return RLE if syntax in codecs.WRITERS and not codecs.writable(syntax) else syntax


def make_series(room: Room, order: Order) -> None:
    """Write every instance of one series, and its row of the key."""
    sequence = order.sequence
    pixels = stack(sequence, order.count, order.side, order.fault, room.visit.rng(20, order.number))
    made = header(room, order.number, SOP_CLASS[sequence.modality], sequence.modality, order.description)
    describe(made, sequence, pixels.cut)
    _break(room, order, made, pixels)
    _burn(room, order, pixels.frames)
    writing = Writing(room, order, _templates(order, made), pixels)
    present = writing.write()
    room.series(
        kind=sequence.kind, modality=sequence.modality, series_uid=order.uid, number=order.number,
        description=order.description, transfer_syntax=order.transfer_syntax, slices=order.count,
        volumes=sequence.volumes, expected_files=order.total, present_files=present, fault=order.fault,
        path=str(writing.path(0).parent),
    )  # fmt: skip


def _break(room: Room, order: Order, made: Dataset, pixels: Stack) -> None:
    """The faults of `faults.WHOLE`: they are in every instance."""
    if order.fault == "wrong_orientation":
        made.ImageOrientationPatient = [0, 0, 0, 0, 0, 0]
    elif order.fault == "mirrored_pixels":
        pixels.frames = np.ascontiguousarray(pixels.frames[:, :, ::-1])
    elif order.fault == "missing_study_date":
        del made.StudyDate, made.SeriesDate, made.AcquisitionDate
    elif order.fault == "wrong_subject_header":
        other = person(room.visit.seed, room.visit.who.number + 1)
        made.SpecificCharacterSet = "ISO_IR 192"
        made.PatientName, made.PatientBirthDate = other.name, other.born.strftime("%Y%m%d")
        made.PatientID = patient_id(room.visit.site, other.number, room.visit.rng(21, order.number))
        _another_person(room, order.uid, made)
    if order.fault in faults.WHOLE:
        room.fault(order.fault, series_uid=order.uid, detail=faults.WHOLE[order.fault])


def _another_person(room: Room, uid: str, made: Dataset) -> None:
    """The key tells of the person who stands in the header, not of the one who lay in the scanner."""
    there = {"(0010,0010)": "PatientName", "(0010,0020)": "PatientID", "(0010,0030)": "PatientBirthDate"}
    room.rows["phi"] = [
        {**row, "value": str(made[there[row["where"]]].value)}
        if row["target"] == uid and row["where"] in there
        else row
        for row in room.rows["phi"]
    ]


def _burn(room: Room, order: Order, frames: Frames) -> None:
    """A localizer's pixels may show who it is."""
    if order.sequence.kind != "localizer" or room.visit.rng(22).random() >= room.phi_rate:
        return
    who = room.visit.who
    last, first = who.last.upper(), who.first.upper()
    names = (f"{last} {first}", last) if who.ascii else ()
    said, box = burn(frames, (*names, who.record))
    if said:
        room.planted("series", order.uid, "pixels " + ",".join(map(str, box)), "burned in", said)


def _templates(order: Order, made: Dataset) -> list[Template]:
    """One for each volume: they differ where the diffusion weighting stands."""
    templates: list[Template] = []
    for volume in range(order.sequence.volumes):
        if order.sequence.contrast == "dwi":
            add_diffusion(made, B_VALUES[volume], order.scanner.dialect)
        templates.append(
            Template.of(made, order.transfer_syntax)
            if order.sequence.contrast == "dwi" or not templates
            else templates[0]
        )
    return templates


@dataclass(frozen=True, slots=True)
class Writing:
    """The instances of one series on their way to disk."""

    room: Room
    order: Order
    templates: list[Template]
    pixels: Stack

    def write(self) -> int:
        """Every instance but the ones a fault drops; gives how many files are readable, copies included."""
        order = self.order
        draw = self.room.visit.rng(23, order.number)
        dropped = faults.dropped(order.fault, order.total, draw)
        hurt = int(draw.integers(order.total)) if order.fault in faults.EXPECTED_STATUS else -1
        if dropped:
            which = " ".join(str(index + 1) for index in sorted(dropped))
            self.room.fault(order.fault, series_uid=order.uid, detail=f"instances {which} of {order.total}")
        readable = 0
        for index in sorted(set(range(order.total)) - dropped):
            if index == hurt:
                readable += self._hurt(index, draw)
            else:
                self.room.put(self.path(index), self.content(index))
                readable += 1
        return readable + self._beside(order.total // 2)

    def path(self, index: int) -> Path:
        order = self.order
        return self.room.path(
            order.number,
            order.description,
            index + 1,
            sop_uid=f"{order.uid}.{1000001 + index}",
            modality=order.sequence.modality,
        )

    def content(self, index: int, *, flip: int = 0, sop: int = 0) -> bytes:
        """A file; ``flip`` changes pixels, ``sop`` the end of its SOPInstanceUID."""
        volume, at = divmod(index, self.order.count)
        values = self._values(index, volume, at) | ({"sop": str(sop)} if sop else {})
        frame = self.pixels.frame(self.order.sequence, volume, at)
        return self.templates[volume].fill(values, frame ^ np.uint16(flip))

    def _values(self, index: int, volume: int, at: int) -> dict[str, str]:
        x, y, z = position(self.pixels.cut, at)
        seconds = 36000 + self.order.number * 240 + index * 0.5
        values = {
            "sop": str(1000001 + index), "instance": str(index + 1), "x": f"{x:.4f}", "y": f"{y:.4f}", "z": f"{z:.4f}",
            "location": f"{at * self.pixels.cut.distance:.4f}", "volume": str(volume + 1),
            "time": f"{seconds // 3600:02.0f}{seconds // 60 % 60:02.0f}{seconds % 60:09.6f}",
        }  # fmt: skip
        return values | ({"slope": f"{self.pixels.slopes[at]:.8f}"} if self.pixels.slopes else {})

    def _hurt(self, index: int, draw: np.random.Generator) -> bool:
        fault, status = self.order.fault, faults.EXPECTED_STATUS[self.order.fault]
        hurt = faults.hurt(self.content(index), fault, draw, pixels=2 * self.order.side**2)
        path = self.room.put(self.path(index), hurt, status=status, form="" if status == "empty" else "dicom")
        self.room.fault(fault, path=path, series_uid=self.order.uid, status=status)
        return status == "ok"

    def _beside(self, index: int) -> int:
        """Copies and junk beside an instance; gives how many more files of the series there are."""
        fault, path = self.order.fault, self.path(index)
        copies = {
            "duplicate_file": ("copy of " + path.name, 0, 0),
            "same_uid_other_pixels": (path.name + ".bak", 1, 0),
            "same_pixels_other_uid": ("again " + path.name, 0, 1500001 + index),
        }
        if fault in copies:
            name, flip, sop = copies[fault]
            copy = self.room.put(path.with_name(name), self.content(index, flip=flip, sop=sop))
            self._tell(copy, "ok", detail=fault.replace("_", " "))
            return 1
        if fault == "junk_files":
            self._junk(path)
        return 0

    def _junk(self, path: Path) -> None:
        who = self.room.visit.who
        for name, content, status, form in faults.JUNK:
            self._tell(self.room.put(path.with_name(name), content, status=status, form=form), status)
        note = f"call {who.first} {who.last} {who.phone} re: repeat scan\n"
        told = self.room.put(path.with_name("notes.txt"), note.encode(), status="not_imaging", form="text")
        self._tell(told, "not_imaging")
        self.room.planted("file", told, "file content", "free text", note.strip())

    def _tell(self, path: str, status: str, detail: str = "") -> None:
        self.room.fault(self.order.fault, path=path, series_uid=self.order.uid, status=status, detail=detail)
