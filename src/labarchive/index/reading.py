"""A batch of found files to one table of rows: the fast lane first, pydicom under guard for what it refuses."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from labarchive.files.read import PREFIX, edges, opened
from labarchive.index import columns, contents, images, lane, status
from labarchive.index.arrow import Array, DataType, Table, pa
from labarchive.index.bids import Sidecars
from labarchive.index.fields import READ, UNDEFINED
from labarchive.index.guarded import Guard
from labarchive.index.schema import FILE_SCHEMA, TYPES
from labarchive.records import Found

_MOST = 1 << 18
"""Bytes of a header the lane reads at most; longer ones are pydicom's."""
_MORE = 7
_FAR = 0.0003
"""Seconds a file: from here on its server is far, and waiting in many threads pays."""
_TRIED = 8
_BLANK: lane.Values = [None] * len(READ)


@dataclass(frozen=True, slots=True)
class Seen:
    """One file as it was read: ``values`` from the lane, or what else is to be done with it."""

    values: lane.Values | None = None
    pixel: lane.Pixel = (0, -1, UNDEFINED)
    glance: images.Glance = images.NOTHING
    asks: str = ""
    """"guard" for pydicom, "other" for no DICOM, "trailing" for bytes behind the pixel data."""
    problem: str = ""


@dataclass(slots=True)
class Reader:
    """Reads batches; keeps its threads and its guard between them."""

    threads: int = 16
    guard: Guard = field(default_factory=Guard)
    sidecars: Sidecars = field(default_factory=Sidecars)
    _pool: ThreadPoolExecutor | None = None

    def table(self, found: Sequence[Found]) -> Table:
        """FILE_SCHEMA rows of these files, one for each whatever happens."""
        seen = self._seen(found)
        dicom = [i for i, one in enumerate(seen) if one.values is not None or one.asks == "guard"]
        whole = _Dicom([found[i] for i in dicom], [seen[i] for i in dicom])
        whole.ask(self.guard)
        other = [i for i, one in enumerate(seen) if one.values is None and one.asks != "guard"]
        rows = [self._other(found[i], seen[i]) for i in other]
        rows += [self._other(one, _glanced(one)) for one in whole.not_dicom]
        rows += [_row(one, "unreadable", why, "") for one, why in whole.unreadable]
        return pa.concat_tables([whole.table(), rows_of(rows)])

    def close(self) -> None:
        """Ends the guard's child and the threads."""
        self.guard.close()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _seen(self, found: Sequence[Found]) -> list[Seen]:
        """Near files one by one (threads would only wait for each other), far ones many at a time."""
        began = time.perf_counter()
        seen = [read(one) for one in found[:_TRIED]]
        rest = found[_TRIED:]
        if not rest:
            return seen
        if self.threads < 2 or (time.perf_counter() - began) / _TRIED < _FAR:
            return seen + [read(one) for one in rest]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads)
        return seen + list(self._pool.map(read, rest))

    def _other(self, found: Found, seen: Seen) -> dict[str, Any]:
        if seen.problem:
            return _row(found, "unreadable", seen.problem, "")
        if not found.size:
            return _row(found, "empty", None, "")
        image = images.row(found, seen.glance, self.sidecars)
        if image is not None:
            return _row(found, **image)
        form = contents.form_of(found.path, seen.glance.head)
        if contents.named_like_dicom(found.path):
            return _row(found, "damaged", f"it is named like DICOM and holds none ({form})", form)
        return _row(found, "not_imaging", None, form)


def read(found: Found) -> Seen:
    """Opens, reads the beginning, parses and closes one file. Never raises for what the file is."""
    if found.problem:
        return Seen(problem=found.problem)
    if not found.size:
        return Seen()
    try:
        descriptor = os.open(found.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as wrong:
        return Seen(problem=f"it cannot be opened: {wrong.strerror}")
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)
        return _parse(descriptor, found)
    except OSError as wrong:
        return Seen(problem=f"it cannot be read: {wrong.strerror}")
    finally:
        os.close(descriptor)


def _parse(descriptor: int, found: Found) -> Seen:
    size = found.size
    head = buffer = os.pread(descriptor, PREFIX, 0)
    while True:
        try:
            values, pixel = lane.parse(buffer, size)
        except lane.NotDicom:
            if lane.looks_bare(head):
                return Seen(asks="guard")
            return Seen(glance=_glance(descriptor, found, head), asks="other")
        except lane.Decline:
            return Seen(asks="guard")
        except lane.Short as short:
            want = max(short.end + PREFIX, len(buffer) * (_MORE + 1))
            more = b"" if want > _MOST else os.pread(descriptor, want - len(buffer), len(buffer))
            if not more:
                return Seen(asks="guard")
            buffer += more
            continue
        end = pixel[1] + pixel[2]
        if pixel[1] > 0 and pixel[2] != UNDEFINED and end + 8 <= size:
            return Seen(values, pixel, asks=_behind(descriptor, buffer, end))
        return Seen(values, pixel)


def _behind(descriptor: int, buffer: bytes, end: int) -> str:
    """Bytes follow the pixel data: padding and signatures may, anything else is worth a word."""
    follows = buffer[end : end + 4] if end + 4 <= len(buffer) else os.pread(descriptor, 4, end)
    return "" if follows in (b"\xfc\xff\xfc\xff", b"\xfa\xff\xfa\xff") else "trailing"


def _glance(descriptor: int, found: Found, head: bytes) -> images.Glance:
    """What the other formats want to see, read while the file is open."""
    if not images.named_like_image(found.path):
        return images.Glance(head, b"", None)
    tail = os.pread(descriptor, 8, found.size - 8) if head.startswith(b"\x1f\x8b") else b""
    return images.Glance(head, tail, edges(descriptor, found.size))


def _glanced(found: Found) -> Seen:
    """A file that pydicom did not take for DICOM, looked at again."""
    try:
        with opened(found.path) as descriptor:
            head = os.pread(descriptor, PREFIX, 0)
            return Seen(glance=_glance(descriptor, found, head), asks="other")
    except OSError as wrong:
        return Seen(problem=f"it cannot be read: {wrong.strerror}")


class _Dicom:
    """The DICOM files of a batch on their way to columns."""

    def __init__(self, found: list[Found], seen: list[Seen]) -> None:
        self.not_dicom: list[Found] = []
        self.unreadable: list[tuple[Found, str]] = []
        self._found, self._seen = found, seen
        self._answers: dict[int, dict[str, Any]] = {}

    def ask(self, guard: Guard) -> None:
        """Has pydicom read what the lane declined; drops what turns out to be no DICOM."""
        gone = set()
        for i, one in enumerate(self._seen):
            if one.asks != "guard":
                continue
            answer = guard.parse(self._found[i].path, self._found[i].size)
            if answer.get("form") == "other":
                self.not_dicom.append(self._found[i])
                gone.add(i)
            elif "unreadable" in answer:
                self.unreadable.append((self._found[i], f"it cannot be opened: {answer['unreadable']}"))
                gone.add(i)
            else:
                self._answers[i] = answer
        if gone:
            keep = [i for i in range(len(self._found)) if i not in gone]
            self._answers = {new: self._answers[old] for new, old in enumerate(keep) if old in self._answers}
            self._found = [self._found[i] for i in keep]
            self._seen = [self._seen[i] for i in keep]

    def table(self) -> Table:
        """FILE_SCHEMA rows of what is DICOM."""
        if not self._found:
            return FILE_SCHEMA.empty_table()
        arrays, notes = columns.arrays([one.values or _BLANK for one in self._seen])
        for i, one in enumerate(self._seen):
            if one.asks == "trailing":
                columns.note(notes, i, "other bytes follow the pixel data")
        self._put_answers(arrays, notes)
        arrays |= self._pixels()
        arrays |= stat_arrays(self._found)
        wrong = {i: answer["wrong"] for i, answer in self._answers.items() if answer.get("wrong")}
        verdicts = status.judge(arrays, notes, wrong)
        arrays["status"] = pa.array([one[0] for one in verdicts], pa.string())
        arrays["reason"] = pa.array([one[1] for one in verdicts], pa.string())
        arrays["form"] = pa.array([one[2] for one in verdicts], pa.string())
        arrays["dims"] = self._dims()
        return _table(arrays, len(self._found))

    def _put_answers(self, arrays: dict[str, Array], notes: columns.Notes) -> None:
        """pydicom's values into the rows that the lane left blank."""
        if not self._answers:
            return
        for answer_row, answer in self._answers.items():
            for words in answer.get("notes", ()):
                columns.note(notes, answer_row, words)
        lists = {row: answer.get("values", {}) for row, answer in self._answers.items()}
        for one in READ:
            given = {
                row: values[one.column] for row, values in lists.items() if values.get(one.column) is not None
            }
            if given:
                arrays[one.column] = _replaced(arrays[one.column], given, TYPES[one.form], notes, one.column)

    def _pixels(self) -> dict[str, Array]:
        pixels = [
            self._answers[i].get("pixel", (0, -1, UNDEFINED)) if i in self._answers else one.pixel
            for i, one in enumerate(self._seen)
        ]
        inflated = [bool(self._answers.get(i, {}).get("inflated")) for i in range(len(self._seen))]
        return {
            "stop": pa.array([one[0] for one in pixels], pa.int64()),
            "pixel_start": pa.array([one[1] for one in pixels], pa.int64()),
            "pixel_length": pa.array([one[2] for one in pixels], pa.int64()),
            "inflated": pa.array(inflated, pa.bool_()),
        }

    def _dims(self) -> Array:
        kind = FILE_SCHEMA.field("dims").type
        if not self._answers:
            return pa.nulls(len(self._found), kind)
        return pa.array([self._answers.get(i, {}).get("dims") for i in range(len(self._found))], kind)


def _replaced(
    array: Array, given: dict[int, Any], kind: DataType, notes: columns.Notes, column: str
) -> Array:
    rows, values = [], []
    for row, value in given.items():
        try:
            pa.scalar(value, kind)
        except (pa.ArrowInvalid, OverflowError):
            columns.note(notes, row, f"{column} is not a number")
            continue
        rows.append(row)
        values.append(value)
    take = list(range(len(array)))
    for place, row in enumerate(rows):
        take[row] = len(array) + place
    return pa.concat_arrays([array, pa.array(values, kind)]).take(pa.array(take))


def stat_arrays(found: Sequence[Found]) -> dict[str, Array]:
    """path, path_bytes, bytes, mtime_ns, inode and ctime_ns as columns."""
    try:
        paths, exact = pa.array([one.path for one in found], pa.binary()).cast(pa.string()), None
    except pa.ArrowInvalid:
        shown = [shown_path(one.path) for one in found]
        paths = pa.array([text for text, _ in shown], pa.string())
        exact = [one.path if is_exact else None for one, (_, is_exact) in zip(found, shown, strict=True)]
    return {
        "path": paths,
        "path_bytes": pa.nulls(len(found), pa.binary()) if exact is None else pa.array(exact, pa.binary()),
        "bytes": pa.array([one.size for one in found], pa.int64()),
        "mtime_ns": pa.array([one.mtime_ns for one in found], pa.int64()),
        "inode": pa.array(
            [one.inode if one.inode < 1 << 63 else one.inode - (1 << 64) for one in found], pa.int64()
        ),
        "ctime_ns": pa.array([one.ctime_ns for one in found], pa.int64()),
    }


def shown_path(path: bytes) -> tuple[str, bool]:
    r"""The path as text, bytes that are not UTF-8 shown as ``\xNN``; and whether that lost the exact name.

    >>> shown_path(b"scan-\xff.dcm")
    ('scan-\\xff.dcm', True)
    """
    try:
        return path.decode("utf-8"), False
    except UnicodeDecodeError:
        return path.decode("utf-8", "backslashreplace"), True


def _row(found: Found, status: str, reason: str | None, form: str, **more: Any) -> dict[str, Any]:
    return {"found": found, "status": status, "reason": reason, "form": form, **more}


def rows_of(rows: Sequence[dict[str, Any]]) -> Table:
    """FILE_SCHEMA rows from dicts: `found`, and columns by name."""
    if not rows:
        return FILE_SCHEMA.empty_table()
    arrays = stat_arrays([row["found"] for row in rows])
    used = {name for row in rows for name in row} - {"found"}
    for name in used:
        arrays[name] = pa.array([row.get(name) for row in rows], FILE_SCHEMA.field(name).type)
    return _table(arrays, len(rows))


def _table(arrays: dict[str, Array], count: int) -> Table:
    present = [arrays.get(one.name) for one in FILE_SCHEMA]
    filled = [
        pa.nulls(count, one.type) if there is None else there
        for one, there in zip(FILE_SCHEMA, present, strict=True)
    ]
    return pa.Table.from_arrays(filled, schema=FILE_SCHEMA)
