"""One frame as compressed bytes, in the syntaxes that this installation can write."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import UID

from labarchive.phantom.vocabulary import JPEG_2000, JPEG_LS, RLE

WRITERS = {RLE: "pydicom", JPEG_LS: "pyjpegls", JPEG_2000: "pylibjpeg"}
"""Named, so that bytes do not depend on what else is installed."""


@cache
def writable(transfer_syntax: str) -> bool:
    """True if the extra ``codecs`` has what this syntax needs."""
    from pydicom.pixels.encoders.base import get_encoder

    return WRITERS[transfer_syntax] in get_encoder(UID(transfer_syntax)).available_plugins


def pack(frame: NDArray[np.uint16], bits: int, transfer_syntax: str) -> bytes:
    """(rows, columns) as one losslessly compressed fragment."""
    from pydicom.pixels.encoders.base import get_encoder

    packed = get_encoder(UID(transfer_syntax)).encode(
        np.ascontiguousarray(frame), encoding_plugin=WRITERS[transfer_syntax],
        rows=frame.shape[0], columns=frame.shape[1], samples_per_pixel=1, bits_allocated=16, bits_stored=bits,
        pixel_representation=0, photometric_interpretation="MONOCHROME2", number_of_frames=1,
    )  # fmt: skip
    return bytes(packed) + b"\0" * (len(packed) & 1)
