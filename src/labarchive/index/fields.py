"""The one table of typed columns: their names, DICOM tags and how a value is read; light enough for every process."""

from typing import Literal, NamedTuple

Form = Literal["text", "name", "code", "integer", "number", "numbers", "short", "double"]


class Field(NamedTuple):
    """One column that comes from one element of the top level data set (or of the file meta)."""

    column: str
    tag: int
    vr: str
    form: Form
    """text and name follow the character set; code is ASCII; number and integer give the first of several."""


FIELDS: tuple[Field, ...] = (
    Field("transfer_syntax", 0x00020010, "UI", "code"),
    Field("charset", 0x00080005, "CS", "code"),
    Field("image_type", 0x00080008, "CS", "code"),
    Field("sop_class", 0x00080016, "UI", "code"),
    Field("sop_uid", 0x00080018, "UI", "code"),
    Field("study_date", 0x00080020, "DA", "code"),
    Field("series_date", 0x00080021, "DA", "code"),
    Field("acquisition_date", 0x00080022, "DA", "code"),
    Field("study_time", 0x00080030, "TM", "code"),
    Field("series_time", 0x00080031, "TM", "code"),
    Field("acquisition_time", 0x00080032, "TM", "code"),
    Field("accession", 0x00080050, "SH", "text"),
    Field("modality", 0x00080060, "CS", "code"),
    Field("manufacturer", 0x00080070, "LO", "text"),
    Field("institution", 0x00080080, "LO", "text"),
    Field("station", 0x00081010, "SH", "text"),
    Field("study_description", 0x00081030, "LO", "text"),
    Field("description", 0x0008103E, "LO", "text"),
    Field("model", 0x00081090, "LO", "text"),
    Field("patient_name", 0x00100010, "PN", "name"),
    Field("patient_id", 0x00100020, "LO", "text"),
    Field("birth_date", 0x00100030, "DA", "code"),
    Field("sex", 0x00100040, "CS", "code"),
    Field("contrast_agent", 0x00180010, "LO", "text"),
    Field("body_part", 0x00180015, "CS", "code"),
    Field("scanning_sequence", 0x00180020, "CS", "code"),
    Field("sequence_variant", 0x00180021, "CS", "code"),
    Field("acquisition_type", 0x00180023, "CS", "code"),
    Field("sequence_name", 0x00180024, "SH", "text"),
    Field("slice_thickness", 0x00180050, "DS", "number"),
    Field("tr", 0x00180080, "DS", "number"),
    Field("te", 0x00180081, "DS", "number"),
    Field("ti", 0x00180082, "DS", "number"),
    Field("echo", 0x00180086, "IS", "integer"),
    Field("field_strength", 0x00180087, "DS", "number"),
    Field("spacing", 0x00180088, "DS", "number"),
    Field("protocol", 0x00181030, "LO", "text"),
    Field("flip_angle", 0x00181314, "DS", "number"),
    Field("b_value", 0x00189087, "FD", "double"),
    Field("study_uid", 0x0020000D, "UI", "code"),
    Field("series_uid", 0x0020000E, "UI", "code"),
    Field("number", 0x00200011, "IS", "integer"),
    Field("acquisition", 0x00200012, "IS", "integer"),
    Field("instance", 0x00200013, "IS", "integer"),
    Field("position", 0x00200032, "DS", "numbers"),
    Field("orientation", 0x00200037, "DS", "numbers"),
    Field("temporal_position", 0x00200100, "IS", "integer"),
    Field("frames", 0x00280008, "IS", "integer"),
    Field("rows", 0x00280010, "US", "short"),
    Field("columns", 0x00280011, "US", "short"),
    Field("pixel_spacing", 0x00280030, "DS", "numbers"),
    Field("bits", 0x00280100, "US", "short"),
)
"""In the order of their tags."""

EXTRA: tuple[Field, ...] = (
    Field("meta_class", 0x00020002, "UI", "code"),
    Field("meta_uid", 0x00020003, "UI", "code"),
    Field("samples", 0x00280002, "US", "short"),
    Field("comments", 0x00204000, "LT", "text"),
    Field("photometric", 0x00280004, "CS", "code"),
)
"""Read beside the columns for the rules of status; not kept."""

READ: tuple[Field, ...] = FIELDS + EXTRA
PIXEL = ("stop", "pixel_start", "pixel_length")
"""Where the header was left, where the pixel data begin (-1: not seen) and how long they say they are."""
UNDEFINED = 0xFFFFFFFF
MISSING = -2
"""``pixel_length`` of a file that ends without pixel data."""
NESTING = 64
"""Sequences may be nested as deep as this; a file that goes deeper is damaged."""
