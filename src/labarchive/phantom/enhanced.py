"""The same series as one enhanced multiframe object (PS3.3 A.36), as newer scanners export it."""

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from labarchive.phantom.anatomy import Cut
from labarchive.phantom.physics import ORIENTATION, pixels, position
from labarchive.phantom.pixels import Stack, stack
from labarchive.phantom.series import Order
from labarchive.phantom.session import Room, header
from labarchive.phantom.template import encode
from labarchive.phantom.vocabulary import ENHANCED_MR, EXPLICIT, Sequence


def make_enhanced(room: Room, order: Order) -> None:
    """Write one file that holds all slices, and its row of the key."""
    drawn = stack(order.sequence, order.count, order.side, "", room.visit.rng(20, order.number))
    made = header(room, order.number, ENHANCED_MR, "MR", order.description)
    made.SOPInstanceUID = f"{order.uid}.1000001"
    made.InstanceNumber, made.AcquisitionTime = "1", made.StudyTime
    made.ContentDate, made.ContentTime = made.StudyDate, made.StudyTime
    made.AcquisitionDateTime = made.StudyDate + made.StudyTime
    _describe(made, order.sequence, drawn)
    made.PixelData = drawn.frames.tobytes()
    made["PixelData"].VR = "OW"
    path = room.path(order.number, order.description, 1, sop_uid=str(made.SOPInstanceUID))
    room.series(
        kind=order.sequence.kind, series_uid=order.uid, number=order.number, description=order.description,
        transfer_syntax=EXPLICIT, slices=order.count, path=room.put(path, encode(made, EXPLICIT)),
    )  # fmt: skip


def _describe(made: Dataset, sequence: Sequence, drawn: Stack) -> None:
    made.ImageType = ["ORIGINAL", "PRIMARY", "M", "NONE"]
    made.NumberOfFrames = drawn.cut.count
    pixels(made, drawn.cut)
    made.MagneticFieldStrength, made.MRAcquisitionType = 3.0, "2D"
    made.EchoPulseSequence, made.MultipleSpinEcho, made.PulseSequenceName = "SPIN", "NO", "TSE"
    made.SharedFunctionalGroupsSequence = Items([_shared(sequence, drawn.cut)])
    made.PerFrameFunctionalGroupsSequence = Items(
        [_frame(at, position(drawn.cut, at)) for at in range(drawn.cut.count)]
    )


def _shared(sequence: Sequence, cut: Cut) -> Dataset:
    plane, measures, timing, echo, modifier, shared = (Dataset() for _ in range(6))
    plane.ImageOrientationPatient = list(ORIENTATION[cut.plane])
    measures.PixelSpacing = [f"{cut.pixel:.7g}"] * 2
    measures.SliceThickness = measures.SpacingBetweenSlices = f"{cut.distance:.5g}"
    timing.RepetitionTime, timing.FlipAngle = f"{sequence.tr:g}", f"{sequence.flip:g}"
    echo.EffectiveEchoTime = float(sequence.te)
    modifier.InversionRecovery = "YES" if sequence.ti else "NO"
    if sequence.ti:
        modifier.InversionTimes = [float(sequence.ti)]
    shared.PlaneOrientationSequence = Items([plane])
    shared.PixelMeasuresSequence = Items([measures])
    shared.MRTimingAndRelatedParametersSequence = Items([timing])
    shared.MREchoSequence = Items([echo])
    shared.MRModifierSequence = Items([modifier])
    return shared


def _frame(at: int, position: tuple[float, float, float]) -> Dataset:
    place, content, frame = Dataset(), Dataset(), Dataset()
    place.ImagePositionPatient = [f"{x:.4f}" for x in position]
    content.StackID, content.InStackPositionNumber, content.DimensionIndexValues = "1", at + 1, [1, at + 1]
    frame.PlanePositionSequence = Items([place])
    frame.FrameContentSequence = Items([content])
    return frame
