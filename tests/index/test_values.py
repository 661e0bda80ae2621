"""Zero differing values against pydicom, on every undamaged DICOM file there is, over all columns."""

from pathlib import Path
from typing import Any

import pydicom.data
import pytest

from labarchive.index.fields import FIELDS
from labarchive.index.guarded_child import GROUPS
from labarchive.index.lane import ENHANCED
from tests.index.conftest import Rows, rows_of
from tests.index.reference import UNREADABLE, values

pytestmark = pytest.mark.data


def undamaged(rows: Rows) -> list[dict[str, Any]]:
    """The DICOM rows that are to be trusted."""
    return [row for row in rows.values() if row["sop_class"] and row["status"] in ("ok", "not_imaging")]


def differences(row: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    """Columns in which we and pydicom differ."""
    theirs = values(Path(row["path"]))
    if theirs is None:
        return [(row["path"], "file", row["status"], "pydicom cannot read it")]
    filled = {column for column, *_ in GROUPS} if row["sop_class"].encode() in ENHANCED else set()
    return [
        (row["path"], field.column, row[field.column], theirs[field.column])
        for field in FIELDS
        if not _equal(row[field.column], theirs[field.column])
        and not (field.column in filled and theirs[field.column] is None)
    ]


def _equal(ours: Any, theirs: Any) -> bool:
    return theirs is UNREADABLE or repr(ours) == repr(theirs)


def test_all_columns_of_the_real_files_equal_pydicoms(real_rows: Rows) -> None:
    rows = undamaged(real_rows)
    assert [one for row in rows for one in differences(row)] == []
    assert len(rows) > 1900


def test_all_columns_of_pydicoms_own_files_equal_pydicoms() -> None:
    rows = undamaged(rows_of(Path(pydicom.data.__file__).parent))
    assert [one for row in rows for one in differences(row)] == []
    assert len(rows) > 100


def test_what_pydicom_cannot_make_a_number_of_is_null_and_said(real_rows: Rows) -> None:
    row = real_rows["hostile/instance_number_text.dcm"]
    assert row["instance"] is None
    assert "instance is not a number" in row["reason"]


def test_an_enhanced_image_has_its_geometry_from_the_functional_groups(real_rows: Rows) -> None:
    rows = [row for row in undamaged(real_rows) if row["sop_class"].encode() in ENHANCED]
    for row in rows:
        assert len(row["position"]) == 3
        assert len(row["orientation"]) == 6
        assert len(row["pixel_spacing"]) == 2
        assert row["tr"] > 0
        assert row["dims"] == [row["columns"], row["rows"], row["frames"]]
    assert len(rows) > 10
