"""Many files for measuring: tiny ones by the million, or ones with headers as long as a vendor's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from labarchive.phantom.dialects import add_private
from labarchive.phantom.people import person
from labarchive.phantom.template import TOKENS, Template
from labarchive.phantom.vocabulary import MR, ROOT, SITES

A_SERIES = 100
A_SESSION = 20
"""Files a series, series a session."""

Progress = Callable[[int, int], None]


def make_plain(folder: Path, files: int, *, seed: int, vendor: bool, progress: Progress | None = None) -> int:
    """``files`` instances, 100 a series, one folder a series; gives the number of series."""
    series = -(-files // A_SERIES)
    frame = np.zeros((32, 32) if vendor else (4, 4), np.uint16)
    for number in range(series):
        session, turn = divmod(number, A_SESSION)
        template = Template.of(
            _header(seed, session, turn, len(frame), vendor), SITES[session % 2].transfer_syntax
        )
        place = folder / f"sub-{session // 3:05d}" / f"v{session % 3 + 1}" / f"{turn + 1:03d}"
        place.mkdir(parents=True, exist_ok=True)
        for index in range(min(A_SERIES, files - number * A_SERIES)):
            values = {
                "sop": str(1000001 + index),
                "instance": str(index + 1),
                "x": "-16.0",
                "y": "-16.0",
                "z": f"{index * 1.5:.4f}",
                "location": f"{index * 1.5:.4f}",
            }
            (place / f"{index + 1:05d}.dcm").write_bytes(template.fill(values, frame))
        if progress:
            progress(min((number + 1) * A_SERIES, files), files)
    return series


def _header(seed: int, session: int, turn: int, side: int, vendor: bool) -> Dataset:
    who, site = person(seed, session // 3), SITES[session % 4]
    study = f"{ROOT}.{seed}.9.{session + 1}"
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = MR, f"{study}.{turn + 1}.{TOKENS['sop']}"
    made.ImageType = ["ORIGINAL", "PRIMARY", "M", "NORM"]
    made.StudyDate = made.SeriesDate = f"2025{session % 12 + 1:02d}{session % 27 + 1:02d}"
    made.StudyTime = made.SeriesTime = f"10{turn:02d}00"
    made.Modality, made.Manufacturer, made.ManufacturerModelName = "MR", site.manufacturer, site.model
    made.SeriesDescription = made.ProtocolName = (
        "t1_mprage",
        "t2_tse_tra",
        "t2_flair_tra",
        "ep2d_bold_rest",
    )[turn % 4]
    made.PatientName, made.PatientID, made.PatientSex = (
        who.name.encode("ascii", "replace").decode(),
        f"{site.code}-{session // 3:05d}",
        who.sex,
    )
    made.PatientBirthDate = who.born.strftime("%Y%m%d")
    made.ScanningSequence, made.SequenceVariant, made.MRAcquisitionType = "GR", "SP", "3D"
    made.RepetitionTime, made.EchoTime, made.FlipAngle, made.MagneticFieldStrength = "2300", "2.96", "9", "3"
    made.SliceThickness = made.SpacingBetweenSlices = "1.5"
    made.StudyInstanceUID, made.SeriesInstanceUID = study, f"{study}.{turn + 1}"
    made.SeriesNumber, made.InstanceNumber = str(turn + 1), TOKENS["instance"]
    made.ImagePositionPatient = [TOKENS["x"], TOKENS["y"], TOKENS["z"]]
    made.ImageOrientationPatient, made.SliceLocation = [1, 0, 0, 0, 1, 0], TOKENS["location"]
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.Rows = made.Columns = side
    made.PixelSpacing = ["1", "1"]
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 12, 11, 0
    if vendor:
        _lengthen(made)
        add_private(made, who, site.dialect, leak=False)
    return made


def _lengthen(made: Dataset) -> None:
    """As many elements as a scanner writes: referenced images, procedure codes, and a long private group 0021+."""
    made.ReferencedImageSequence = Sequence([_reference(i) for i in range(6)])
    made.RequestAttributesSequence = Sequence([Dataset()])
    for keyword, value in (
        ("SoftwareVersions", "syngo MR E11"),
        ("SequenceName", "*tfl3d1_16ns"),
        ("TransmitCoilName", "Body"),
        ("PercentSampling", "100"),
        ("PixelBandwidth", "240"),
        ("PatientPosition", "HFS"),
        ("NumberOfAverages", "1"),
        ("ImagingFrequency", "123.25"),
        ("EchoTrainLength", "1"),
        ("WindowCenter", "600"),
        ("WindowWidth", "1200"),
    ):
        setattr(made, keyword, value)
    for group, count in ((0x0021, 60), (0x0051, 20), (0x0029, 60)):
        block = made.private_block(group, "LABARCHIVE PHANTOM", create=True)
        for element in range(count):
            block.add_new(element, "LO", f"value {element}")
        if group == 0x0029:
            block.add_new(0xF0, "OB", bytes(range(256)) * 48)


def _reference(number: int) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = MR, f"{ROOT}.8.{number + 1}"
    return item
