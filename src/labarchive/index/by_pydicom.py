"""The header as pydicom reads it, in the same model: for big-endian files, and what the tests compare with."""

import struct
import warnings
from io import BytesIO
from typing import Any

from labarchive.errors import Damaged
from labarchive.index import model
from labarchive.index.charsets import DEFAULT
from labarchive.index.dictionary import UNRESOLVED
from labarchive.index.elements import NESTING

_LIKE_TEXT = frozenset(("AE", "AS", "CS", "DA", "DT", "TM", "UI", "LO", "SH", "UC", "LT", "ST", "UT", "UR"))
_GIVES_UP = (
    ValueError,
    OSError,
    EOFError,
    AttributeError,
    RecursionError,
    TypeError,
    LookupError,
    struct.error,
)


def header(content: bytes) -> dict[str, Any]:
    """The DICOM JSON model of a file's bytes, up to the pixel data. Raises Damaged where pydicom gives up."""
    import pydicom
    from pydicom.config import disable_value_validation

    with warnings.catch_warnings(), disable_value_validation():  # its warnings would name values
        warnings.simplefilter("ignore")
        try:
            dataset = pydicom.dcmread(BytesIO(content), stop_before_pixels=True, force=True)
            return _dataset(dataset.file_meta, 0) | _dataset(dataset, 0)
        except _GIVES_UP as wrong:
            raise Damaged(f"pydicom cannot read the header ({type(wrong).__name__})") from wrong


def _dataset(dataset: Any, depth: int) -> dict[str, Any]:
    if depth > NESTING:
        raise Damaged(
            f"sequences are nested deeper than {NESTING} levels", hint="the file is not a usable image"
        )
    out = {}
    for tag in dataset.keys():  # noqa: SIM118, a Dataset iterates over elements
        if tag.element and (depth or tag.group != 0x7FE0):
            out[f"{tag:08X}"] = _element(dataset, tag, depth)
    return out


def _element(dataset: Any, tag: Any, depth: int) -> dict[str, Any]:
    raw = dataset.get_item(tag, keep_deferred=True)
    try:
        element = dataset[tag]
        vr, value = str(element.VR), element.value
    except (NotImplementedError, TypeError, ValueError, AttributeError, OverflowError) as wrong:
        return _unreadable(raw, wrong)
    except Exception as wrong:
        if type(wrong).__name__ != "BytesLengthException":
            raise
        return model.binary("UN", raw.value)
    if vr == "SQ":
        items = [_dataset(item, depth + 1) for item in value]
        return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
    if vr in UNRESOLVED and isinstance(value, bytes):
        return model.CONVERT["US"](value, DEFAULT) if vr == "US or SS" else model.binary("OW", value)
    return _value(vr, value)


def _unreadable(raw: Any, wrong: Exception) -> dict[str, Any]:
    if raw.VR in ("IS", "DS"):
        return model.CONVERT[raw.VR](raw.value, DEFAULT)
    if isinstance(wrong, NotImplementedError):
        return model.binary("UN", raw.value or b"")
    raise wrong


def _value(vr: str, value: Any) -> dict[str, Any]:
    if value is None or (hasattr(value, "__len__") and not len(value)):
        return {"vr": vr}
    if isinstance(value, bytes):
        return model.binary(vr, value)
    several = isinstance(value, list) or type(value).__name__ == "MultiValue"
    values = list(value) if several else [value]
    if vr == "PN":
        return model.filled(vr, [model.person_name(str(name)) for name in values])
    if vr == "AT":
        return model.filled(vr, [f"{int(tag):08X}" for tag in values])
    if vr in ("FL", "FD"):
        return model.filled(vr, model.finite([float(number) for number in values]))
    if vr in ("DS", "IS"):
        texts = [getattr(number, "original_string", None) or str(number) for number in values]
        return model.filled(vr, (model.decimals if vr == "DS" else model.integers)(texts))
    if vr in _LIKE_TEXT:
        return model.filled(vr, [str(text) or None for text in values])
    return model.filled(vr, [int(number) for number in values])
