"""The columns of a `files` part: one row for every file that appeared or changed."""

from labarchive.index.arrow import DataType, pa
from labarchive.index.fields import FIELDS, Form

__all__ = ["FIELDS", "FILE_SCHEMA", "HEADER_SCHEMA", "INSTANCE_SCHEMA", "KNOWN_SCHEMA", "TYPES"]

TYPES: dict[Form, DataType] = {
    "text": pa.string(),
    "name": pa.string(),
    "code": pa.string(),
    "integer": pa.int64(),
    "short": pa.int32(),
    "number": pa.float64(),
    "double": pa.float64(),
    "numbers": pa.list_(pa.float64()),
}

FILE_SCHEMA = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("path_bytes", pa.binary()),
        pa.field("status", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("form", pa.string()),
        pa.field("bytes", pa.int64()),
        pa.field("mtime_ns", pa.int64()),
        pa.field("inode", pa.int64()),
        pa.field("ctime_ns", pa.int64()),
        pa.field("content_key", pa.string()),
        *(pa.field(field.column, TYPES[field.form]) for field in FIELDS),
        pa.field("dims", pa.list_(pa.int32())),
        pa.field("sidecar", pa.string()),
    ]
)
"""``path_bytes`` only where ``path`` is not the exact name; times in ns, TR TE TI in ms, lengths in mm."""

HEADER_SCHEMA = pa.schema(
    [
        pa.field("header_key", pa.string()),
        pa.field("study_uid", pa.string()),
        pa.field("series_uid", pa.string()),
        pa.field("path", pa.string()),
        pa.field("header", pa.string()),
    ]
)
"""The whole header of one instance a series, as JSON text (DICOM JSON model)."""

INSTANCE_SCHEMA = pa.schema(
    [
        pa.field("header_key", pa.string()),
        pa.field("study_uid", pa.string()),
        pa.field("series_uid", pa.string()),
        pa.field("sop_uid", pa.string()),
        pa.field("path", pa.string()),
        pa.field("patch", pa.string()),
        pa.field("reason", pa.string()),
    ]
)
"""Every instance's header as a merge patch on its series'; a null patch has its reason."""

KNOWN_SCHEMA = pa.schema(
    [
        pa.field("path", pa.binary()),
        pa.field("bytes", pa.int64()),
        pa.field("mtime_ns", pa.int64()),
        pa.field("inode", pa.int64()),
    ]
)
"""What an Indexer is told of files that were seen before."""
