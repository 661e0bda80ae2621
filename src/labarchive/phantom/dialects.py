"""Each vendor's private groups, and where a patient's name hides in them."""

import gzip
import struct

import pydicom
from pydicom.dataset import Dataset

from labarchive.phantom.people import Person
from labarchive.phantom.vocabulary import Dialect

Planted = list[tuple[str, str, str]]
"""(where, what kind of identifier, value)."""


def add_private(header: Dataset, who: Person, dialect: Dialect, *, leak: bool) -> Planted:
    """Give ``header`` its vendor's private elements; with ``leak`` the person's name is in one of them."""
    return {"siemens": _siemens, "ge": _ge, "philips": _philips, "uih": _uih}[dialect](header, who, leak)


def _block(header: Dataset, group: int, creator: str, *elements: tuple[int, str, object]) -> None:
    block = header.private_block(group, creator, create=True)
    for element, vr, value in elements:
        block.add_new(element, vr, value)


def _even(content: bytes) -> bytes:
    return content + b"\0" * (len(content) & 1)


def _siemens(header: Dataset, who: Person, leak: bool) -> Planted:
    text = "<XProtocol>\n"
    if leak:
        text += f'<ParamString."tPatientName"> {{ "{who.name}" }}\n<ParamString."PatientID"> {{ "{who.record}" }}\n'
    protocol = b"SV10\4\3\2\1" + struct.pack("<II", 1, 77) + text.encode() + b"sSliceArray.lSize = 20\n" * 40
    _block(header, 0x19, "SIEMENS MR HEADER", (0x0A, "US", 20), (0x0C, "IS", "0"), (0x28, "FD", 14.2))
    _block(header, 0x29, "SIEMENS CSA HEADER", (0x08, "CS", "IMAGE NUM 4"), (0x10, "OB", _even(protocol)))
    return [('(0029,xx10,"SIEMENS CSA HEADER")', "private", who.name)] if leak else []


def _ge(header: Dataset, who: Person, leak: bool) -> Planted:
    text = f'set PATIENTNAME "{who.name}"\n' if leak else ""
    packed = gzip.compress(text.encode() + b"set FOV 240\n" * 40, mtime=0)
    _block(header, 0x25, "GEMS_SERS_01", (0x1B, "OB", _even(struct.pack("<I", len(packed)) + packed)))
    _block(header, 0x43, "GEMS_PARM_01", (0x39, "IS", "1000"), (0x01, "SS", 17))
    _block(header, 0x19, "GEMS_ACQU_01", *((0x80 + i, "DS", f"{i * 1.25:g}") for i in range(30)))
    return [('(0025,xx1b,"GEMS_SERS_01")', "private, gzipped", who.name)] if leak else []


def _philips(header: Dataset, who: Person, leak: bool) -> Planted:
    words = f"Brain {who.last.upper()} {who.born:%d/%m/%Y}" if leak else "Brain routine"
    _block(header, 0x2001, "Philips Imaging DD 001", (0x03, "FL", 0.0), (0xC8, "LO", words))
    _block(
        header,
        0x2005,
        "Philips MR Imaging DD 001",
        (0x0E, "FL", 0.00732),
        *((0x20 + i, "FL", float(i)) for i in range(30)),
    )
    return [('(2001,xxc8,"Philips Imaging DD 001")', "private", words)] if leak else []


def _uih(header: Dataset, who: Person, leak: bool) -> Planted:
    _block(header, 0x65, "Image Private Header", (0x09, "FD", 0.0), (0x37, "FD", [0.0, 0.0, 1.0]))
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
