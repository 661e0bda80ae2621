"""The part of the OpenAPI document that is about bytes: a table, for their routes are plain Starlette's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from labarchive.server.allowed import BELOW
from labarchive.server.rest.tongues import ARROW, CSV, JSON, NDJSON, PARQUET

Schema = Mapping[str, Any]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
BYTES: Schema = {"type": "string", "format": "binary"}
ANYTHING: Schema = {"type": "object", "additionalProperties": True}


def _object(**words: Schema) -> Schema:
    return {"type": "object", "properties": words, "required": list(words)}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


@dataclass(frozen=True, slots=True)
class Described:
    """One route: what it gives, by media type, and what may be asked of it."""

    path: str
    says: str
    gives: Mapping[str, Schema]
    takes: Mapping[str, tuple[Schema, str]] = field(default_factory=dict)
    """Words of the query string."""
    verb: Literal["get", "post"] = "get"
    body: Schema | None = None
    ranged: bool = False
    """Read from anywhere, by Range."""


PIECE = _object(name=TEXT, bytes=NUMBER, sha256=TEXT)
SELECTED = {
    "q": ({**TEXT, "maxLength": 2000}, 'The search language: kind:T1w -quality:unusable "free words".'),
    "ids": (
        {**TEXT, "maxLength": 40_000},
        "Stable ids of subjects, sessions and scans, with commas between.",
    ),
}
ROUTES = (
    Described(
        "/snapshots/current",
        "What a kernel loads: the newest generation, its files and their digests. Without ``identify`` the general "
        "part, which tells nobody's name, id, birth date or path.",
        {
            JSON: _object(
                project=TEXT, project_id=TEXT, generation=NUMBER, seq=NUMBER, facts_generation=NUMBER,
                schema_version=NUMBER, written=TEXT, identified={"type": "boolean"},
                files={"type": "object", "additionalProperties": _list(PIECE)},
            )
        },
        {"min_seq": ({**NUMBER, "minimum": 0, "maximum": 10**17}, "Wait for this number of the journal.")},
    ),
    Described(
        "/snapshots/{generation}/{file}",
        "One file of a generation, as ``snapshots/current`` names it; those under ``identified/`` for who may ``identify``.",
        {PARQUET: BYTES},
        ranged=True,
    ),
    Described(
        "/scans/{scan}/files",
        "The files of a scan in the order of their instances; for who may ``identify``.",
        {
            JSON: _object(
                items=_list(
                    _object(
                        name=TEXT, bytes=NUMBER, sop_uid={"type": ["string", "null"]}, path=TEXT,
                        instance={"type": ["integer", "null"]},
                    )
                )
            )
        },
    ),
    Described(
        "/scans/{scan}/files/{name}",
        "One file of a scan as it lies in the raw folder; for who may ``identify``.",
        {"application/dicom": BYTES, "application/gzip": BYTES, "application/octet-stream": BYTES},
        ranged=True,
    ),
    Described(
        "/scans/{scan}/volume.nii.gz",
        "The scan as NIfTI made on the fly: voxels and geometry, and nothing of its header.",
        {"application/gzip": BYTES},
        {
            "part": ({**TEXT, "maxLength": 200}, "Which volume, where the scan has several."),
            "partial": ({"enum": ["true", "false"]}, "What is there of a damaged one."),
        },
        ranged=True,
    ),
    Described(
        "/scans/{scan}/mosaic.webp",
        "24 slices of the scan in one picture: axial, coronal and sagittal, the patient's right at the left.",
        {"image/webp": BYTES},
    ),
    Described(
        "/scans/{scan}/thumbnail.webp", "One axial slice of the scan, 160 pixels wide.", {"image/webp": BYTES}
    ),
    Described(
        "/scans/{scan}/sprite.jpeg",
        "Axial slices of the scan from the feet up, 16 in a row, 128 pixels wide each: to scroll before the volume is there.",
        {"image/jpeg": BYTES},
    ),
    Described(
        "/selection.tar",
        "All files of a selection as one tar, named by the catalogue's words; for who may ``identify``.",
        {"application/x-tar": BYTES},
        SELECTED,
        ranged=True,
    ),
    Described(
        "/selection.zip",
        "The same as zip, stored.",
        {"application/zip": BYTES},
        SELECTED,
        ranged=True,
    ),
    Described(
        "/sql",
        "One SELECT over the views, answered by a process that is thrown away: 3 seconds, 512 MB, 100,000 rows.",
        {
            JSON: _object(columns=_list(TEXT), items=_list(ANYTHING), truncated={"type": "boolean"}),
            CSV: BYTES, ARROW: BYTES, PARQUET: BYTES, NDJSON: BYTES,
        },
        verb="post",
        body=_object(sql={**TEXT, "minLength": 1, "maxLength": 100_000}),
    ),
)  # fmt: skip
IN_PATH = {
    "project": {**TEXT, "maxLength": 64, "pattern": r"^[^/\x00-\x1f]+$"},
    "generation": {**NUMBER, "minimum": 0, "maximum": 999_999},
    "file": {**TEXT, "maxLength": 200, "pattern": r"^[a-z_/.0-9-]+$"},
    "scan": {**TEXT, "maxLength": 60, "pattern": r"^scan_[a-z2-7]{10}$"},
    "name": {**TEXT, "maxLength": 200, "pattern": r"^[0-9a-z.-]+$"},
}


def taught(document: dict[str, Any], problems: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The document with these routes; ``problems``: status -> what every route may answer beside what it gives."""
    for each in ROUTES:
        path = f"{BELOW}{each.path}"
        document["paths"].setdefault(path, {each.verb: _operation(path, each, problems)})
    return document


def _operation(path: str, route: Described, problems: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    content = {media: {"schema": schema} for media, schema in route.gives.items()}
    responses: dict[str, Any] = {"200": {"description": "Successful Response", "content": content}}
    if route.ranged:
        responses["206"] = {"description": "The part that was asked for", "content": content}
        responses["416"] = {"description": "It has no such part"}
    responses |= {status: dict(words) for status, words in problems.items()}
    asked = [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name, schema in IN_PATH.items()
        if f"{{{name}}}" in path
    ] + [
        {"name": name, "in": "query", "required": False, "schema": schema, "description": says}
        for name, (schema, says) in route.takes.items()
    ]
    operation: dict[str, Any] = {
        "summary": path.rpartition("/")[2].strip("{}").split(".")[0].capitalize(),
        "description": route.says,
        "operationId": f"{route.verb}{path.replace('/', '_').replace('{', '').replace('}', '').replace('.', '_')}",
        "parameters": asked,
        "responses": responses,
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": route.body}}}
    return operation
