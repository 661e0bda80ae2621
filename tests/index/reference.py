"""What pydicom says of a file's typed columns: the independent reading that ours is held to."""

import warnings
from pathlib import Path
from typing import Any

import pydicom
from pydicom.multival import MultiValue

from labarchive.index.fields import FIELDS

UNREADABLE = object()
"""pydicom raises for this value."""


def values(path: Path) -> dict[str, Any] | None:
    """Column -> value; None when pydicom cannot read the file at all."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = pydicom.dcmread(path, stop_before_pixels=True, force=True)
            return {field.column: _value(dataset, field.tag, field.form) for field in FIELDS}
        except Exception:
            return None


def _value(dataset: pydicom.Dataset, tag: int, form: str) -> Any:
    where = dataset.file_meta if tag >> 16 == 2 else dataset
    if tag not in where:
        return None
    try:
        return _plain(where[tag].value, form)
    except Exception:
        return UNREADABLE


def _plain(value: Any, form: str) -> Any:
    several = list(value) if isinstance(value, MultiValue) else [value]
    if value is None or value == "" or several == [""]:
        return None
    if form in ("text", "name", "code"):
        return (
            "\\".join(str(one) for one in several).rstrip(" \0").encode("utf-8", "replace").decode() or None
        )
    if form == "numbers":
        return [float(one) for one in several] if several else None
    if several[0] == "":
        return UNREADABLE
    return float(several[0]) if form in ("number", "double") else int(several[0])
