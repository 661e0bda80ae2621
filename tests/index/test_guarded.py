"""Whatever bytes a file holds: no exception, no hang, no lost row, and bounded memory."""

import os
import random
import struct
from pathlib import Path
from typing import Any

import pytest

from labarchive.files import walk
from labarchive.index.guarded import Guard
from labarchive.index.lane import NotDicom, Short, parse
from labarchive.index.reading import Reader
from labarchive.index.sequences import Decline
from labarchive.records import STATUSES

THOROUGH = pytest.mark.parametrize("thorough", [False, pytest.param(True, marks=pytest.mark.soak)])
"""`make soak` tries every byte."""


def small(dev_data: Path) -> bytes:
    """A valid image of 4 KB."""
    return (dev_data / "hostile" / "good.dcm").read_bytes()


def rows(folder: Path, **words: Any) -> list[dict[str, Any]]:
    """Our rows of a folder."""
    reader = Reader(guard=Guard(**words))
    try:
        return [row for found in walk([os.fsencode(folder)]) for row in reader.table(found).to_pylist()]
    finally:
        reader.close()


@THOROUGH
@pytest.mark.data
def test_a_file_cut_at_any_byte_gives_a_row_and_is_never_called_whole(
    thorough: bool, dev_data: Path, tmp_path: Path
) -> None:
    whole = small(dev_data)
    lengths = range(1, len(whole)) if thorough else sorted({*range(1, len(whole), 29), len(whole) - 1})
    for length in lengths:
        (tmp_path / f"{length}.dcm").write_bytes(whole[:length])
    found = rows(tmp_path)
    assert len(found) == len(lengths)
    assert [row["path"] for row in found if not row["reason"]] == []
    assert {row["status"] for row in found} <= {"damaged", "ok", "not_imaging"}


@THOROUGH
@pytest.mark.data
def test_flipped_bits_never_raise_and_lose_no_row(thorough: bool, dev_data: Path, tmp_path: Path) -> None:
    whole = small(dev_data)
    chance = random.Random(7)
    count = 4000 if thorough else 120
    for i in range(count):
        flipped = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            flipped[chance.randrange(128, len(whole))] ^= 1 << chance.randrange(8)
        (tmp_path / f"{i}.dcm").write_bytes(flipped)
    found = rows(tmp_path)
    assert len(found) == count
    assert {row["status"] for row in found} <= set(STATUSES)


@THOROUGH
@pytest.mark.data
def test_the_lane_only_declines_whatever_it_is_given(thorough: bool, dev_data: Path) -> None:
    whole = small(dev_data)
    chance = random.Random(11)
    for _ in range(20000 if thorough else 2000):
        flipped = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            flipped[chance.randrange(128, 1900)] = chance.randrange(256)
        try:
            parse(bytes(flipped), len(flipped))
        except (Decline, NotDicom, Short):
            continue


@pytest.mark.data
def test_a_child_that_hangs_is_killed_and_the_next_file_is_read(
    dev_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = tmp_path / "pipe.dcm"
    os.mkfifo(stuck)  # opening it waits for a writer for ever
    guard = Guard(patience=3.0)
    try:
        assert "longer than 3 s" in guard.parse(os.fsencode(stuck), 100)["wrong"]
        good = dev_data / "hostile" / "good.dcm"
        assert guard.parse(os.fsencode(good), good.stat().st_size)["values"]["rows"] == 32
    finally:
        guard.close()


@pytest.mark.data
def test_an_element_that_claims_four_gigabytes_costs_none(tmp_path: Path, dev_data: Path) -> None:
    whole = small(dev_data)
    cut = whole.index(b"\x10\0\x10\0PN")
    claim = whole[:cut] + struct.pack("<HH2sHI", 0x0009, 0x1010, b"OB", 0, 0xFFFFFFF0)
    (tmp_path / "claim.dcm").write_bytes(claim)
    (row,) = rows(tmp_path)
    assert row["status"] == "damaged"
    assert "cut short" in row["reason"]


def test_a_device_or_a_pipe_is_no_file_to_wait_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.dcm")
    (row,) = rows(tmp_path)
    assert row["status"] == "unreadable"
