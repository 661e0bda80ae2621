"""One image series: geometry, physics, pixels, and the fault it may carry."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from labarchive.phantom import faults
from labarchive.phantom.anatomy import slices
from labarchive.phantom.people import patient_id, person
from labarchive.phantom.session import Room, header
from labarchive.phantom.template import TOKENS, Template
from labarchive.phantom.text import burn
from labarchive.phantom.vocabulary import BIG_ENDIAN, CT, DEFLATED, EXPLICIT, MR, PT, RLE, SEQUENCES, Sequence

SOP_CLASS = {"MR": MR, "CT": CT, "PT": PT}
ORIENTATION = {"axial": (1, 0, 0, 0, 1, 0), "sagittal": (0, 1, 0, 0, 0, -1)}
B_VALUES = (0, 500, 1000)


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


def order(
    room: Room, number: int, kind: str, *, count: int, side: int, fault_rate: float, fault: str = ""
) -> Order:
    """Draw the name, the transfer syntax and the fault of the ``number``-th series."""
    draw, sequence = room.visit.rng(number), SEQUENCES[kind]
    description = str(draw.choice(sequence.names))
    if not fault and draw.random() < fault_rate:
        fault = str(draw.choice(faults.PIXELS + faults.SERIES + faults.FILES))
    if fault == "wrong_description":
        others = [s for s in SEQUENCES.values() if s.modality == sequence.modality and s.kind != kind]
        description = others[int(draw.integers(len(others)))].names[0] if others else description
    syntax = room.visit.site.transfer_syntax
    if not fault and syntax == EXPLICIT:
        syntax = str(draw.choice((EXPLICIT, RLE, DEFLATED, BIG_ENDIAN), p=(0.85, 0.07, 0.04, 0.04)))
    return Order(number, sequence, max(2, round(count * sequence.share)), side, fault, description, syntax)


def make_series(room: Room, order: Order) -> None:
    """Write every instance of one series, and its row of the key."""
    stack, pixel, distance = _stack(room, order)
    made = _describe(
        header(
            room, order.number, SOP_CLASS[order.sequence.modality], order.sequence.modality, order.description
        ),
        order,
        pixel,
        distance,
    )
    _break_header(room, order, made)
    _burn(room, order, stack, made)
    template = Template.of(made, order.transfer_syntax)
    present = _write(room, order, template, stack, pixel, distance)
    sequence, total = order.sequence, order.count * order.sequence.volumes
    room.rows["series"].append({
        "session": room.visit.number, "project": room.visit.study.name, "kind": sequence.kind, "modality": sequence.modality,
        "study_uid": room.visit.uid, "series_uid": str(made.SeriesInstanceUID), "number": order.number, "description": order.description,
        "transfer_syntax": order.transfer_syntax, "slices": order.count, "volumes": sequence.volumes, "expected_files": total,
        "present_files": present, "fault": order.fault,
    })  # fmt: skip


def _stack(room: Room, order: Order) -> tuple[NDArray[np.uint16], float, float]:
    """Stored values (slices, rows, columns), pixel size and slice distance in mm."""
    draw, sequence = room.visit.rng(20, order.number), order.sequence
    volume, pixel, distance = slices(sequence.contrast, sequence.plane, order.count, order.side)
    volume = np.roll(volume, draw.integers(-1, 2, 2), (1, 2)) * np.float32(1 + 0.06 * draw.uniform(-1, 1))
    if sequence.contrast == "ct":
        scaled = np.clip((volume - 1) * 1000 + 1024 * (volume > 0.2), 0, 4095)
        return scaled.astype(np.uint16), pixel, distance
    volume = volume + faults.noise(volume.shape, draw, 0.02)
    if order.fault in faults.PIXELS:
        volume = faults.spoil(volume, order.fault, draw)
        room.fault(order.fault, series_uid=f"{room.visit.uid}.{order.number}", detail="pixels")
    return np.clip(volume * 1400, 0, 4095).astype(np.uint16), pixel, distance


def _describe(made: Dataset, order: Order, pixel: float, distance: float) -> Dataset:
    """Geometry and physics, in the order's units (mm, ms, degrees)."""
    sequence = order.sequence
    made.ImageType = sequence.image_type.split("\\")
    made.ImagePositionPatient = [TOKENS["x"], TOKENS["y"], TOKENS["z"]]
    made.ImageOrientationPatient = list(ORIENTATION[sequence.plane])
    made.SliceLocation = TOKENS["location"]
    made.SliceThickness = made.SpacingBetweenSlices = f"{distance:.5g}"
    made.PixelSpacing = [f"{pixel:.5g}"] * 2
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows = made.Columns = order.side
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    if sequence.modality == "MR":
        made.ScanningSequence, made.SequenceVariant, made.MRAcquisitionType = (
            part.split("\\") if "\\" in part else part for part in sequence.physics
        )
        made.RepetitionTime, made.EchoTime, made.FlipAngle = (
            f"{sequence.tr:g}",
            f"{sequence.te:g}",
            f"{sequence.flip:g}",
        )
        made.MagneticFieldStrength = "3"
        if sequence.ti:
            made.InversionTime = f"{sequence.ti:g}"
    elif sequence.modality == "CT":
        made.KVP, made.ConvolutionKernel, made.RescaleIntercept, made.RescaleSlope = (
            "120",
            "H30s",
            "-1024",
            "1",
        )
    else:
        made.Units, made.DecayCorrection, made.RescaleIntercept, made.RescaleSlope = (
            "BQML",
            "START",
            "0",
            "1.2",
        )
    if sequence.volumes > 1:
        made.TemporalPositionIdentifier = TOKENS["volume"]
    return made


def _break_header(room: Room, order: Order, made: Dataset) -> None:
    uid = str(made.SeriesInstanceUID)
    if order.fault == "wrong_orientation":
        made.ImageOrientationPatient = [0, 0, 0, 0, 0, 0]
    elif order.fault == "wrong_subject_header":
        other = person(room.visit.seed, room.visit.who.number + 1)
        made.SpecificCharacterSet = "ISO_IR 192"
        made.PatientName, made.PatientBirthDate = other.name, other.born.strftime("%Y%m%d")
        made.PatientID = patient_id(room.visit.site, other.number, room.visit.rng(21, order.number))
        room.planted("series", uid, "(0010,0010)", "name", other.name)
    elif order.fault == "missing_study_date":
        del made.StudyDate, made.SeriesDate, made.AcquisitionDate
    elif order.fault != "wrong_description":
        return
    room.fault(order.fault, series_uid=uid, detail="header")


def _burn(room: Room, order: Order, stack: NDArray[np.uint16], made: Dataset) -> None:
    """A localizer's pixels may show who it is."""
    if order.sequence.kind != "localizer" or room.visit.rng(22).random() >= room.phi_rate:
        return
    who = room.visit.who
    words = f"{who.last.upper()} {who.first.upper()}" if who.ascii else f"MRN {who.record}"
    boxes = [burn(frame, words, 4095) for frame in stack]
    room.planted(
        "series", str(made.SeriesInstanceUID), "pixels " + ",".join(map(str, boxes[0])), "burned in", words
    )


def _write(
    room: Room, order: Order, template: Template, stack: NDArray[np.uint16], pixel: float, distance: float
) -> int:
    """Every instance but the ones a fault drops; gives how many there are."""
    draw, sequence, present = room.visit.rng(23, order.number), order.sequence, 0
    total = order.count * sequence.volumes
    missing, hurt = (
        _missing(order.fault, total, draw),
        int(draw.integers(total)) if order.fault in faults.EXPECTED_STATUS else -1,
    )
    base = f"{room.visit.uid}.{order.number}"
    if missing:
        room.fault(
            order.fault,
            series_uid=base,
            detail=f"instances {' '.join(str(i + 1) for i in sorted(missing))} of {total}",
        )
    for index in sorted(set(range(total)) - missing):
        volume, at = divmod(index, order.count)
        values = _values(order, index, at, volume, pixel, distance)
        frame = stack[at] >> volume if sequence.contrast == "dwi" else stack[at]
        content = template.fill(values, frame)
        path = room.path(order.number, order.description, index + 1, f"{base}.{values['sop']}")
        if index == hurt:
            content = faults.hurt(content, order.fault, draw, pixels=frame.nbytes)
            room.fault(
                order.fault, path=str(path), series_uid=base, status=faults.EXPECTED_STATUS[order.fault]
            )
        room.put(path, content)
        present += 1
        if index == total // 2:
            _copies(room, order, template, values, frame, content, path)
    return present


def _missing(fault: str, total: int, draw: np.random.Generator) -> set[int]:
    if fault == "truncated_series":
        return set(range(max(1, int(total * draw.uniform(0.3, 0.85))), total))
    if fault == "missing_slices" and total > 3:
        return {int(i) for i in draw.choice(np.arange(1, total - 1), max(1, total // 10), replace=False)}
    return set()


def _values(order: Order, index: int, at: int, volume: int, pixel: float, distance: float) -> dict[str, str]:
    edge = -order.side * pixel / 2
    x, y, z = (
        (edge, edge, edge + at * distance)
        if order.sequence.plane == "axial"
        else (edge + at * distance, edge, -edge)
    )
    seconds = 36000 + order.number * 240 + index * 0.5
    return {
        "sop": str(1000001 + index), "instance": str(index + 1), "x": f"{x:.4f}", "y": f"{y:.4f}", "z": f"{z:.4f}",
        "location": f"{at * distance:.4f}", "volume": str(volume + 1), "b_value": str(B_VALUES[volume % 3]),
        "time": f"{seconds // 3600:02.0f}{seconds // 60 % 60:02.0f}{seconds % 60:09.6f}",
    }  # fmt: skip


def _copies(
    room: Room,
    order: Order,
    template: Template,
    values: dict[str, str],
    frame: Any,
    content: bytes,
    path: Any,
) -> None:
    """Duplicates and junk beside an instance."""
    base = f"{room.visit.uid}.{order.number}"
    if order.fault == "duplicate_file":
        copy = room.put(path.with_name("copy of " + path.name), content)
        room.fault(order.fault, path=copy, series_uid=base, status="ok", detail="same bytes")
    elif order.fault == "same_uid_other_pixels":
        other = room.put(path.with_name(path.name + ".bak"), template.fill(values, frame ^ 1))
        room.fault(
            order.fault, path=other, series_uid=base, status="ok", detail="same SOPInstanceUID, other pixels"
        )
    elif order.fault == "junk_files":
        for name, junk, status in faults.JUNK:
            room.fault(order.fault, path=room.put(path.with_name(name), junk), series_uid=base, status=status)
