"""What a header says of an image: geometry in mm (DICOM patient coordinates, LPS) and physics in ms and degrees."""

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from labarchive.phantom.anatomy import Cut
from labarchive.phantom.template import TOKENS
from labarchive.phantom.vocabulary import Plane, Sequence

ORIENTATION: dict[Plane, tuple[int, ...]] = {"axial": (1, 0, 0, 0, 1, 0), "sagittal": (0, 1, 0, 0, 0, -1)}
TRACER = ("Flortaucipir", "6586.2")
"""Radiopharmaceutical, and half life of 18F in s."""


def position(cut: Cut, at: int) -> tuple[float, float, float]:
    """The centre of the first pixel of slice ``at``; all cuts of a head have their middle at the origin."""
    edge = -(cut.side - 1) / 2 * cut.pixel
    along = (at - (cut.count - 1) / 2) * cut.distance
    return (edge, edge, along) if cut.plane == "axial" else (along, edge, -edge)


def describe(made: Dataset, sequence: Sequence, cut: Cut) -> None:
    """Geometry, pixel format and physics; positions are tokens that each instance fills in."""
    made.ImageType = sequence.image_type.split("\\")
    made.ImagePositionPatient = [TOKENS["x"], TOKENS["y"], TOKENS["z"]]
    made.ImageOrientationPatient = list(ORIENTATION[cut.plane])
    made.SliceLocation = TOKENS["location"]
    made.SliceThickness = made.SpacingBetweenSlices = f"{cut.distance:.5g}"
    made.PixelSpacing = [f"{cut.pixel:.7g}"] * 2
    made.BodyPartExamined = "BRAIN"
    pixels(made, cut, bits=16 if sequence.modality == "PT" else 12)
    {"MR": _magnetic, "CT": _xray, "PT": _emission}[sequence.modality](made, sequence)


def pixels(made: Dataset, cut: Cut, *, bits: int = 12) -> None:
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows = made.Columns = cut.side
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, bits, bits - 1, 0


def _magnetic(made: Dataset, sequence: Sequence) -> None:
    scanning, variant, made.MRAcquisitionType = sequence.physics
    made.ScanningSequence, made.SequenceVariant = scanning.split("\\"), variant.split("\\")
    made.RepetitionTime, made.EchoTime = f"{sequence.tr:g}", f"{sequence.te:g}"
    made.FlipAngle, made.MagneticFieldStrength = f"{sequence.flip:g}", "3"
    if sequence.ti:
        made.InversionTime = f"{sequence.ti:g}"
    if sequence.volumes > 1:
        made.TemporalPositionIdentifier = TOKENS["volume"]


def _xray(made: Dataset, _sequence: Sequence) -> None:
    made.KVP, made.ConvolutionKernel = "120", "H30s"
    made.RescaleIntercept, made.RescaleSlope, made.RescaleType = "-1024", "1", "HU"


def _emission(made: Dataset, _sequence: Sequence) -> None:
    made.Units, made.DecayCorrection, made.SeriesType = "BQML", "START", ["STATIC", "IMAGE"]
    made.CorrectedImage = ["DECY", "ATTN", "SCAT"]
    made.RescaleIntercept, made.RescaleSlope = "0", TOKENS["slope"]
    tracer = Dataset()
    tracer.Radiopharmaceutical, tracer.RadionuclideHalfLife = TRACER
    tracer.RadiopharmaceuticalStartTime, tracer.RadionuclideTotalDose = "083000", "370000000"
    made.RadiopharmaceuticalInformationSequence = Items([tracer])
