"""NIfTI, MGH and PAR headers equal nibabel's; BIDS sidecars are inherited; seconds become milliseconds."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from labarchive.index.bids import Sidecars, name_of, stem
from tests.index.conftest import Rows, rows_of


def image(
    path: Path, shape: tuple[int, ...] = (4, 5, 6), tr: float = 2.0, kind: Any = nibabel.Nifti1Image
) -> None:
    """A NIfTI with these dimensions and voxels of 1 x 2 x 3 mm."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = kind(np.arange(np.prod(shape), dtype=np.int16).reshape(shape), np.diag([1, 2, 3, 1]))
    made.header.set_xyzt_units("mm", "sec")
    if len(shape) > 3:
        made.header.set_zooms((1, 2, 3, tr))
    nibabel.save(made, path)


def say(path: Path, **words: Any) -> None:
    """A sidecar."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(words))


@pytest.mark.data
def test_shapes_and_voxel_sizes_equal_nibabels(real_rows: Rows) -> None:
    checked = 0
    for row in real_rows.values():
        if row["form"] in ("nifti", "mgh") and row["status"] == "ok" and "huge" not in row["path"]:
            header = nibabel.load(row["path"]).header
            assert row["dims"] == list(header.get_data_shape()), row["path"]
            sizes = [float(one) for one in header.get_zooms()[:3]]
            if len(sizes) == 3 and not row["reason"]:
                assert [*row["pixel_spacing"][::-1], row["spacing"]] == pytest.approx(sizes, rel=1e-5)
            checked += 1
    assert checked > 50


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("extension", [".nii", ".nii.gz"])
def test_both_versions_plain_and_gzipped_are_read(tmp_path: Path, kind: Any, extension: str) -> None:
    image(tmp_path / f"x{extension}", (4, 5, 6, 7), 1.5, kind)
    (row,) = rows_of(tmp_path).values()
    assert (row["status"], row["reason"], row["form"]) == ("ok", None, "nifti")
    assert (row["dims"], row["tr"], row["columns"], row["rows"], row["frames"]) == (
        [4, 5, 6, 7],
        1500.0,
        4,
        5,
        42,
    )
    assert row["content_key"].startswith(f"{row['bytes']}-")


def test_a_gzip_cut_short_is_damaged_and_a_whole_one_with_too_few_voxels_is_not(tmp_path: Path) -> None:
    image(tmp_path / "whole.nii", (20, 20, 20))
    content = (tmp_path / "whole.nii").read_bytes()
    packed = gzip.compress(content)
    (tmp_path / "cut.nii.gz").write_bytes(packed[: len(packed) * 2 // 3])
    (tmp_path / "few.nii.gz").write_bytes(gzip.compress(content[: len(content) // 2]))
    rows = rows_of(tmp_path)
    assert (rows["cut.nii.gz"]["status"], rows["cut.nii.gz"]["reason"]) == (
        "damaged", "the gzip is cut short or damaged",
    )  # fmt: skip
    assert rows["few.nii.gz"]["status"] == "ok"
    assert rows["few.nii.gz"]["reason"].startswith("cut short")
    assert rows["whole.nii"]["reason"] is None


def test_a_gzip_bomb_costs_little(tmp_path: Path) -> None:
    (tmp_path / "bomb.nii.gz").write_bytes(gzip.compress(bytes(64 << 20)))
    (row,) = rows_of(tmp_path).values()
    assert row["status"] == "damaged"


def test_a_sidecar_inherits_from_the_folders_above_and_the_nearest_wins(tmp_path: Path) -> None:
    top = tmp_path / "study"
    run = top / "sub-01" / "ses-a" / "func" / "sub-01_ses-a_task-rest_run-1_bold.nii.gz"
    image(run, (4, 4, 4, 3))
    say(top / "task-rest_bold.json", RepetitionTime=2.2, EchoTime=0.03, Manufacturer="GE")
    say(top / "task-nback_bold.json", RepetitionTime=9.0)
    say(top / "sub-01" / "sub-01_task-rest_bold.json", EchoTime=0.025)
    say(run.with_name("sub-01_ses-a_task-rest_run-1_bold.json"), FlipAngle=77, MagneticFieldStrength=3)
    rows = rows_of(top)
    row = rows["sub-01/ses-a/func/sub-01_ses-a_task-rest_run-1_bold.nii.gz"]
    assert (row["tr"], row["te"], row["flip_angle"], row["field_strength"]) == (2200.0, 25.0, 77.0, 3.0)
    assert (row["manufacturer"], row["modality"], row["description"]) == ("GE", "MR", "task-rest_run-1_bold")
    assert json.loads(row["sidecar"])["EchoTime"] == 0.025
    sidecars = [one for path, one in rows.items() if path.endswith(".json")]
    assert {(one["status"], one["form"]) for one in sidecars} == {("not_imaging", "bids_sidecar")}


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("2026-01-02T10:04:00.5", ("20260102", "100400.5")),
        ("2026-01-02T10:04:00", ("20260102", "100400")),
        ("2026-01-02", (None, None)),
        (20260102, (None, None)),
    ],
)
def test_a_sidecar_says_when_it_was_acquired(tmp_path: Path, said: object, wanted: tuple[str, str]) -> None:
    image(tmp_path / "x.nii")
    say(tmp_path / "x.json", AcquisitionDateTime=said)
    row = rows_of(tmp_path)["x.nii"]
    assert (row.get("acquisition_date"), row.get("acquisition_time")) == wanted


def test_a_sidecar_says_no_names_in_its_text(tmp_path: Path) -> None:
    image(tmp_path / "x.nii")
    say(tmp_path / "x.json", PatientName="Doe^Jane", PatientID="7", EchoTime=0.1)
    row = rows_of(tmp_path)["x.nii"]
    assert (row["patient_name"], row["patient_id"], row["te"]) == ("Doe^Jane", "7", 100.0)
    assert "Doe" not in row["sidecar"]


def test_a_broken_sidecar_is_a_doubt_and_not_the_end(tmp_path: Path) -> None:
    image(tmp_path / "x.nii")
    (tmp_path / "x.json").write_text("{not json")
    row = rows_of(tmp_path)["x.nii"]
    assert (row["status"], row["reason"], row["sidecar"]) == ("ok", "a sidecar cannot be read", None)


def test_names_are_taken_apart_as_bids_says() -> None:
    taken = name_of(b"sub-01_ses-2_task-rest_bold.nii.gz")
    assert taken is not None
    assert (taken.suffix, b"task-rest" in taken.entities) == (b"bold", True)
    assert stem(b"a.b.nii.gz") == b"a.b"
    assert Sidecars().merged(os.fsencode("/nowhere/sub-1_T1w.nii")) == ({}, [])
