"""What becomes of a DICOM file that was read: its status, its reason and its form; knows values, no bytes.

A rule is one line of a table below: what it says, and a mask over the columns. Reasons never hold values.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files as package_files
from typing import Any

from labarchive.index.arrow import Array, pa, pc
from labarchive.index.fields import FIELDS, MISSING, UNDEFINED
from labarchive.records import Status

Columns = Mapping[str, Array]
Mask = Callable[[Columns], Array]
Verdict = tuple[Status, str | None, str]

_UID = r"^[012](\.(0|[1-9][0-9]*))+$"
_DATE = r"^((1[89]|20)[0-9]{2})\.?(0[1-9]|1[0-2])\.?(0[1-9]|[12][0-9]|3[01])$"
_CONTROL = r"[\x00-\x08\x0a-\x1f\x7f]"
_CHARSETS = (
    r"^(|ISO_IR (6|13|100|101|109|110|126|127|138|144|148|166|192|203)|GB18030|GBK"
    r"|ISO 2022 IR (6|13|58|87|100|101|109|110|126|127|138|144|148|149|159|166|203))$"
)
_TEXTS = tuple(field.column for field in FIELDS if field.form == "text")
_NATIVE = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.113619.5.2")


@lru_cache(maxsize=1)
def table() -> dict[str, Any]:
    """forms.toml: the forms of what is not an image, and the transfer syntaxes that can be read."""
    return tomllib.loads(package_files("labarchive.index").joinpath("forms.toml").read_text("utf-8"))


@lru_cache(maxsize=4096)
def form_of(sop_class: str) -> str:
    """The form of a SOP class that is no image; empty for an image.

    >>> form_of("1.2.840.10008.5.1.4.1.1.88.33"), form_of("1.2.840.10008.5.1.4.1.1.4")
    ('sr', '')
    """
    forms: dict[str, str] = table()["not_imaging"]
    fitting = [
        begin
        for begin in forms
        if sop_class == begin or (begin.endswith(".") and sop_class.startswith(begin))
    ]
    form = forms[max(fitting, key=len)] if fitting else ""
    return "" if form == "image" else form


def judge(columns: Columns, notes: Mapping[int, Sequence[str]], wrong: Mapping[int, str]) -> list[Verdict]:
    """One verdict a row. ``wrong``: why a row's header is not whole; ``notes``: warnings of those who read it."""
    count = len(columns["bytes"])
    verdicts: list[Verdict] = [("ok", None, "dicom")] * count
    warned: dict[int, list[str]] = {row: list(words) for row, words in notes.items()}
    for words, mask in WARNINGS:
        for row in _rows(mask(columns)):
            warned.setdefault(row, []).append(words)
    for row, said in warned.items():
        verdicts[row] = ("ok", "; ".join(said), "dicom")
    for row in _rows(_no_image(columns)):
        verdicts[row] = (
            "not_imaging",
            "it holds no image: rows, columns and pixel data are missing",
            "dicom",
        )
    for words, mask in DAMAGES:
        for row in _rows(mask(columns)):
            verdicts[row] = ("damaged", words, "dicom")
    for row, form in _forms(columns):
        verdicts[row] = ("not_imaging", "; ".join(warned.get(row, ())) or None, form)
    for row in _rows(_unknown_syntax(columns)):
        verdicts[row] = ("damaged", "its transfer syntax is not known", "dicom")
    for row, words in wrong.items():
        verdicts[row] = ("damaged", words, "dicom")
    return verdicts


def _rows(mask: Array) -> list[int]:
    if not mask.true_count:
        return []
    rows: list[int] = pc.indices_nonzero(mask).to_pylist()
    return rows


def _forms(columns: Columns) -> list[tuple[int, str]]:
    classes = pc.coalesce(columns["sop_class"], columns["meta_class"])
    special = {one: form for one in pc.unique(classes).to_pylist() if one and (form := form_of(one))}
    if not special:
        return []
    return [(row, special[one]) for row, one in enumerate(classes.to_pylist()) if one in special]


def _unknown_syntax(columns: Columns) -> Array:
    syntax = columns["transfer_syntax"]
    begins = table()["transfer_syntax"]["begins"]
    known = pa.array(
        [one for one in pc.unique(syntax).to_pylist() if one is None or one.startswith(tuple(begins))],
        pa.string(),
    )
    return pc.invert(pc.is_in(syntax, known))


def _no_image(columns: Columns) -> Array:
    bare = pc.and_(pc.is_null(columns["rows"]), pc.is_null(columns["columns"]))
    return pc.and_(bare, pc.less(columns["pixel_start"], 0))


def _missing(column: str) -> Mask:
    return lambda columns: pc.is_null(columns[column])


def _differ(column: str, other: str) -> Mask:
    return lambda columns: pc.not_equal(columns[column], columns[other])


def _both_missing(columns: Columns) -> Array:
    return pc.and_(pc.is_null(columns["study_uid"]), pc.is_null(columns["series_uid"]))


DAMAGES: tuple[tuple[str, Mask], ...] = (
    ("SeriesInstanceUID is missing", _missing("series_uid")),
    ("StudyInstanceUID is missing", _missing("study_uid")),
    ("StudyInstanceUID and SeriesInstanceUID are missing", _both_missing),
    ("SOPInstanceUID is not the one of the file meta", _differ("sop_uid", "meta_uid")),
    ("SOPClassUID is not the one of the file meta", _differ("sop_class", "meta_class")),
    ("SOPInstanceUID is missing", _missing("sop_uid")),
    ("SOPClassUID is missing", _missing("sop_class")),
)
"""The last that fits is the reason."""


def _unlike(column: str, pattern: str) -> Mask:
    def mask(columns: Columns) -> Array:
        values = columns[column]
        if values.null_count == len(values):
            return pc.is_valid(values)
        return pc.invert(pc.match_substring_regex(values, pattern))

    return mask


def _not_a_uid(column: str) -> Mask:
    unlike = _unlike(column, _UID)
    return lambda columns: pc.or_(unlike(columns), pc.greater(pc.binary_length(columns[column]), 64))


def _control(columns: Columns) -> Array:
    masks = None
    for column in (*_TEXTS, "patient_name"):
        values = columns[column]
        if values.null_count < len(values):
            mask = pc.fill_null(pc.match_substring_regex(values, _CONTROL), False)
            masks = mask if masks is None else pc.or_(masks, mask)
    return pc.is_null(columns["bytes"]) if masks is None else masks


def _long(columns: Columns) -> Array:
    mask = pc.fill_null(pc.match_substring_regex(columns["patient_name"], r"[^=]{65}"), False)
    for column in _TEXTS:
        mask = pc.or_(mask, pc.fill_null(pc.match_substring_regex(columns[column], r"[^\\]{65}"), False))
    return mask


def _several_lines(columns: Columns) -> Array:
    return pc.match_substring(columns["comments"], "\n")


def _sized(column: str, size: int) -> Mask:
    return lambda columns: pc.not_equal(pc.list_value_length(columns[column]), size)


def _not_finite(column: str) -> Mask:
    def mask(columns: Columns) -> Array:
        lists = columns[column]
        flat = pc.invert(pc.is_finite(lists.flatten()))
        if not flat.true_count:
            return pc.is_null(columns["bytes"])
        bad = set(pc.list_parent_indices(lists).filter(flat).to_pylist())
        return pa.array([row in bad for row in range(len(lists))])

    return mask


def _zero(columns: Columns) -> Array:
    return pc.or_(pc.equal(columns["rows"], 0), pc.equal(columns["columns"], 0))


def _native(columns: Columns) -> Array:
    return pc.is_in(columns["transfer_syntax"], pa.array(_NATIVE))


def expected_bytes(columns: Columns) -> Array:
    """Of native pixel data, as double; null where it cannot be told."""
    size: Array = pc.divide(pc.cast(columns["bits"], pa.float64()), 8.0)
    for column in ("rows", "columns"):
        size = pc.multiply(size, columns[column])
    subsampled = pc.fill_null(pc.match_substring(columns["photometric"], "422"), False)
    size = pc.multiply(size, pc.if_else(subsampled, 2, pc.coalesce(columns["samples"], 1)))
    return pc.multiply(size, pc.max_element_wise(pc.coalesce(columns["frames"], 1), 1))


def _cut_short(columns: Columns) -> Array:
    """The pixel data begin at or behind where reading stopped, and the file ends before they can."""
    start = pc.max_element_wise(columns["stop"], columns["pixel_start"])
    expected = pc.floor(expected_bytes(columns))
    there = pc.not_equal(columns["pixel_length"], MISSING)
    known = pc.and_(_native(columns), pc.and_(there, pc.equal(columns["inflated"], False)))
    too_few = pc.and_(known, pc.greater(pc.add(start, expected), columns["bytes"]))
    declared = pc.and_(
        pc.greater(columns["pixel_start"], 0), pc.not_equal(columns["pixel_length"], UNDEFINED)
    )
    promised = pc.greater(pc.add(columns["pixel_start"], columns["pixel_length"]), columns["bytes"])
    return pc.or_(pc.fill_null(too_few, False), pc.fill_null(pc.and_(declared, promised), False))


def _no_pixels(columns: Columns) -> Array:
    return pc.and_(pc.equal(columns["pixel_length"], MISSING), pc.is_valid(columns["rows"]))


def _not_encapsulated(columns: Columns) -> Array:
    seen = pc.and_(pc.greater(columns["pixel_start"], 0), pc.not_equal(columns["pixel_length"], UNDEFINED))
    packed = pc.and_(pc.invert(_native(columns)), pc.equal(columns["inflated"], False))
    return pc.and_(seen, packed)


WARNINGS: tuple[tuple[str, Mask], ...] = (
    ("SOPInstanceUID is not a valid UID", _not_a_uid("sop_uid")),
    ("StudyInstanceUID is not a valid UID", _not_a_uid("study_uid")),
    ("SeriesInstanceUID is not a valid UID", _not_a_uid("series_uid")),
    ("StudyDate is not a date", _unlike("study_date", _DATE)),
    ("SeriesDate is not a date", _unlike("series_date", _DATE)),
    ("AcquisitionDate is not a date", _unlike("acquisition_date", _DATE)),
    ("PatientBirthDate is not a date", _unlike("birth_date", _DATE)),
    ("SpecificCharacterSet is not a known one", lambda columns: _unknown_charset(columns)),
    ("a text has control characters", _control),
    ("a text is longer than 64 characters", _long),
    ("ImageComments has several lines", _several_lines),
    ("ImagePositionPatient has not three values", _sized("position", 3)),
    ("ImagePositionPatient is not finite", _not_finite("position")),
    ("ImageOrientationPatient has not six values", _sized("orientation", 6)),
    ("PixelSpacing has not two values", _sized("pixel_spacing", 2)),
    ("Rows or Columns is 0", _zero),
    ("cut short: the file ends before its pixel data do", _cut_short),
    ("the pixel data are missing", _no_pixels),
    ("the pixel data are not encapsulated as the transfer syntax says", _not_encapsulated),
)
"""All that fit are told."""


def _unknown_charset(columns: Columns) -> Array:
    values = columns["charset"]
    odd = [
        one
        for one in pc.unique(values).to_pylist()
        if one is not None
        and not all(
            pc.match_substring_regex(pa.scalar(term.strip()), _CHARSETS).as_py() for term in one.split("\\")
        )
    ]
    return pc.is_in(values, pa.array(odd, pa.string()))
