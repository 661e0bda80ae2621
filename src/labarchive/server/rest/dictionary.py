"""GET: what DICOM calls its tags (PS3.6), for pages that show headers."""

from functools import cache

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from labarchive.server.rest.given import Asker
from labarchive.server.rest.tongues import JSON

router = APIRouter()


@router.get("/dictionary", response_model=dict[str, str])
def dictionary(_: Asker) -> Response:
    """Name by tag, eight hexadecimal digits, of every element that has a tag of its own."""
    return Response(_names(), media_type=JSON, headers={"Cache-Control": "private, max-age=86400"})


@cache
def _names() -> bytes:
    from pydicom._dicom_dict import DicomDictionary

    return orjson.dumps({f"{tag:08X}": entry[2] for tag, entry in DicomDictionary.items() if entry[2]})
