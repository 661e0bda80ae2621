"""The example archive is what its answer key says, and the same for the same seed."""

import hashlib
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom
import pytest

from labarchive import phantom
from labarchive.errors import BadInput
from labarchive.phantom.faults import FILES, PIXELS, SERIES
from labarchive.phantom.key import AnswerKey


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> AnswerKey:
    return phantom.make(tmp_path_factory.mktemp("phantom") / "nas", profile="faults", seed=3)


@pytest.fixture(scope="module")
def headers(key: AnswerKey) -> dict[str, list[pydicom.Dataset]]:
    """Series UID -> every instance that pydicom reads."""
    found: dict[str, list[pydicom.Dataset]] = {}
    hurt = {row["path"] for row in key.faults if row["path"]}
    for path in key.folder.rglob("*"):
        if (
            path.is_file()
            and not path.name.endswith((".nii.gz", ".json"))
            and str(path.relative_to(key.folder)) not in hurt
        ):
            header = pydicom.dcmread(path)
            found.setdefault(str(header.SeriesInstanceUID), []).append(header)
    return found


def digests(tree: Path) -> dict[str, str]:
    return {
        str(p.relative_to(tree)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in tree.rglob("*")
        if p.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_processes(tmp_path: Path) -> None:
    phantom.make(tmp_path / "one", sessions=3, seed=5)
    phantom.make(tmp_path / "two", sessions=3, seed=5, jobs=2)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert digests(tmp_path / "one_key") == digests(tmp_path / "two_key")


def test_another_seed_gives_another_archive(tmp_path: Path) -> None:
    phantom.make(tmp_path / "one", sessions=1, seed=5)
    phantom.make(tmp_path / "two", sessions=1, seed=6)
    assert digests(tmp_path / "one") != digests(tmp_path / "two")


def test_the_key_counts_every_series_and_its_instances(
    key: AnswerKey, headers: dict[str, list[pydicom.Dataset]]
) -> None:
    for row in key.series:
        uid = row.get("series_uid")
        if uid:
            hurt = sum(
                1
                for fault in key.faults
                if fault["series_uid"] == uid
                and fault["path"]
                and fault["fault"] in phantom.faults.EXPECTED_STATUS
            )
            assert len(headers[uid]) == row["present_files"] - hurt, row


def test_every_fault_is_planted_once(key: AnswerKey) -> None:
    planted = {row["fault"] for row in key.faults}
    drawn = {row["fault"] for row in key.series if row["fault"]}
    assert planted == drawn
    assert len(planted) >= 12
    assert planted <= set(PIXELS + SERIES + FILES)


def test_planted_identifiers_are_where_the_key_says(
    key: AnswerKey, headers: dict[str, list[pydicom.Dataset]]
) -> None:
    seen = Counter()
    for row in key.phi:
        if row["scope"] == "series" and row["where"].startswith("(00") and "x" not in row["where"]:
            group, element = row["where"].strip("()").split(",")
            value = str(headers[row["target"]][0][int(group, 16), int(element, 16)].value)
            if not any(
                f["fault"] == "wrong_subject_header" and f["series_uid"] == row["target"] for f in key.faults
            ):
                assert value.strip() == row["value"].strip()
                seen[row["what"]] += 1
    assert {"name", "record", "birth date", "free text"} <= set(seen)


def test_all_dialects_and_modalities_are_there(
    key: AnswerKey, headers: dict[str, list[pydicom.Dataset]]
) -> None:
    assert {row["kind"] for row in key.series} >= {"localizer", "T1w", "T2w", "FLAIR", "dwi", "bold", "PT"}
    makers = {str(instances[0].Manufacturer) for instances in headers.values()}
    assert len(makers) == 4


def test_pictures_show_a_head(key: AnswerKey, headers: dict[str, list[pydicom.Dataset]]) -> None:
    row = next(
        row
        for row in key.series
        if row["kind"] == "T1w" and row["fault"] not in FILES and row.get("series_uid")
    )
    instances = sorted(headers[row["series_uid"]], key=lambda one: float(one.ImagePositionPatient[0]))
    middle = instances[len(instances) // 2].pixel_array.astype(float)
    assert middle[8:24, 8:24].mean() > 5 * np.abs(middle[:3, -3:]).mean()


def test_the_bids_tree_is_read_by_nibabel(key: AnswerKey) -> None:
    import nibabel

    images = [row for row in key.series if str(row.get("path", "")).endswith(".nii.gz")]
    assert images
    for row in images:
        image = nibabel.load(key.folder / row["path"])
        assert image.shape[:3] == (32, 32, 8)


def test_files_of_a_vendor_have_long_headers(tmp_path: Path) -> None:
    key = phantom.make(tmp_path / "many", profile="vendor", files=120)
    path = next(key.folder.rglob("*.dcm"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        header = pydicom.dcmread(path)
    assert len(header) > 200
    assert len(header.pixel_array) == 32
    assert sum(1 for _ in key.folder.rglob("*.dcm")) == 120


def test_a_key_is_read_back(key: AnswerKey) -> None:
    again = AnswerKey.read(key.folder)
    assert [row["series_uid"] for row in again.series if row["series_uid"]] == [
        row["series_uid"] for row in key.series if row.get("series_uid")
    ]
    assert again.projects == key.projects


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(BadInput, match="holds something"):
        phantom.make(tmp_path)
