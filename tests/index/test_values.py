"""Zero differing values against pydicom, on every undamaged DICOM file there is, over all columns."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydicom.data
import pytest

from labarchive.files import walk
from labarchive.index.fields import FIELDS
from labarchive.index.guarded_child import GROUPS
from labarchive.index.lane import ENHANCED
from labarchive.index.reading import Reader
from tests.index.reference import UNREADABLE, values


def rows(root: Path) -> Iterator[dict[str, Any]]:
    """Our rows of a tree's DICOM files that are not damaged."""
    reader = Reader()
    try:
        for found in walk([os.fsencode(root)]):
            for row in reader.table(found).to_pylist():
                if row["sop_class"] is not None and row["status"] in ("ok", "not_imaging"):
                    yield row
    finally:
        reader.close()


def differences(row: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Columns in which we and pydicom differ."""
    theirs = values(Path(row["path"]))
    if theirs is None:
        return [("file", row["status"], "pydicom cannot read it")]
    filled = {column for column, *_ in GROUPS} if row["sop_class"].encode() in ENHANCED else set()
    return [
        (field.column, row[field.column], theirs[field.column])
        for field in FIELDS
        if not _equal(row[field.column], theirs[field.column])
        and not (field.column in filled and theirs[field.column] is None)
    ]


def _equal(ours: Any, theirs: Any) -> bool:
    if theirs is UNREADABLE:
        return True
    return repr(ours) == repr(theirs)


@pytest.mark.data
def test_all_columns_of_the_real_files_equal_pydicoms(dev_data: Path) -> None:
    checked, wrong = 0, []
    for row in rows(dev_data):
        checked += 1
        wrong += [(row["path"], *one) for one in differences(row)]
    assert wrong == []
    assert checked > 1900


def test_all_columns_of_pydicoms_own_files_equal_pydicoms() -> None:
    found = [
        (row["path"], *one) for row in rows(Path(pydicom.data.__file__).parent) for one in differences(row)
    ]
    assert found == []


def test_an_enhanced_image_has_its_geometry_from_the_functional_groups(dev_data: Path) -> None:
    row = next(one for one in rows(dev_data / "dcm_qa_enh") if one["sop_class"].encode() in ENHANCED)
    assert len(row["position"]) == 3
    assert len(row["orientation"]) == 6
    assert len(row["pixel_spacing"]) == 2
    assert row["tr"] > 0
    assert row["te"] > 0
    assert row["dims"] == [row["columns"], row["rows"], row["frames"]]
