"""Each vendor's private groups, and where a patient's name hides in them."""

import gzip
import struct
from collections.abc import Mapping

import pydicom
from pydicom.dataset import Dataset

from labarchive.phantom.people import Person
from labarchive.phantom.vendor import Block, add_block
from labarchive.phantom.vocabulary import MR, Dialect

Planted = list[tuple[str, str, str]]
"""(where, what kind of identifier, value)."""


def add_private(header: Dataset, who: Person, dialect: Dialect, *, leak: bool) -> Planted:
    """Give ``header`` its vendor's private elements; with ``leak`` the person's name is in one of them."""
    return {"siemens": _siemens, "ge": _ge, "philips": _philips, "uih": _uih}[dialect](header, who, leak)


def add_diffusion(header: Dataset, b_value: int, dialect: Dialect) -> None:
    """Say how this volume is weighted (s/mm2), where this vendor says it; the gradient points along z."""
    along = [0.0, 0.0, 1.0 if b_value else 0.0]
    if dialect == "siemens":
        _block(header, 0x19, "SIEMENS MR HEADER", (0x0C, "IS", str(b_value)), (0x0E, "FD", along))
    elif dialect == "ge":
        _block(header, 0x43, "GEMS_PARM_01", (0x39, "IS", [str(b_value), "8", "0", "0"]))
    else:
        header.DiffusionBValue, header.DiffusionGradientOrientation = float(b_value), along
        if dialect == "philips":
            _block(header, 0x2001, "Philips Imaging DD 001", (0x03, "FL", float(b_value)))
        else:
            _block(header, 0x65, "Image Private Header", (0x09, "FD", float(b_value)), (0x37, "FD", along))


def _block(header: Dataset, group: int, creator: str, *elements: tuple[int, str, object]) -> None:
    block = header.private_block(group, creator, create=True)
    for element, vr, value in elements:
        block.add_new(element, vr, value)


def _even(content: bytes) -> bytes:
    return content + b"\0" * (len(content) & 1)


def _siemens(header: Dataset, who: Person, leak: bool) -> Planted:
    text = "### ASCCONV BEGIN ###\n" + "sSliceArray.lSize = 20\n" * 40
    if leak:
        text += f'<ParamString."tPatientName"> {{ "{who.name}" }}\n<ParamString."PatientID"> {{ "{who.record}" }}\n'
    if header.Modality == "MR":
        _block(header, 0x19, "SIEMENS MR HEADER", (0x08, "CS", "IMAGE NUM 4"), (0x28, "FD", 14.2))
    _block(
        header,
        0x29,
        "SIEMENS CSA HEADER",
        (0x08, "CS", "IMAGE NUM 4"),
        (0x10, "OB", csa({"EchoLinePosition": ("IS", "64"), "ProtocolSliceNumber": ("IS", "0")})),
        (0x20, "OB", csa({"MrPhoenixProtocol": ("UN", text)})),
    )
    return [('(0029,xx20,"SIEMENS CSA HEADER")', "private", who.name)] if leak else []


def csa(tags: Mapping[str, tuple[str, str]]) -> bytes:
    """Siemens's CSA2 format: name -> (VR, value). Its layout is described by nibabel's documentation."""
    parts = [b"SV10\4\3\2\1", struct.pack("<II", len(tags), 77)]
    for name, (vr, text) in tags.items():
        value = text.encode() + b"\0"
        size = len(value)
        parts.append(struct.pack("<64si4siii", name.encode(), 1, vr.encode(), 0, 1, 77))
        parts.append(struct.pack("<iiii", size, size, 77, size) + value + b"\0" * (-size % 4))
    return _even(b"".join(parts))


def _ge(header: Dataset, who: Person, leak: bool) -> Planted:
    text = f'set PATIENTNAME "{who.name}"\n' if leak else ""
    packed = gzip.compress(text.encode() + b"set FOV 240\n" * 40, mtime=0)
    _block(header, 0x25, "GEMS_SERS_01", (0x1B, "OB", _even(struct.pack("<I", len(packed)) + packed)))
    _block(header, 0x43, "GEMS_PARM_01", (0x01, "SS", 17))
    add_block(header, Block(0x0019, "GEMS_ACQU_01", 40))
    return [('(0025,xx1b,"GEMS_SERS_01")', "private, gzipped", who.name)] if leak else []


def _philips(header: Dataset, who: Person, leak: bool) -> Planted:
    words = f"Brain {who.last.upper()} {who.born:%d/%m/%Y}" if leak else "Brain routine"
    _block(header, 0x2001, "Philips Imaging DD 001", (0xC8, "LO", words))
    if header.Modality == "MR":
        add_block(header, Block(0x2005, "Philips MR Imaging DD 001", 30, first=0x20))
        # True values need the scale: Philips divides the rescaled ones by it.
        _block(header, 0x2005, "Philips MR Imaging DD 001", (0x0E, "FL", 0.00732))
    if header.SOPClassUID == MR:
        header.RescaleIntercept, header.RescaleSlope, header.RescaleType = "0", "1.709", "normalized"
    return [('(2001,xxc8,"Philips Imaging DD 001")', "private", words)] if leak else []


def _uih(header: Dataset, who: Person, leak: bool) -> Planted:
    _block(header, 0x65, "Image Private Header", (0x0A, "LO", "uPMR"), (0x25, "LO", "SS"))
    if not leak:
        return []
    nested = Dataset()
    nested.PatientName = who.name
    nested.PatientTelephoneNumbers = who.phone
    _block(
        header,
        0x71,
        "PTREE LOCAL 1.0",
        (0x01, "LO", "MRN" + who.record),
        (0x10, "SQ", pydicom.Sequence([nested])),
    )
    return [
        ('(0071,xx01,"PTREE LOCAL 1.0")', "private", "MRN" + who.record),
        ('(0071,xx10,"PTREE LOCAL 1.0")[0].(0010,2154)', "private, nested", who.phone),
    ]
