"""One header encoded once by pydicom and then patched for each instance: thousands of files a second."""

import io
import re
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import UID

from labarchive.phantom.codecs import WRITERS, pack
from labarchive.phantom.vocabulary import BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, ROOT

# A value that stands in for one that differs in every instance; as wide as the widest real one.
TOKENS = {
    "sop": "7654321",
    "instance": "987654",
    "x": "70001.000001",
    "y": "70002.000002",
    "z": "70003.000003",
    "location": "70004.000004",
    "time": "112233.456789",
    "volume": "876543",
    "slope": "7.0005000005",
}


@dataclass(slots=True)
class Template:
    """``fill`` gives an instance's whole file for its values and pixels."""

    transfer_syntax: str
    bits: int
    head: bytearray
    places: dict[str, list[int]]
    dataset_at: int

    @classmethod
    def of(cls, header: Dataset, transfer_syntax: str) -> "Template":
        encoded = encode(header, transfer_syntax)
        return cls(
            transfer_syntax,
            int(header.BitsStored),
            bytearray(encoded),
            {
                name: [found.start() for found in re.finditer(re.escape(token.encode()), encoded)]
                for name, token in TOKENS.items()
            },
            144 + struct.unpack_from("<I", encoded, 140)[0],
        )

    def fill(self, values: dict[str, str], frame: NDArray[np.uint16]) -> bytes:
        """The file of one instance; ``frame`` is (rows, columns)."""
        for name, value in values.items():
            width = len(TOKENS[name])
            for at in self.places[name]:
                self.head[at : at + width] = value.rjust(width).encode()
        tail = self._pixels(frame)
        if self.transfer_syntax != DEFLATED:
            return bytes(self.head) + tail
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(bytes(self.head[self.dataset_at :]) + tail) + packer.flush()
        return bytes(self.head[: self.dataset_at]) + packed + b"\0" * (len(packed) & 1)

    def _pixels(self, frame: NDArray[np.uint16]) -> bytes:
        if self.transfer_syntax in WRITERS:
            packed = pack(frame, self.bits, self.transfer_syntax)
            return (
                struct.pack("<HH2sHIHHI", 0x7FE0, 0x10, b"OB", 0, 0xFFFFFFFF, 0xFFFE, 0xE000, 0)
                + struct.pack("<HHI", 0xFFFE, 0xE000, len(packed)) + packed + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
            )  # fmt: skip
        if self.transfer_syntax == BIG_ENDIAN:
            return (
                struct.pack(">HH2sHI", 0x7FE0, 0x10, b"OW", 0, frame.nbytes) + frame.astype(">u2").tobytes()
            )
        if self.transfer_syntax == IMPLICIT:
            return struct.pack("<HHI", 0x7FE0, 0x10, frame.nbytes) + frame.tobytes()
        return struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, frame.nbytes) + frame.tobytes()


def encode(header: Dataset, transfer_syntax: str) -> bytes:
    """A whole file (PS3.10) without pixels."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = header.SOPClassUID
    meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    meta.TransferSyntaxUID = UID(transfer_syntax)
    meta.ImplementationClassUID = UID(ROOT + ".1")
    start = DicomBytesIO()
    write_file_meta_info(start, meta, enforce_standard=True)
    plain = EXPLICIT if transfer_syntax in (*WRITERS, DEFLATED) else transfer_syntax
    meta.TransferSyntaxUID = UID(plain)
    header.file_meta = meta
    whole = io.BytesIO()
    header.save_as(
        whole, enforce_file_format=True, implicit_vr=plain == IMPLICIT, little_endian=plain != BIG_ENDIAN
    )
    written = whole.getvalue()
    body = written[144 + struct.unpack_from("<I", written, 140)[0] :]
    return b"\0" * 128 + b"DICM" + start.getvalue() + body
