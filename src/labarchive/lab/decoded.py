"""One DICOM file as the page draws it: its header as DICOM JSON, its pixels as little-endian NIfTI on the disk."""

import os
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from labarchive import images
from labarchive.errors import BadInput, Damaged
from labarchive.index.hands import Hands
from labarchive.index.headers import read_header
from labarchive.index.reading import Reader
from labarchive.records import Found

MOST = 1 << 30
"""Bytes of pixels that a person's server decodes for a look; more is a notebook's work."""


def header(path: str) -> dict[str, Any]:
    """Its header in the DICOM JSON model (PS3.18 Annex F)."""
    return read_header(path)


def voxels(path: str) -> BinaryIO:
    """A file without a name that holds the image as NIfTI. Raises Damaged, and BadInput for what is no image."""
    file = _file(path)
    room = (file.rows or 0) * (file.columns or 0) * (file.frames or 1) * max(1, (file.bits or 16) // 8)
    if not room:
        raise BadInput("this DICOM file holds no image", hint="its header is shown below")
    if room > MOST:
        raise BadInput(
            f"this image has {room / 1e9:.1f} GB of pixels", hint="load it in a notebook, scan by scan"
        )
    made = tempfile.TemporaryFile()  # noqa: SIM115  whoever asked closes it
    try:
        images.plain(images.load([file])).to_stream(made)
        made.flush()
    except BaseException:
        made.close()
        raise
    return made


def _file(path: str) -> images.ImageFile:
    reader = Reader(Hands(1))
    try:
        stat = Path(path).stat()
        found = Found(os.fsencode(path), stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_ctime_ns)
        row = reader.table([found]).to_pylist()[0]
    finally:
        reader.close()
    if row["form"] != "dicom":
        raise BadInput("this file is no DICOM", hint="open it with another viewer or the editor")
    if row["status"] in ("damaged", "unreadable"):
        raise Damaged(
            f"this DICOM file is {row['status']}: {row['reason'] or 'its bytes are not what its header promises'}",
            hint="copy it again from its source",
        )
    return images.ImageFile.from_row(row)
