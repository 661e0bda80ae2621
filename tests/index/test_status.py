"""Every real file has the status that a person gave it, and nothing is called damaged for convenience."""

import csv
from pathlib import Path

import pytest

from labarchive.index.status import form_of, table
from labarchive.records import STATUSES
from tests.index.conftest import Rows

pytestmark = pytest.mark.data
EXPECTED = Path(__file__).with_name("expected_status.csv")
KEY_SAYS_NOTHING = (
    "bound memory",
    "store as data",
    "report the conflict",
    "remove in",
    "serve with",
    "flag for",
)
VENDORS = (
    "acrin_flt_pt/", "dcm_qa_agfa/", "dcm_qa_ct/", "dcm_qa_enh/", "dcm_qa_nih/", "dcm_qa_philips_asl_enh/",
    "dcm_qa_ts/", "dcm_qa_uih/", "dcmstack/", "studyforrest_func/", "studyforrest_struct/", "deid_data/",
)  # fmt: skip


def test_every_real_file_has_its_expected_status_and_form(real_rows: Rows) -> None:
    with EXPECTED.open(newline="") as opened:
        expected = {row["path"]: (row["status"], row["form"]) for row in csv.DictReader(opened)}
    found = {path: (row["status"], row["form"] or "") for path, row in real_rows.items()}
    assert {path: one for path, one in found.items() if expected.get(path) != one} == {}
    assert expected.keys() == found.keys()


def test_the_expected_table_explains_every_damaged_file() -> None:
    with EXPECTED.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert {row["status"] for row in rows} <= set(STATUSES)
    assert [row["path"] for row in rows if row["status"] == "damaged" and not row["why"]] == []


def test_the_hostile_files_are_as_their_key_wants_them(dev_data: Path, real_rows: Rows) -> None:
    with (dev_data / "hostile" / "KEY.csv").open(newline="") as opened:
        key = {row["file"]: row for row in csv.DictReader(opened)}
    wrong = {}
    for name, wanted in key.items():
        row = real_rows[f"hostile/{name}"]
        if not _as_wanted(wanted, row["status"], row["reason"]):
            wrong[name] = (wanted["want"], row["status"], row["reason"])
    assert wrong == {}
    assert len(key) == 76


def _as_wanted(key: dict[str, str], status: str, reason: str | None) -> bool:
    want = key["want"]
    if key["bytes"] == "0":
        return status == "empty"
    if want.startswith("bound depth"):
        return status == "damaged" and bool(reason)
    if want.startswith("quarantine"):
        return status == "damaged" and bool(reason)
    if want == "catalogue with a warning":
        return status == "ok" and bool(reason)
    if want == "catalogue":
        return status == "ok" and not reason
    if want == "refuse the member":
        return status == "not_imaging"
    return status == "ok" and want.startswith((*KEY_SAYS_NOTHING, "try force", "catalogue"))


def test_undamaged_images_of_real_scanners_are_all_ok(dev_data: Path, real_rows: Rows) -> None:
    with (dev_data / "MANIFEST.csv").open(newline="") as opened:
        images = [
            row["path"]
            for row in csv.DictReader(opened)
            if row["kind"] == "dicom" and row["path"].startswith(VENDORS) and not form_of(row["SOPClass"])
        ]
    real = [path for path in images if real_rows[path]["form"] == "dicom"]
    assert [path for path in real if real_rows[path]["status"] != "ok"] == []
    assert len(real) > 1600


def test_every_reason_is_free_of_values(real_rows: Rows) -> None:
    row = real_rows["hostile/inject_long.dcm"]
    assert row["patient_id"] not in row["reason"]


def test_the_table_of_forms_has_its_longest_beginning_first_in_mind() -> None:
    assert form_of("1.2.840.10008.5.1.4.1.1.66.4") == ""  # a segmentation is an image
    assert form_of("1.2.840.10008.5.1.4.1.1.66") == "raw"
    assert set(table()["not_imaging"].values()) >= {"sr", "pr", "dicomdir", "rt", "raw"}
