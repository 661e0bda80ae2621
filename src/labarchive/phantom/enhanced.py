"""The same series as one enhanced multiframe object (PS3.3 A.36), as newer scanners export it."""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from labarchive.phantom.anatomy import slices
from labarchive.phantom.series import ORIENTATION, Order
from labarchive.phantom.session import Room, header
from labarchive.phantom.template import encode
from labarchive.phantom.vocabulary import ENHANCED_MR, EXPLICIT


def make_enhanced(room: Room, order: Order) -> None:
    """Write one file that holds all slices, and its row of the key."""
    sequence = order.sequence
    volume, pixel, distance = slices(sequence.contrast, sequence.plane, order.count, order.side)
    frames = np.clip(volume * 1400, 0, 4095).astype(np.uint16)
    made = header(room, order.number, ENHANCED_MR, "MR", order.description)
    made.SOPInstanceUID = f"{room.visit.uid}.{order.number}.1000001"
    made.InstanceNumber, made.AcquisitionTime = "1", made.StudyTime
    made.ContentDate, made.ContentTime = made.StudyDate, made.StudyTime
    made.ImageType = ["ORIGINAL", "PRIMARY", "M", "NONE"]
    made.NumberOfFrames, made.Rows, made.Columns = len(frames), order.side, order.side
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    made.SharedFunctionalGroupsSequence = Sequence([_shared(order, pixel, distance)])
    edge = -order.side * pixel / 2
    made.PerFrameFunctionalGroupsSequence = Sequence(
        [_frame(at, (edge, edge, edge + at * distance)) for at in range(len(frames))]
    )
    made.PixelData = frames.tobytes()
    made["PixelData"].VR = "OW"
    path = room.path(order.number, order.description, 1, str(made.SOPInstanceUID))
    room.put(path, encode(made, EXPLICIT))
    room.rows["series"].append({
        "session": room.visit.number, "project": room.visit.study.name, "kind": sequence.kind, "modality": "MR",
        "study_uid": room.visit.uid, "series_uid": str(made.SeriesInstanceUID), "number": order.number, "description": order.description,
        "transfer_syntax": EXPLICIT, "slices": order.count, "volumes": 1, "expected_files": 1, "present_files": 1, "fault": "",
    })  # fmt: skip


def _shared(order: Order, pixel: float, distance: float) -> Dataset:
    plane, measures, timing, echo, shared = (Dataset() for _ in range(5))
    plane.ImageOrientationPatient = list(ORIENTATION[order.sequence.plane])
    measures.PixelSpacing = [f"{pixel:.5g}"] * 2
    measures.SliceThickness = measures.SpacingBetweenSlices = f"{distance:.5g}"
    timing.RepetitionTime, timing.FlipAngle = f"{order.sequence.tr:g}", f"{order.sequence.flip:g}"
    echo.EffectiveEchoTime = order.sequence.te
    shared.PlaneOrientationSequence = Sequence([plane])
    shared.PixelMeasuresSequence = Sequence([measures])
    shared.MRTimingAndRelatedParametersSequence = Sequence([timing])
    shared.MREchoSequence = Sequence([echo])
    return shared


def _frame(at: int, position: tuple[float, float, float]) -> Dataset:
    place, content, frame = Dataset(), Dataset(), Dataset()
    place.ImagePositionPatient = [f"{x:.4f}" for x in position]
    content.StackID, content.InStackPositionNumber, content.DimensionIndexValues = "1", at + 1, [1, at + 1]
    frame.PlanePositionSequence = Sequence([place])
    frame.FrameContentSequence = Sequence([content])
    return frame
