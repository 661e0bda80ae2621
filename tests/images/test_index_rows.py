"""The rows that the index writes lead to the same planes as pydicom's."""

import os
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from labarchive import images
from labarchive.images import ImageFile
from labarchive.index.hands import Hands
from labarchive.index.reading import Reader
from labarchive.records import Found
from tests.images.rows import rows_of

FOLDERS = ("dcm_qa_enh/In", "dcm_qa_nih/In/20180918Si", "dcm_qa_uih/In", "dcm_qa_ct/In/Philips", "dcm_qa_ts/In",
           "dcm_qa_philips_asl_enh/In", "acrin_flt_pt", "presidio_pseudo_phi")  # fmt: skip


def indexed(folder: Path) -> list[ImageFile]:
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        stat = path.stat()
        found.append(Found(os.fsencode(path), stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_ctime_ns))
    rows = Reader(Hands(4)).table(found).to_pylist()
    return [ImageFile.from_row(row) for row in rows if row["status"] == "ok"]


def by_series(files: list[ImageFile]) -> dict[str | None, list[ImageFile]]:
    series: defaultdict[str | None, list[ImageFile]] = defaultdict(list)
    for file in files:
        series[file.series_uid].append(file)
    return series


@pytest.mark.data
@pytest.mark.parametrize("name", FOLDERS)
def test_a_scan_of_the_index_has_the_parts_of_its_files(dev_data: Path, name: str) -> None:
    ours, theirs = by_series(indexed(dev_data / name)), by_series(rows_of(dev_data / name))
    assert ours
    for uid, files in ours.items():
        parts, wanted = images.volumes(files), images.volumes(theirs[uid])
        assert [(part.name, part.shape, part.problem) for part in parts] == [
            (part.name, part.shape, part.problem) for part in wanted
        ]
        for mine, other in zip(parts, wanted, strict=True):
            assert mine.grid and other.grid
            assert mine.grid.affine is other.grid.affine or np.allclose(mine.grid.affine, other.grid.affine)
