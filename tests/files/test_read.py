"""Few bytes and few round trips a file, and digests that tell files apart."""

import hashlib
import os
from pathlib import Path

import pytest

from labarchive.files import digest, edge_digest, read_at, read_prefix
from labarchive.index import glances
from labarchive.index.lane import parse
from labarchive.records import Found


def test_a_beginning_is_what_the_file_begins_with(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(range(256)) * 100)
    assert read_prefix(os.fsencode(path)) == (bytes(range(256)) * 100)[:8192]
    assert read_at(os.fsencode(path), 25590, 100) == bytes(range(246, 256))


def test_edges_tell_files_of_one_size_apart_by_their_first_and_last_bytes(tmp_path: Path) -> None:
    whole = bytearray(os.urandom(300_000))
    path = tmp_path / "x"
    path.write_bytes(whole)
    first = edge_digest(os.fsencode(path), len(whole))
    whole[-1] ^= 1
    path.write_bytes(whole)
    assert edge_digest(os.fsencode(path), len(whole)) != first
    assert digest(os.fsencode(path)) == hashlib.sha256(whole).hexdigest()
    assert first.startswith("300000-")


@pytest.mark.data
def test_a_classic_header_costs_three_round_trips_and_eight_kilobytes(
    dev_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trips, read = [], []
    real_open, real_pread, real_close = os.open, os.pread, os.close

    def pread(descriptor: int, size: int, offset: int) -> bytes:
        content = real_pread(descriptor, size, offset)
        trips.append("read")
        read.append(len(content))
        return content

    files = [path for path in sorted((dev_data / "dcm_qa_nih").rglob("*.dcm")) if path.is_file()][:300]
    found = [Found(os.fsencode(path), path.stat().st_size, 0, 0, 0) for path in files]
    monkeypatch.setattr(os, "open", lambda *a, **k: (trips.append("open"), real_open(*a, **k))[1])
    monkeypatch.setattr(os, "close", lambda d: (trips.append("close"), real_close(d))[1])
    monkeypatch.setattr(os, "pread", pread)
    monkeypatch.setattr(os, "fstat", lambda *_: trips.append("fstat"))
    for one in found:
        glances.read(one)
    monkeypatch.undo()
    assert "fstat" not in trips  # the walk gave the size
    assert len(trips) / len(files) <= 3.1
    assert sum(read) / len(files) <= 10240
    assert parse(read_prefix(os.fsencode(files[0])), files[0].stat().st_size)[0]
