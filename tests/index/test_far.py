"""Files of a far server are read by many hands and parsed by one: the rows are those of near ones."""

import os
from pathlib import Path

import pytest
from pydicom.data import get_testdata_files

from labarchive import phantom
from labarchive.files import walk
from labarchive.index import hands
from labarchive.index.glances import begin, end
from labarchive.index.hands import AGAIN, TRIED, Hands
from labarchive.index.reading import OPEN, Reader
from labarchive.records import Found


class Far(Hands):
    """Hands for whom everything is far."""

    def far(self) -> bool:
        return True


def rows(reader: Reader, root: Path) -> dict[str, str]:
    """Path -> the row as text, for NaN is not equal to itself."""
    found = [one for batch in walk([os.fsencode(root)]) for one in batch]
    try:
        return {row["path"]: repr(row) for row in reader.table(found).to_pylist()}
    finally:
        reader.close()


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_rows_of_the_example_archive_with_all_its_faults(tmp_path: Path) -> None:
    phantom.make(tmp_path, profile="faults")
    near = rows(Reader(Hands(1)), tmp_path)
    assert rows(Reader(Far(8)), tmp_path) == near
    assert len(near) > OPEN  # more than one turn
    for status in ("ok", "damaged", "not_imaging", "empty"):
        assert any(f"'status': '{status}'" in row for row in near.values()), status


def test_rows_of_pydicoms_odd_files() -> None:
    root = Path(str(get_testdata_files("CT_small.dcm")[0])).parent
    assert rows(Reader(Far(8)), root) == rows(Reader(Hands(1)), root)


@pytest.mark.data
def test_rows_of_real_files(dev_data: Path) -> None:
    assert rows(Reader(Far(8)), dev_data) == rows(Reader(Hands(1)), dev_data)


def test_no_file_stays_open_though_one_breaks_the_parsing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        (tmp_path / f"{number}.bin").write_bytes(b"x" * 100)
    found = [one for batch in walk([os.fsencode(tmp_path)]) for one in batch]
    reader = Reader(Far(4))
    reader.table(found)
    before = open_files()
    monkeypatch.setattr("labarchive.index.lane.looks_bare", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        reader.table(found)
    assert open_files() == before
    reader.close()


def test_a_file_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    begun = begin(Found(os.fsencode(tmp_path / "gone"), 5, 0, 0, 0))
    assert "No such file" in begun.problem
    end(begun)


def test_a_far_server_is_tried_again_after_some_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    slow, clock = [True], [0.0]
    monkeypatch.setattr(hands.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(hands.time, "thread_time", lambda: 0.0)
    alone = Hands(4)
    together: list[int] = []
    monkeypatch.setattr(
        alone, "together", lambda act, things: together.append(len(things)) or [act(one) for one in things]
    )

    def act(one: int) -> int:
        clock[0] += 0.001 if slow[0] else 0
        return one

    assert alone.all(act, range(100)) == list(range(100))
    assert together == [100 - TRIED]
    slow[0] = False
    for _ in range(AGAIN):
        alone.all(act, range(100))
    assert together == [100 - TRIED] + [100] * (AGAIN - 1)  # then it was tried again, and is near
    assert not alone.far()
    alone.close()
