"""Values out of a header in the DICOM JSON model."""

import base64
import struct
from collections.abc import Mapping, Sequence
from typing import Any

Header = Mapping[str, Any]


def values(header: Header, tag: str) -> Sequence[Any]:
    """All values of an element; none when it is not there."""
    found: Sequence[Any] = header.get(tag, {}).get("Value", ())
    return found


def value(header: Header, tag: str) -> Any:
    """The first value of an element, or None."""
    found = values(header, tag)
    return found[0] if found else None


def item(header: Header, tag: str) -> Header:
    """The first item of a sequence, or an empty one."""
    found: Header = value(header, tag) or {}
    return found


def number(header: Header, tag: str) -> float | None:
    """The first value as a number, or None; a private float whose VR nobody knows is read as FL."""
    raw = header.get(tag, {}).get("InlineBinary")
    if raw is not None:
        content = base64.b64decode(raw)
        return float(struct.unpack("<f", content)[0]) if len(content) == 4 else None
    found = value(header, tag)
    try:
        return None if found is None else float(found)
    except (TypeError, ValueError):
        return None


def numbers(header: Header, tag: str, count: int) -> tuple[float, ...] | None:
    """Exactly ``count`` numbers, or None."""
    try:
        found = tuple(float(each) for each in values(header, tag))
    except (TypeError, ValueError):
        return None
    return found if len(found) == count else None
