"""What others do with the same files, each in a process of its own: ``python -m tests.speed.peers NAME < paths``.

The last line printed is JSON: ``files``, ``seconds`` and ``cpu`` seconds, without imports and without start-up.
"""

import contextlib
import importlib
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any


def stop_before_pixels(paths: Sequence[str]) -> int:
    """pydicom, the way most scripts do it."""
    import pydicom

    for path in paths:
        pydicom.dcmread(path, stop_before_pixels=True)
    return len(paths)


def pydicom_json(paths: Sequence[str]) -> int:
    """pydicom's DICOM JSON of the whole header."""
    import pydicom

    for path in paths:
        pydicom.dcmread(path, stop_before_pixels=True).to_json(suppress_invalid_tags=True)
    return len(paths)


def gdcm_scanner(paths: Sequence[str]) -> int:
    """GDCM's Scanner (C++) over the tags that we keep as columns."""
    import gdcm

    from labarchive.index.fields import READ

    scanner = gdcm.Scanner()
    for field in READ:
        scanner.AddTag(gdcm.Tag(field.tag >> 16, field.tag & 0xFFFF))
    names = gdcm.FilenamesType()
    for path in paths:
        names.append(path)
    if not scanner.Scan(names):
        raise SystemExit("gdcm refused the files")
    return len(paths)


def simpleitk_information(paths: Sequence[str]) -> int:
    """SimpleITK's reader, information only, private tags included."""
    import SimpleITK as sitk  # noqa: N813

    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.LoadPrivateTagsOn()
    for path in paths:
        reader.SetFileName(path)
        with contextlib.suppress(RuntimeError):  # it refuses some real ones
            reader.ReadImageInformation()
    return len(paths)


def pydicom_volume(paths: Sequence[str]) -> int:
    """One array of a series, by pydicom and numpy, ordered and scaled as tutorials do."""
    import numpy as np
    import pydicom

    slices = [pydicom.dcmread(path) for path in paths]
    slices.sort(key=lambda one: float(one.ImagePositionPatient[2]))
    np.stack([one.pixel_array for one in slices])
    return len(paths)


def our_volume(paths: Sequence[str]) -> int:
    """The same series as a nibabel image, its values as an array."""
    import numpy as np

    np.asarray(_load(paths).dataobj)
    return len(paths)


def pybids_layout(paths: Sequence[str]) -> int:
    """pybids' layout of one data set, metadata included."""
    from bids import BIDSLayout, BIDSLayoutIndexer

    for path in paths:
        BIDSLayout(path, indexer=BIDSLayoutIndexer(validate=False, index_metadata=True))
    return len(paths)


def whole_headers(paths: Sequence[str]) -> int:
    """Ours: the whole header of one instance a series, as the first pass reads it."""
    from labarchive.index.headers import read_header

    for path in paths:
        read_header(os.fsencode(path))
    return len(paths)


def only_walk(paths: Sequence[str]) -> int:
    """Ours: the walk with its stats, and no file opened."""
    from labarchive.files import walk

    return sum(map(len, walk([os.fsencode(path) for path in paths])))


def _load(paths: Sequence[str]) -> Any:
    """What ``scan.load()`` does once the catalogue has answered: its rows, and no file opened before."""
    from labarchive.images import load

    return load(_catalogued(tuple(paths)))


@cache
def _catalogued(paths: tuple[str, ...]) -> list[Any]:
    from labarchive.files import walk
    from labarchive.images import ImageFile
    from labarchive.index.reading import Reader

    reader, wanted = Reader(), {os.fsencode(path) for path in paths}
    found = [
        one for batch in walk([os.fsencode(Path(paths[0]).parent)]) for one in batch if one.path in wanted
    ]
    rows = reader.table(found).to_pylist()
    reader.close()
    return [ImageFile.from_row(row) for row in sorted(rows, key=lambda row: row["instance"])]


PEERS: dict[str, Callable[[Sequence[str]], int]] = {
    one.__name__: one
    for one in (
        stop_before_pixels, pydicom_json, gdcm_scanner, simpleitk_information, pydicom_volume, our_volume, pybids_layout,
        whole_headers, only_walk,
    )
}  # fmt: skip


def measured(name: str, paths: Sequence[str], processes: int) -> dict[str, float]:
    """Files, seconds and CPU seconds, once everything is imported and every process has started."""
    act = PEERS[name]
    if name == "our_volume":
        _catalogued(tuple(paths))
    if name != "pybids_layout":
        act(paths[:1])  # imports and first-use tables are start-up
    else:
        importlib.import_module("bids")
    if processes == 1:
        began, cpu = time.perf_counter(), _cpu()
        files = act(paths)
        return {"files": files, "seconds": time.perf_counter() - began, "cpu": _cpu() - cpu}
    pieces = [paths[i : i + 256] for i in range(0, len(paths), 256)]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        pool.map(act, [paths[:1]] * processes, chunksize=1)
        began, cpu = time.perf_counter(), _cpu()
        files = sum(pool.imap_unordered(act, pieces))
        seconds = time.perf_counter() - began
        pool.close()
        pool.join()
    return {"files": files, "seconds": seconds, "cpu": _cpu() - cpu}


def _cpu() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], sys.stdin.read().splitlines(), int(sys.argv[2]))))
