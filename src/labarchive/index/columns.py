"""From raw values to Arrow columns: cast and trimmed in Arrow, decoded in Python only where a byte is not ASCII.

A value equals pydicom's: text without its trailing padding, several texts joined by backslashes, the first of
several numbers, null for an empty element. What is no number where one must stand is null and leaves a note.
"""

import struct
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

from labarchive.index.arrow import Array, pa, pc
from labarchive.index.fields import READ, Field
from labarchive.index.schema import TYPES

Value = TypeVar("Value")
Raws = Sequence[bytes | None]
Notes = dict[int, list[str]]
_ESCAPE = b"\x1b"
_PADDING = " \0"
_CHARSET = next(slot for slot, field in enumerate(READ) if field.column == "charset")


def arrays(rows: Sequence[Raws]) -> tuple[dict[str, Array], Notes]:
    """One array for each of fields.READ, and notes on rows with values that could not be taken as they are."""
    notes: Notes = {}
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(READ)
    charsets = columns[_CHARSET]
    return {
        field.column: _MAKE[field.form](raws, field, notes, charsets)
        for field, raws in zip(READ, columns, strict=True)
    }, notes


def note(notes: Notes, row: int, words: str) -> None:
    """Adds ``words`` to the notes on a row, once."""
    said = notes.setdefault(row, [])
    if words not in said:
        said.append(words)


def _bytes(array: Array) -> bytes:
    """All values of a fresh binary or string array, one behind the other."""
    buffer = array.buffers()[2]
    return b"" if buffer is None else buffer.to_pybytes()


def _as_text(array: Array) -> Array:
    """A binary array known to be ASCII, as text, without a copy."""
    return pa.Array.from_buffers(pa.string(), len(array), array.buffers(), array.null_count)


def _trimmed(texts: Array) -> Array:
    texts = pc.utf8_rtrim(texts, characters=_PADDING)
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _code(raws: Raws, field: Field, notes: Notes, _: Raws) -> Array:
    array = pa.array(raws, pa.binary())
    if array.null_count == len(array):
        return pa.nulls(len(array), pa.string())
    if _bytes(array).isascii():
        return _trimmed(_as_text(array))
    for row, raw in enumerate(raws):
        if raw and not raw.isascii():
            note(notes, row, f"{field.column} is not ASCII")
    return _trimmed(pa.array([raw if raw is None else raw.decode("latin_1") for raw in raws], pa.string()))


def _text(raws: Raws, field: Field, notes: Notes, charsets: Raws) -> Array:
    array = pa.array(raws, pa.binary())
    if array.null_count == len(array):
        return pa.nulls(len(array), pa.string())
    content = _bytes(array)
    if content.isascii() and _ESCAPE not in content:
        texts = _as_text(array)
    else:
        decode = _name_of if field.form == "name" else _text_of
        texts = pa.array(_decoded(raws, charsets, decode, notes), pa.string())
    texts = _trimmed(texts)
    if b" \\" in content or b"\0\\" in content:
        texts = pc.replace_substring_regex(texts, r"[ \x00]+\\", r"\\")
    if field.form == "name" and b"=" in content:
        texts = pc.utf8_rtrim(texts, characters="=")
    return texts


def _decoded(
    raws: Raws, charsets: Raws, decode: Callable[[bytes, bytes], tuple[str, str]], notes: Notes
) -> list[str | None]:
    texts: list[str | None] = []
    for row, raw in enumerate(raws):
        if raw is None:
            texts.append(None)
        elif raw.isascii() and _ESCAPE not in raw:
            texts.append(raw.decode("ascii"))
        else:
            text, doubt = decode(raw, (charsets[row] or b"").rstrip(b"\0 "))
            texts.append(text)
            if doubt:
                note(notes, row, doubt)
    return texts


@lru_cache(maxsize=16384)
def _text_of(raw: bytes, charset: bytes) -> tuple[str, str]:
    """A text as pydicom decodes it, and a doubt about its character set or nothing."""
    from pydicom.values import convert_text

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _sound(convert_text(raw, _encodings(charset)), raw, charset)


@lru_cache(maxsize=16384)
def _name_of(raw: bytes, charset: bytes) -> tuple[str, str]:
    """As _text_of, for person names."""
    from pydicom.values import convert_PN

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _sound(convert_PN(raw, _encodings(charset)), raw, charset)


def _sound(value: object, raw: bytes, charset: bytes) -> tuple[str, str]:
    several = isinstance(value, list) or type(value).__name__ == "MultiValue"
    text = "\\".join(str(one) for one in value) if several else str(value)  # type: ignore[attr-defined]
    if "\ufffd" in text:
        doubt = "text has bytes that its character set does not know"
    elif b"192" not in charset and _ESCAPE not in raw and _is_utf8(raw):
        doubt = "text looks like UTF-8 but is not declared so"
    else:
        doubt = ""
    return text.encode("utf-8", "replace").decode("utf-8"), doubt


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not raw.isascii()


@lru_cache(maxsize=256)
def _encodings(charset: bytes) -> list[str]:
    from pydicom.charset import convert_encodings

    terms = charset.decode("latin_1").split("\\")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return list(convert_encodings([term.strip() for term in terms]))
        except LookupError:
            return ["iso8859"]


def _number_texts(raws: Raws) -> Array | None:
    """Trimmed ASCII texts of DS or IS values; None when some byte is not ASCII."""
    array = pa.array(raws, pa.binary())
    if not _bytes(array).isascii():
        return None
    texts = pc.utf8_trim(_as_text(array), characters=" \0\t\r\n")
    if b" " in _bytes(texts):
        texts = pc.replace_substring(texts, " ", "")
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _number(raws: Raws, field: Field, notes: Notes, _: Raws) -> Array:
    kind = TYPES[field.form]
    if all(raw is None for raw in raws):
        return pa.nulls(len(raws), kind)
    texts = _number_texts(raws)
    if texts is not None:
        try:
            if b"\\" in _bytes(texts):
                texts = pc.list_element(pc.split_pattern(texts, "\\"), 0)
            return texts.cast(kind)
        except pa.ArrowInvalid:
            pass
    read = float if field.form == "number" else _whole
    return pa.array(_one_by_one(raws, field, lambda parts: read(parts[0]), notes), kind)


def _numbers(raws: Raws, field: Field, notes: Notes, _: Raws) -> Array:
    kind = TYPES[field.form]
    if all(raw is None for raw in raws):
        return pa.nulls(len(raws), kind)
    texts = _number_texts(raws)
    if texts is not None:
        try:
            return pc.split_pattern(texts, "\\").cast(kind)
        except pa.ArrowInvalid:
            pass
    return pa.array(_one_by_one(raws, field, lambda parts: [float(part) for part in parts], notes), kind)


def _one_by_one(
    raws: Raws, field: Field, read: Callable[[list[str]], Value], notes: Notes
) -> list[Value | None]:
    values: list[Value | None] = []
    for row, raw in enumerate(raws):
        text = (raw or b"").decode("latin_1").strip(" \0\t\r\n")
        try:
            values.append(read(text.split("\\")) if text else None)
        except (ValueError, OverflowError):
            values.append(None)
            note(notes, row, f"{field.column} is not a number")
    return values


def _whole(text: str) -> int:
    """IS as pydicom takes it: 1.0 is 1, 1.5 is none. Raises ValueError, also for more than 64 bits."""
    try:
        number = int(text)
    except ValueError:
        number = int(float(text))
        if number != float(text):
            raise
    if not -(1 << 63) <= number < 1 << 63:
        raise ValueError(text)
    return number


def _short(raws: Raws, field: Field, notes: Notes, _: Raws) -> Array:
    array = pa.array(raws, pa.binary())
    if not array.null_count and len(_bytes(array)) == 2 * len(array):
        return pa.Array.from_buffers(pa.uint16(), len(array), [None, array.buffers()[2]]).cast(pa.int32())
    return pa.array(_packed(raws, field, "<H", notes), pa.int32())


def _double(raws: Raws, field: Field, notes: Notes, _: Raws) -> Array:
    if all(raw is None for raw in raws):
        return pa.nulls(len(raws), pa.float64())
    return pa.array(_packed(raws, field, "<d", notes), pa.float64())


def _packed(raws: Raws, field: Field, code: str, notes: Notes) -> list[float | None]:
    size = struct.calcsize(code)
    values: list[float | None] = []
    for row, raw in enumerate(raws):
        if raw and len(raw) % size == 0:
            values.append(struct.unpack_from(code, raw)[0])
        else:
            values.append(None)
            if raw:
                note(notes, row, f"{field.column} is not a number")
    return values


_MAKE: dict[str, Callable[[Raws, Field, Notes, Raws], Array]] = {
    "code": _code,
    "text": _text,
    "name": _text,
    "integer": _number,
    "number": _number,
    "numbers": _numbers,
    "short": _short,
    "double": _double,
}
