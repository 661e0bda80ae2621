"""Every header is the DICOM JSON model, whole, and the same as pydicom reads it."""

import base64
import contextlib
import hashlib
import io
import json
import math
import os
import random
import struct
import subprocess
import sys
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence

from labarchive.errors import Damaged
from labarchive.index import by_pydicom, elements
from labarchive.index.headers import dumps, read_header, sop_uid

PACKAGED = Path(pydicom.__file__).parent / "data"
CUT = {  # their last elements promise more bytes than there are
    "rtplan_truncated.dcm", "DICOMDIR-nooffset", "trunc_meta.dcm", "trunc_header.dcm", "sq_unterminated.dcm",
    "len_overflow.dcm", "len_4g.dcm", "dicm_text.dcm", "garbled.dcm", "deep_nesting.dcm",
    "deep_nesting_undefined.dcm",
}  # fmt: skip


def dicom_files(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            with path.open("rb") as file:
                if file.read(132)[128:] == b"DICM":
                    yield path


def plain(element: Any) -> dict[str, Any]:
    """What pydicom's own to_json_dict says of an element, with our words for empty and for long."""
    says = element.to_json_dict(None, 0)
    if "InlineBinary" in says:
        raw = base64.b64decode(says["InlineBinary"])
        if len(raw) > 1024:
            return {"vr": says["vr"], "length": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
        return says
    if says["vr"] == "SQ":
        values: list[Any] = [plain_dataset(item) for item in element.value]
    elif says["vr"] == "PN":
        values = [{k: v for k, v in name.items() if v} or None for name in says.get("Value", [])]
    else:
        values = [None if value == "" else value for value in says.get("Value", [])]
    return {"vr": says["vr"], "Value": values} if values not in ([], [None]) else {"vr": says["vr"]}


def plain_dataset(dataset: Dataset) -> dict[str, Any]:
    return {f"{tag:08X}": plain(dataset[tag]) for tag in list(dataset.keys()) if tag.element}


def differences(path: Path) -> list[str]:
    """Tags whose value is not what pydicom's to_json_dict says; values that it cannot say are left out."""
    ours = read_header(str(path))
    dataset = pydicom.dcmread(path, stop_before_pixels=True)
    wrong = []
    for part in (dataset.file_meta, dataset):
        for tag in list(part.keys()):
            name = f"{tag:08X}"
            if not tag.element or tag.group == 0x7FE0:
                assert name not in ours
                continue
            try:
                expected = plain(part[tag])
                dumps({name: expected})  # NaN is not JSON
            except Exception:
                continue
            if ours[name] != expected:
                wrong.append(name)
    return wrong


@pytest.mark.filterwarnings("ignore")
def test_every_packaged_file_of_pydicom_reads_as_pydicom_says() -> None:
    files = [path for path in dicom_files(PACKAGED) if path.name not in CUT]
    assert len(files) > 60
    assert {path.name: wrong for path in files if (wrong := differences(path))} == {}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["ExplVR_LitEndNoMeta.dcm", "ExplVR_BigEndNoMeta.dcm"])
def test_a_file_without_preamble_reads_as_pydicom_reads_it(name: str) -> None:
    path = PACKAGED / "test_files" / name
    header = read_header(str(path))
    assert len(header) > 10
    assert header == by_pydicom.header(path.read_bytes())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.data
def test_every_undamaged_real_file_reads_as_pydicom_reads_it(dev_data: Path) -> None:
    files = [path for path in dicom_files(dev_data) if path.name not in CUT]
    assert len(files) > 1900
    some = random.Random(1).sample(files, 900) if not os.environ.get("LABARCHIVE_ALL") else files
    vendors: dict[Path, Path] = {}
    for path in files:
        vendors.setdefault(path.parent, path)
    wrong = []
    for path in {*some, *vendors.values()}:
        if dumps(read_header(os.fsencode(path))) != dumps(by_pydicom.header(path.read_bytes())):
            wrong.append(path)
    wrong += [path for path in vendors.values() if differences(path)]
    assert wrong == []


@pytest.mark.data
def test_what_is_cut_short_or_nested_without_end_is_damaged(dev_data: Path) -> None:
    for path in (path for path in dicom_files(dev_data) if path.name in CUT):
        with pytest.raises(Damaged):
            read_header(str(path))


@pytest.mark.data
def test_a_deflated_bomb_costs_no_more_than_its_header(dev_data: Path) -> None:
    header = read_header(str(dev_data / "hostile" / "deflate_bomb.dcm"))
    assert sop_uid(header)


def test_junk_is_damaged(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"x", b"# a text\n" * 50, os.urandom(3000), b"\x08\x00\x05\x00")):
        path = tmp_path / str(number)
        path.write_bytes(content)
        with pytest.raises(Damaged):
            read_header(str(path))


def test_a_missing_file_is_the_operating_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_header(os.fsencode(tmp_path / "nothing"))


def made(dataset: Dataset, syntax: str = "1.2.840.10008.1.2.1", cut: int | None = None) -> bytes:
    """A DICOM file of this data set."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    little = syntax != "1.2.840.10008.1.2.2"
    implicit = syntax == "1.2.840.10008.1.2"
    file = FileDataset(
        "", dataset, file_meta=meta, preamble=b"\0" * 128, is_implicit_VR=implicit, is_little_endian=little
    )
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pydicom.dcmwrite(out, file, enforce_file_format=True)
    return out.getvalue()[:cut]


def header_of(tmp_path: Path, content: bytes) -> dict[str, Any]:
    path = tmp_path / "made.dcm"
    path.write_bytes(content)
    return read_header(str(path))


def test_private_and_nested_elements_are_kept(tmp_path: Path) -> None:
    inner = Dataset()
    inner.PatientName = "Doe^Jane"
    outer = Dataset()
    outer.add_new(0x00290010, "LO", "SIEMENS CSA HEADER")
    outer.add_new(0x00291010, "OB", b"x" * 2000)
    outer.add_new(0x00291011, "UN", b"ab")
    outer.ReferencedStudySequence = Sequence([inner])
    header = header_of(tmp_path, made(outer))
    assert header["00291010"] == {
        "vr": "OB",
        "length": 2000,
        "sha256": hashlib.sha256(b"x" * 2000).hexdigest(),
    }
    assert header["00081110"] == {
        "vr": "SQ",
        "Value": [{"00100010": {"vr": "PN", "Value": [{"Alphabetic": "Doe^Jane"}]}}],
    }
    assert header["00020010"]["Value"] == ["1.2.840.10008.1.2.1"]
    assert "00020000" not in header


def test_a_sequence_may_have_its_own_character_set(tmp_path: Path) -> None:
    japanese, latin, outer = Dataset(), Dataset(), Dataset()
    japanese.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    japanese.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    latin.StudyDescription = "naïve"
    outer.SpecificCharacterSet = "ISO_IR 192"
    outer.InstitutionName = "Hôpital 北京"
    outer.ReferencedStudySequence = Sequence([japanese, latin])
    header = header_of(tmp_path, made(outer))
    first, second = header["00081110"]["Value"]
    assert first["00100010"]["Value"] == [
        {"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎", "Phonetic": "やまだ^たろう"}
    ]
    assert second["00081030"]["Value"] == ["naïve"]
    assert header["00080080"]["Value"] == ["Hôpital 北京"]


@pytest.mark.parametrize(
    ("vr", "raw", "expected"),
    [
        (b"DS", b"1.5\\2 ", [1.5, 2]),
        (b"DS", b"nan\\inf\\1e400 ", ["nan", "inf", "1e400"]),
        (b"DS", b"1,5\\2 ", ["1,5", "2"]),
        (b"DS", b"\\1", [None, 1]),
        (b"DS", b"123456789012345678", [123456789012345678]),
        (b"IS", b"12\\ab ", ["12", "ab"]),
        (b"IS", b"1.0 ", [1]),
        (b"IS", b"1.5 ", ["1.5"]),
        (b"AT", struct.pack("<4H", 0x10, 0x20, 0x7FE0, 0x10), ["00100020", "7FE00010"]),
        (b"FD", struct.pack("<3d", 0.1, math.nan, -math.inf), [0.1, "NaN", "-inf"]),
        (b"CS", b"A\\\\B ", ["A", None, "B"]),
        (b"LO", b"  ", None),
        (b"LO", b"", None),
        (b"LT", b"a\\b\nc ", ["a\\b\nc"]),
        (b"AE", b" X  ", ["X"]),
    ],
)
def test_values_become_json_and_what_is_no_number_stays_text(
    tmp_path: Path, vr: bytes, raw: bytes, expected: list[Any] | None
) -> None:
    long = vr.decode() in elements.LONG
    length = b"\0\0" + struct.pack("<I", len(raw)) if long else struct.pack("<H", len(raw))
    header = header_of(tmp_path, made(Dataset()) + b"\x09\x00\x10\x11" + vr + length + raw)
    element = {"vr": vr.decode()} if expected is None else {"vr": vr.decode(), "Value": expected}
    assert header["00091110"] == element
    json.loads(dumps(header))


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])
def test_the_encoding_does_not_change_the_header(tmp_path: Path, syntax: str) -> None:
    dataset = Dataset()
    item = Dataset()
    item.CodeValue = "T-A0100"
    dataset.Rows = 12
    dataset.EchoTime = "2.5"
    dataset.ProcedureCodeSequence = Sequence([item, Dataset()])
    header = header_of(tmp_path, made(dataset, syntax))
    assert {tag: header[tag] for tag in header if tag > "0003"} == {
        "00081032": {"vr": "SQ", "Value": [{"00080100": {"vr": "SH", "Value": ["T-A0100"]}}, {}]},
        "00180081": {"vr": "DS", "Value": [2.5]},
        "00280010": {"vr": "US", "Value": [12]},
    }


def test_a_deflated_header_is_inflated(tmp_path: Path) -> None:
    whole = made(Dataset(), "1.2.840.10008.1.2.1.99")
    tail = b"\x28\x00\x10\x00US\x02\x00\x0c\x00"
    deflate = zlib.compressobj(wbits=-15)
    start = len(made(Dataset(), "1.2.840.10008.1.2.1"))
    header = header_of(
        tmp_path, whole[: start + 2].rstrip(b"\x03\x00") + deflate.compress(tail) + deflate.flush()
    )
    assert header["00280010"]["Value"] == [12]


def test_a_header_longer_than_the_first_read_is_whole(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.add_new(0x00290010, "LO", "LAB")
    for number in range(0x10, 0xF0):
        dataset.add_new(0x00291000 + number, "UT", f"{number:04d}" * 1000)
    header = header_of(tmp_path, made(dataset))
    assert [header[f"0029{0x1000 + n:04X}"]["Value"][0][:4] for n in range(0x10, 0xF0)] == [
        f"{n:04d}" for n in range(0x10, 0xF0)
    ]


def test_pydicom_is_not_loaded_for_an_ordinary_file() -> None:
    code = (
        "import sys; from labarchive.index.headers import read_header; read_header(sys.argv[1]);"
        "sys.exit('pydicom' in sys.modules)"
    )
    explicit = PACKAGED / "test_files" / "MR_small.dcm"
    assert subprocess.run([sys.executable, "-c", code, explicit], check=False).returncode == 0


def _tolerated(tmp_path: Path, content: bytes) -> None:
    with contextlib.suppress(Damaged):
        dumps(header_of(tmp_path, content)).encode()


@pytest.mark.filterwarnings("ignore")
def test_a_file_cut_at_any_byte_is_read_or_damaged(tmp_path: Path) -> None:
    for name in ("MR_small.dcm", "MR_small_implicit.dcm"):
        content = (PACKAGED / "test_files" / name).read_bytes()
        for end in range(0, min(len(content), 1900), 3):
            _tolerated(tmp_path, content[:end])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", ["MR_small.dcm", "rtplan.dcm", "JPEG2000.dcm", "chrH32.dcm", "MR_small_bigendian.dcm"]
)
def test_flipped_bits_are_read_or_damaged(tmp_path: Path, name: str) -> None:
    content = next(PACKAGED.rglob(name)).read_bytes()[:6000]
    dice = random.Random(7)
    for _ in range(250):
        flipped = bytearray(content)
        for _ in range(dice.randint(1, 8)):
            flipped[dice.randrange(128, len(flipped))] = dice.randrange(256)
        _tolerated(tmp_path, bytes(flipped))


@given(
    st.sampled_from(["", "ISO_IR 100", "ISO_IR 192", "GB18030", "ISO_IR 13", "hex", "utf_16", "nonsense"]),
    st.binary(max_size=40),
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_in_any_character_set_are_text(term: str, raw: bytes) -> None:
    from labarchive.index.charsets import charset

    charset((term,)).words(raw).encode()


def test_equal_headers_give_equal_text() -> None:
    assert dumps({"b": {"vr": "LO"}, "a": {"vr": "CS"}}) == dumps({"a": {"vr": "CS"}, "b": {"vr": "LO"}})
