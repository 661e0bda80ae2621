"""Headers as long as a scanner's: the elements that no catalogue asks for and every reader has to pass."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.datadict import private_dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from labarchive.phantom.vocabulary import MR, ROOT, Dialect

STANDARD: dict[str, object] = {
    "SpecificCharacterSet": "ISO_IR 100", "InstanceCreationDate": "20250106", "InstanceCreationTime": "101500.123000",
    "ContentDate": "20250106", "ContentTime": "101500.123000", "AccessionNumber": "A000001", "InstitutionAddress": "100 Auburn Way",
    "InstitutionName": "Peachtree University Hospital", "ReferringPhysicianName": "Isakov^P", "StationName": "MRC35131",
    "StudyDescription": "MRI BRAIN", "PerformingPhysicianName": "Goldfarb^P", "OperatorsName": "Jablonski^T",
    "InstitutionalDepartmentName": "Radiology", "AdmittingDiagnosesDescription": "memory", "PatientAge": "071Y",
    "PatientSize": "1.71", "PatientWeight": "72", "PregnancyStatus": 4, "PatientComments": "none", "EthnicGroup": "unknown",
    "AdditionalPatientHistory": "headache", "BodyPartExamined": "BRAIN", "ScanOptions": "IR", "SequenceName": "*tfl3d1_16ns",
    "AngioFlag": "N", "NumberOfAverages": "1", "ImagingFrequency": "123.255", "ImagedNucleus": "1H", "EchoNumbers": "1",
    "NumberOfPhaseEncodingSteps": "255", "EchoTrainLength": "1", "PercentSampling": "100", "PercentPhaseFieldOfView": "100",
    "PixelBandwidth": "240", "DeviceSerialNumber": "166007", "SoftwareVersions": "syngo MR E11", "TransmitCoilName": "Body",
    "ReceiveCoilName": "HeadNeck_64", "AcquisitionMatrix": [0, 256, 256, 0], "InPlanePhaseEncodingDirection": "ROW",
    "VariableFlipAngleFlag": "N", "SAR": "0.0441", "dBdt": "0", "PatientPosition": "HFS", "TriggerTime": "0", "NominalInterval": "0",
    "CardiacNumberOfImages": "0", "HeartRate": "0", "ReconstructionDiameter": "256", "LowRRValue": "0", "HighRRValue": "0",
    "IntervalsAcquired": "0", "IntervalsRejected": "0", "BeatRejectionFlag": "N", "SpatialResolution": "1",
    "StudyID": "1", "FrameOfReferenceUID": f"{ROOT}.8.900", "AcquisitionNumber": "1", "PositionReferenceIndicator": "",
    "ImagesInAcquisition": "176", "ImageComments": "", "TemporalPositionIdentifier": "1", "NumberOfTemporalPositions": "1",
    "SmallestImagePixelValue": 0, "LargestImagePixelValue": 1023, "WindowCenter": "600", "WindowWidth": "1200",
    "WindowCenterWidthExplanation": "Algo1", "RequestingPhysician": "Isakov^P", "RequestedProcedureDescription": "MR HEAD",
    "PerformedProcedureStepStartDate": "20250106", "PerformedProcedureStepStartTime": "101500.123000",
    "PerformedProcedureStepID": "MR20250106101500", "PerformedProcedureStepDescription": "MR HEAD", "PresentationLUTShape": "IDENTITY",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """A private block: how many short elements it has, and how many bytes of one that nobody can read."""

    group: int
    creator: str
    elements: int
    opaque: int = 0
    first: int = 0
    """The number of its first short element."""


BLOCKS: dict[Dialect, tuple[Block, ...]] = {
    "siemens": (
        Block(0x0019, "SIEMENS MR HEADER", 24), Block(0x0021, "SIEMENS MR SDS 01", 80),
        Block(0x0029, "SIEMENS CSA HEADER", 8, 11_000), Block(0x0029, "SIEMENS MEDCOM HEADER2", 8),
        Block(0x0051, "SIEMENS MR HEADER", 60),
    ),
    "ge": (
        Block(0x0009, "GEMS_IDEN_01", 16), Block(0x0019, "GEMS_ACQU_01", 70), Block(0x0021, "GEMS_RELA_01", 24),
        Block(0x0025, "GEMS_SERS_01", 12, 2_300), Block(0x0027, "GEMS_IMAG_01", 36), Block(0x0043, "GEMS_PARM_01", 40),
    ),
    "philips": (
        Block(0x2001, "Philips Imaging DD 001", 70), Block(0x2001, "Philips Imaging DD 002", 12),
        Block(0x2005, "Philips MR Imaging DD 001", 70), Block(0x2005, "Philips MR Imaging DD 005", 36),
    ),
    "uih": (
        Block(0x0065, "Image Private Header", 130, 4_000), Block(0x0067, "Image Private Header", 60),
    ),
}  # fmt: skip
SERIES_BLOCK = Block(0x0029, "SIEMENS MR SERIES", 1, 64_000)
"""What one Siemens series in four carries besides: the whole protocol as text."""

VALUES: dict[str, object] = {
    "DS": "1.2500", "IS": "12", "SS": 17, "LO": "t1_mprage_sag", "FL": 0.5, "SH": "HEAD", "US": 3, "UL": 70_000, "SL": -5,
    "FD": 14.2, "CS": "NONE", "LT": "Coil elements: HEA;HEP", "ST": "Brain routine", "DA": "20250106", "TM": "101500",
    "UI": f"{ROOT}.8.1", "DT": "20250106101500", "PN": "", "AS": "071Y", "AE": "SCANNER", "UT": "protocol",
    "OB": b"\1\2\3\4", "OW": b"\1\2\3\4", "UN": b"\1\2\3\4", "OF": b"\0\0\0\0",
}  # fmt: skip


def lengthen(made: Dataset, dialect: Dialect, *, with_protocol: bool) -> None:
    """Fill ``made`` up to 250 elements and more, private groups on both sides of the ones that are read."""
    for keyword, value in STANDARD.items():
        if keyword not in made:
            setattr(made, keyword, value)
    made.ReferencedImageSequence = Items([_reference(number) for number in range(3)])
    made.SourceImageSequence = Items([_reference(number) for number in range(3, 5)])
    made.ProcedureCodeSequence = Items([_code()])
    for block in (*BLOCKS[dialect], *_protocol(dialect, with_protocol)):
        add_block(made, block)


def add_block(made: Dataset, block: Block) -> None:
    """Elements in a row, each of the kind the vendor has there."""
    private = made.private_block(block.group, block.creator, create=True)
    for element in range(block.first, block.first + block.elements):
        vr = _vr(block, element)
        if vr in VALUES:
            private.add_new(element, vr, VALUES[vr])
    if block.opaque:
        private.add_new(0xF0, "OB", bytes(range(256)) * (block.opaque // 256))


def _vr(block: Block, element: int) -> str:
    """As pydicom's private dictionary has it, because implicit VR is read by that; else one in turn."""
    try:
        return private_dictionary_VR(block.group << 16 | 0x1000 | element, block.creator)
    except KeyError:
        return list(VALUES)[element % len(VALUES)]


def _protocol(dialect: Dialect, wanted: bool) -> Iterator[Block]:
    if wanted and dialect == "siemens":
        yield SERIES_BLOCK


def _reference(number: int) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = MR, f"{ROOT}.8.{number + 1}"
    return item


def _code() -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "MRBRAIN", "99PUH", "MR brain"
    return item
