"""The pixels of one file, however it stores them: native ones directly, the rest through pydicom's decoders."""

import math
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from labarchive.errors import BadInput, Damaged, NotFound
from labarchive.images import native
from labarchive.images.files import NATIVE, ImageFile
from labarchive.images.planes import Scale
from labarchive.images.scaling import DOSE, IDENTITY, INTERCEPT, PHILIPS, SLOPE, scale_of
from labarchive.images.values import Header

Array = npt.NDArray[Any]

_JPEG_LS = frozenset(("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"))
_WRONG = (
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    zlib.error,
    IndexError,
    NotImplementedError,
    struct.error,
    EOFError,
)


def decode(file: ImageFile, into: Array | None = None) -> tuple[Array, Scale]:
    """Its pixels (frame, row, column, and colour when it has any), and their scale.

    Pixels are put into ``into`` when it is given and they can be read as they stand. Raises Damaged, NotFound,
    and BadInput where no decoder is installed.
    """
    shape = (file.frames or 1, file.rows or 0, file.columns or 0)
    if native.is_native(file):
        place = np.empty(shape, np.uint16) if into is None else into
        how = native.read(file, place)
        if how is not None:
            return native.cleaned(place, how).reshape(shape), how.scale
    return _by_pydicom(file, shape)


def _by_pydicom(file: ImageFile, shape: tuple[int, ...]) -> tuple[Array, Scale]:
    from pydicom import dcmread

    try:
        header = dcmread(os.fsdecode(file.path), force=True)
        pixels = _pixels(file, header)
        colours = pixels.size // max(1, math.prod(shape))
        return pixels.reshape(*shape, *((colours,) if colours > 1 else ())), _scale(header)
    except FileNotFoundError:
        raise NotFound(f"{file.name} is gone", hint="index its folder again") from None
    except RuntimeError as error:
        if "missing dependencies" in str(error):
            raise BadInput(
                f"{file.name} is compressed ({file.transfer_syntax}) and no decoder for that is installed",
                hint="pip install 'labarchive[codecs]'",
            ) from None
        raise _damaged(file) from error
    except _WRONG as error:
        raise _damaged(file) from error


def _pixels(file: ImageFile, header: Any) -> Array:
    from pydicom.pixels.processing import apply_color_lut
    from pydicom.pixels.utils import pixel_array

    if "TransferSyntaxUID" not in header.file_meta:
        implicit, _ = header.original_encoding
        header.file_meta.TransferSyntaxUID = file.transfer_syntax or (
            "1.2.840.10008.1.2" + ("" if implicit else ".1")
        )
    words: Any = {"decoding_plugin": "pyjpegls"} if file.transfer_syntax in _JPEG_LS else {}
    pixels: Array = pixel_array(header, **words)
    if header.get("PhotometricInterpretation") == "PALETTE COLOR":
        coloured = apply_color_lut(pixels, header)
        return coloured if coloured.dtype == np.uint8 else (coloured >> 8).astype(np.uint8)
    stored, high = header.get("BitsStored", 16), header.get("HighBit", 15)
    if (
        pixels.dtype.kind in "iu"
        and pixels.dtype.itemsize == 2
        and not header.file_meta.TransferSyntaxUID.is_compressed
    ):
        how = native.Stored(int(high), int(stored), pixels.dtype.kind == "i", IDENTITY)
        return native.cleaned(np.array(pixels, pixels.dtype.newbyteorder("="), order="C"), how)
    return pixels


def _scale(header: Any) -> Scale:
    """The scale by the same rules as of a header in the JSON model."""
    model: dict[str, Header] = {}
    for tag in (SLOPE, INTERCEPT, DOSE, PHILIPS):
        element = header.get(int(tag, 16))
        if element is not None and element.value not in (None, "", b""):
            raw = element.value
            model[tag] = {"Value": [struct.unpack("<f", raw)[0] if isinstance(raw, bytes) else float(raw)]}
    return scale_of(model)


def _damaged(file: ImageFile) -> Damaged:
    """What can be said of a file that no decoder takes: how long it is, and how long it should be."""
    size = Path(os.fsdecode(file.path)).stat().st_size
    wanted = (file.frames or 1) * (file.rows or 0) * (file.columns or 0) * (-(-(file.bits or 16) // 8))
    if file.transfer_syntax in NATIVE and size < wanted:
        what = f"{file.name} is cut short: {size} bytes for a picture of {wanted}"
    else:
        what = f"the pixels of {file.name} ({size} bytes) cannot be decoded"
    return Damaged(
        what, hint="copy the file again from its source, or load with partial=True to leave it empty"
    )
