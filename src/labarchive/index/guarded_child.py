"""The child process that parses with pydicom what the fast lane refuses; its parent limits it and may kill it.

It speaks length-prefixed pickles over its standard input and output: a path and a size in, a Parsed out.
"""

import contextlib
import ctypes
import io
import os
import pickle
import resource
import signal
import struct
import sys
import warnings
from typing import Any, BinaryIO

from labarchive.index.fields import EXTRA, FIELDS, MISSING, NESTING, UNDEFINED, Field
from labarchive.index.lane import ENHANCED, looks_bare
from labarchive.index.sequences import nested_closely

MEMORY = 1 << 30
"""Bytes the child may take beyond what it has when it starts."""
_DEFLATED = "1.2.840.10008.1.2.1.99"

# Where an enhanced image keeps what a classic one has at the top: column, functional group, attribute.
GROUPS: tuple[tuple[str, str, str], ...] = (
    ("pixel_spacing", "PixelMeasuresSequence", "PixelSpacing"),
    ("slice_thickness", "PixelMeasuresSequence", "SliceThickness"),
    ("spacing", "PixelMeasuresSequence", "SpacingBetweenSlices"),
    ("position", "PlanePositionSequence", "ImagePositionPatient"),
    ("orientation", "PlaneOrientationSequence", "ImageOrientationPatient"),
    ("tr", "MRTimingAndRelatedParametersSequence", "RepetitionTime"),
    ("flip_angle", "MRTimingAndRelatedParametersSequence", "FlipAngle"),
    ("te", "MREchoSequence", "EffectiveEchoTime"),
    ("ti", "MRModifierSequence", "InversionTimes"),
    ("b_value", "MRDiffusionSequence", "DiffusionBValue"),
)


class _Bounded(io.BufferedReader):
    """Never asks for more than the file holds: an element may claim 4 GB."""

    def __init__(self, raw: io.FileIO, size: int) -> None:
        super().__init__(raw, 16384)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        """As a file's, no larger than the file."""
        return super().read(self._size if size is None or size > self._size else size)


class TooDeep(Exception):
    """Sequences in sequences beyond NESTING."""


def parsed(path: bytes, size: int) -> dict[str, Any]:
    """``values`` by column, ``pixel``, ``notes``, and ``wrong`` (why it is damaged) of one file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)
    with _Bounded(io.FileIO(descriptor, "rb"), size) as opened:
        head = opened.read(132)
        opened.seek(0)
        if head[128:132] != b"DICM" and not looks_bare(head):
            return {"form": "other"}
        return _read(opened, size, bare=head[128:132] != b"DICM")


def _read(opened: BinaryIO, size: int, *, bare: bool) -> dict[str, Any]:
    import pydicom

    notes = ["it has no preamble"] if bare else []
    try:
        dataset = pydicom.dcmread(opened, stop_before_pixels=True, force=bare)
        _check_depth(dataset, 1)
    except (TooDeep, RecursionError):
        return {"wrong": f"sequences are nested deeper than {NESTING} levels", "notes": notes}
    except MemoryError:
        return {"wrong": "reading its header would take too much memory", "notes": notes}
    except Exception as failure:  # whatever pydicom meets in a garbled file is that file's reason
        return {"wrong": f"the header cannot be read ({type(failure).__name__})", "notes": notes}
    if bare and not len(dataset):
        return {"form": "other"}
    return _facts(dataset, opened, size, notes)


def _facts(dataset: Any, opened: BinaryIO, size: int, notes: list[str]) -> dict[str, Any]:
    values = {field.column: _value(dataset, field, notes) for field in (*FIELDS, *EXTRA)}
    syntax = values["transfer_syntax"]
    inflated = syntax == _DEFLATED
    pixel = (0, -1, UNDEFINED) if inflated else _pixel(opened, dataset)
    dims = None
    if (values["sop_class"] or "").encode() in ENHANCED:
        _functional_groups(dataset, values, notes)
        dims = [values["columns"] or 0, values["rows"] or 0, values["frames"] or 1]
    if [*dataset._dict] != sorted(dataset._dict):
        notes.append("its elements are out of order")
    return {
        "values": values, "pixel": pixel, "inflated": inflated, "notes": notes, "dims": dims,
        "wrong": _cut(dataset, size),
    }  # fmt: skip


def _check_depth(dataset: Any, depth: int) -> None:
    """Raises TooDeep; looks only into what can be deep."""
    if depth > NESTING:
        raise TooDeep
    for tag in list(dataset._dict):
        element = dataset._dict[tag]
        raw = element.value
        if type(element).__name__ == "RawDataElement":
            if element.VR not in ("SQ", "UN", None) or not isinstance(raw, bytes) or not nested_closely(raw):
                continue
            raw = dataset[tag].value
        if type(raw).__name__ == "Sequence":
            for item in raw:
                _check_depth(item, depth + 1)


def _cut(dataset: Any, size: int) -> str:
    for element in (*dataset._dict.values(), *dataset.file_meta._dict.values()):
        raw = getattr(element, "length", UNDEFINED)
        if (
            type(element).__name__ == "RawDataElement"
            and raw != UNDEFINED
            and raw != len(element.value or b"")
        ):
            return f"the header is cut short at byte {size}"
    return ""


def _pixel(opened: BinaryIO, dataset: Any) -> tuple[int, int, int]:
    """Where pydicom stopped, where the pixel data begin and how long they say they are."""
    stop = opened.tell()
    head = opened.read(12)
    if len(head) < 8:
        return stop, -1, MISSING
    order = "<" if dataset.original_encoding[1] is not False else ">"
    group, _, length = struct.unpack_from(order + "HHI", head)
    if group != 0x7FE0:
        return stop, -1, UNDEFINED
    if not head[4:6].isupper():  # implicit VR, whatever the transfer syntax says
        return stop, stop + 8, length
    if head[4:6] in (b"OB", b"OW", b"UN", b"OF", b"OD", b"OV") and len(head) == 12:
        return stop, stop + 12, struct.unpack_from(order + "I", head, 8)[0]
    return stop, stop + 8, struct.unpack_from(order + "H", head, 6)[0]


def _value(dataset: Any, field: Field, notes: list[str]) -> Any:
    """The column's value as pydicom reads it; what it cannot read is None and a note."""
    where = dataset.file_meta if field.tag >> 16 == 2 else dataset
    try:
        element = where.get(field.tag)
        return None if element is None else _as(field.form, element.value)
    except Exception:  # one odd value must not lose the others
        notes.append(
            f"{field.column} is not a number" if field.form in _NUMBERS else f"{field.column} cannot be read"
        )
        return None


_NUMBERS = ("integer", "number", "numbers", "short", "double")


def _as(form: str, value: Any) -> Any:
    several = isinstance(value, list) or type(value).__name__ == "MultiValue"
    if value is None or (not several and str(value) == ""):
        return None
    if form in ("text", "name", "code"):
        text = "\\".join(str(one) for one in value) if several else str(value)
        return text.encode("utf-8", "replace").decode("utf-8").rstrip(" \0") or None
    numbers = list(value) if several else [value]
    if form == "numbers":
        return [float(one) for one in numbers] or None
    if not numbers or numbers[0] == "":
        return None
    return float(numbers[0]) if form in ("number", "double") else int(numbers[0])


def _functional_groups(dataset: Any, values: dict[str, Any], notes: list[str]) -> None:
    """Fills what the top level leaves out, from the shared group, else from the first frame's."""
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [None])[0]
    first = (dataset.get("PerFrameFunctionalGroupsSequence") or [None])[0]
    forms = {field.column: field.form for field in FIELDS}
    for column, group, attribute in GROUPS:
        for source in (shared, first):
            items = source.get(group) if source is not None else None
            if values[column] is None and items:
                try:
                    values[column] = _as(forms[column], items[0].get(attribute))
                except (ValueError, TypeError, OverflowError):
                    notes.append(f"{column} is not a number")


def die_with_parent() -> None:
    """Has the kernel end this process when its parent ends, be it by kill -9 (PR_SET_PDEATHSIG)."""
    parent = os.getppid()
    with contextlib.suppress(OSError, AttributeError):  # not Linux: the closed input ends us, unless we hang
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _limit() -> None:
    with open("/proc/self/statm") as seen:
        now = int(seen.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = now + MEMORY if hard == resource.RLIM_INFINITY else min(now + MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def main() -> None:
    """Answers until the parent closes its end."""
    import pydicom
    import pydicom.values  # both before the limit

    die_with_parent()
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    warnings.simplefilter("ignore")
    pydicom.config.logger.disabled = True
    _limit()
    while head := asked.read(8):
        path, size = pickle.loads(asked.read(struct.unpack("<Q", head)[0]))  # noqa: S301, from our own parent
        answer = pickle.dumps(_answer(path, size))
        answers.write(struct.pack("<Q", len(answer)) + answer)
        answers.flush()


def _answer(path: bytes, size: int) -> dict[str, Any]:
    try:
        return parsed(path, size)
    except OSError as failure:
        return {"unreadable": failure.strerror or type(failure).__name__}


if __name__ == "__main__":
    main()
