"""The answer key tells the truth about the tree beside it."""

import gzip
import hashlib
import json
import re
import struct
from collections import Counter
from typing import Any

import nibabel
import pydicom

from labarchive import phantom
from labarchive.phantom import faults
from tests.phantom.conftest import Example


def test_the_key_counts_every_series_and_its_readable_files(example: Example) -> None:
    counted = {
        row["series_uid"]: row["present_files"] for row in example.key.series if row["form"] == "dicom"
    }
    assert counted == {uid: len(read) for uid, read in example.read.items()}


def test_a_series_without_faults_is_complete(example: Example) -> None:
    assert all(row["expected_files"] == row["present_files"] for row in example.series(fault=""))


def test_the_key_counts_every_file_by_status(example: Example) -> None:
    there = [path for path in example.key.folder.rglob("*") if path.is_file()]
    assert set(example.key.counts) == set(example.key.projects) == {"tau-pet", "stroke-ct"}
    counts = sum(example.key.counts.values(), Counter())
    assert counts.total() - counts["bytes"] == len(there)
    assert counts["bytes"] == sum(path.stat().st_size for path in there)
    said = Counter(row["status"] for row in example.key.files)
    assert said == {word: n for word, n in counts.items() if word not in ("ok", "bytes")}


def test_every_fault_is_planted_in_one_series(example: Example) -> None:
    planted = Counter(row["fault"] for row in example.key.series if row["fault"])
    assert planted == dict.fromkeys(faults.PIXELS + faults.SERIES + faults.FILES, 1)
    assert {row["fault"] for row in example.key.faults} == set(planted)


def test_every_hurt_and_every_stray_file_has_its_expected_status(example: Example) -> None:
    expected = {row["path"]: row["status"] for row in example.key.files}
    for row in example.key.faults:
        if row["path"]:
            assert example.file(row["path"]).is_file()
            assert expected.get(row["path"], "ok") == row["status"]


def test_dropped_instances_are_the_ones_the_key_names(example: Example) -> None:
    for fault in faults.DROPPED:
        (row,) = example.series(fault=fault)
        (told,) = [one for one in example.key.faults if one["fault"] == fault]
        dropped = {int(number) for number in told["detail"].split(" of ")[0].split()[1:]}
        present = {int(header.InstanceNumber) for header in example.of(row["series_uid"])}
        assert dropped
        assert dropped | present == set(range(1, row["expected_files"] + 1))
        assert not dropped & present


def test_copies_are_what_they_are_called(example: Example) -> None:
    for fault, same_uid, same_pixels in (
        ("duplicate_file", True, True), ("same_uid_other_pixels", True, False), ("same_pixels_other_uid", False, True)
    ):  # fmt: skip
        (told,) = [row for row in example.key.faults if row["fault"] == fault]
        read = dict(example.read[told["series_uid"]])
        copy = read.pop(told["path"])
        (first,) = [header for header in read.values() if header.InstanceNumber == copy.InstanceNumber]
        assert (first.SOPInstanceUID == copy.SOPInstanceUID) == same_uid
        assert (first.PixelData == copy.PixelData) == same_pixels


def test_every_planted_identifier_is_where_the_key_says(example: Example) -> None:
    lost = [row for row in example.key.phi if not _there(example, row)]
    assert lost == []
    kinds = {row["what"] for row in example.key.phi}
    assert kinds >= {"name", "record", "birth date", "accession", "staff", "address", "free text", "private"}
    assert kinds >= {"burned in", "private, gzipped", "private, nested"}
    assert {row["scope"] for row in example.key.phi} == {"series", "file", "path"}


def _there(example: Example, row: dict) -> bool:
    where, value = row["where"], row["value"]
    if where == "path":
        return value in row["target"] and example.file(row["target"]).is_dir()
    if row["scope"] == "series":
        headers = example.of(row["target"])
        if where.startswith("pixels"):
            return all(_bright(header, where) for header in headers)
        return all(_holds(_value(header, where), value) for header in headers)
    path = example.file(row["target"])
    if where == "file content":
        return value in path.read_text()
    if where == "json PatientName":
        return json.loads(path.read_text())["PatientName"] == value
    if where == "nifti descrip":
        return nibabel.load(path).header["descrip"].tobytes().rstrip(b"\0").decode() == value
    return _holds(_value(pydicom.dcmread(path), where), value)


def _bright(header: pydicom.Dataset, where: str) -> bool:
    x0, y0, x1, y1 = map(int, where.split()[1].split(","))
    box = header.pixel_array[y0:y1, x0:x1]
    return 0.05 < (box == 4095).mean() < 0.9


def _value(header: pydicom.Dataset, where: str) -> Any:
    value: Any = header
    for step in re.findall(r"\(([^)]*)\)", where):
        group, element, *creator = step.split(",")
        if isinstance(value, pydicom.Sequence):
            value = value[0]
        if creator:
            block = value.private_block(int(group, 16), creator[0].strip('"'))
            value = block[int(element[2:], 16)].value
        else:
            value = value[int(group, 16), int(element, 16)].value
    return value


def _holds(found: Any, value: str) -> bool:
    if not isinstance(found, bytes):
        return str(found).strip() == value.strip()
    if found[4:6] == b"\x1f\x8b":
        found = gzip.decompress(found[4 : 4 + struct.unpack_from("<I", found)[0]])
    return value.encode() in found


def test_what_only_looks_like_a_name_is_named_too(example: Example) -> None:
    assert example.key.retain
    for row in example.key.retain:
        assert str(example.of(row["series_uid"])[0].ProtocolName) == row["value"]


def test_a_key_is_read_back(example: Example) -> None:
    again = phantom.AnswerKey.read(example.key.folder)
    assert (again.projects, again.counts) == (example.key.projects, example.key.counts)
    for table in phantom.AnswerKey.TABLES:
        written = [{name: str(value) for name, value in row.items()} for row in getattr(example.key, table)]
        assert getattr(again, table) == written


def test_all_people_are_in_the_key_with_what_identifies_them(example: Example) -> None:
    assert {row["subject"] for row in example.key.sessions} == {
        row["subject"] for row in example.key.subjects
    }
    token = {row["token"] for row in example.key.tokens}
    for person in example.key.subjects:
        assert {person["record"], person["born"], *re.split(r"[\^=]", person["name"])} <= token


def test_the_same_picture_is_not_given_to_two_series(example: Example) -> None:
    first = [example.of(row["series_uid"])[0] for row in example.series(form="dicom", status="ok")]
    digests = [hashlib.sha256(header.PixelData).hexdigest() for header in first]
    assert len(set(digests)) == len(digests)
