"""Real headers many times over: classic files that carry private elements, copied with UIDs of their own."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labarchive.files import walk
from labarchive.index.fields import READ
from labarchive.index.glances import read

FOLDERS = (
    "dcm_qa_12bit", "dcm_qa_agfa", "dcm_qa_ct", "dcm_qa_nih", "dcm_qa_ts", "dcm_qa_uih", "dcmstack", "deid_data",
    "nibabel", "studyforrest_func",
)  # fmt: skip
UIDS = ("study_uid", "series_uid", "sop_uid")
_SLOTS = [next(slot for slot, field in enumerate(READ) if field.column == column) for column in UIDS]
_PRIVATE = re.compile(
    rb"[\x09\x19\x21\x29\x43\x51\x65\xe1\x01]\x00\x10\x00|\x01\x20\x10\x00|\x05\x20\x10\x00"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A real file: its bytes up to the pixels, and what is to be replaced in them."""

    place: str
    header: bytes
    size: int
    uids: tuple[bytes, ...]


def replicate(real: Path, folder: Path, files: int) -> None:
    """Write ``files`` files: every source once, then all again with other UIDs."""
    sources = list(_sources(real))
    for number in range(files):
        copy, turn = divmod(number, len(sources))
        source = sources[turn]
        place = folder / f"copy-{copy:04d}" / source.place
        place.parent.mkdir(parents=True, exist_ok=True)
        header = source.header
        for uid in sorted(set(source.uids), key=len, reverse=True):
            header = header.replace(uid, _other(uid, copy))
        with open(place, "wb") as out:
            out.write(header)
            out.truncate(source.size)


def _sources(real: Path) -> Iterator[Source]:
    roots = [os.fsencode(real / name) for name in FOLDERS if (real / name).exists()]
    for found in sorted((one for batch in walk(roots) for one in batch), key=lambda one: one.path):
        seen = read(found)
        if seen.values is None or seen.asks or found.size > 1 << 20:
            continue
        uids = tuple((seen.values[slot] or b"").rstrip(b"\0 ") for slot in _SLOTS)
        path = Path(os.fsdecode(found.path))
        content = path.read_bytes()
        pixels = seen.pixel[1] if seen.pixel[1] > 0 else content.rfind(b"\xe0\x7f\x10\x00")
        if all(uids) and _PRIVATE.search(content, 132) and pixels > 0:
            head = content if found.size - pixels < 12 else content[: max(pixels, 12) + 12]
            yield Source(str(path.relative_to(real)), head, found.size, uids)


def _other(uid: bytes, copy: int) -> bytes:
    """As long, and different in every copy: the first part of four digits or more is replaced."""
    return re.sub(rb"(?<=\.)[1-9]\d{3,}(?=\.)", lambda part: _counted(part[0], copy), uid, count=1)


def _counted(part: bytes, copy: int) -> bytes:
    low = 10 ** (len(part) - 1)
    return str(low + copy % (9 * low)).encode()
