"""``/scans/{id}/...``: the files of a scan as they are, and its volume as NIfTI made on the fly."""

from dataclasses import replace
from functools import partial as partial_call
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from labarchive.errors import NotFound
from labarchive.server.allowed import BELOW, Bytes
from labarchive.server.lanes import DISKS, VOLUMES
from labarchive.server.naming import file_name
from labarchive.server.ranged import OpenFile, Ranged
from labarchive.server.raw import opened, path_of, place_of
from labarchive.server.scan_files import found, with_voxels
from labarchive.server.volumes import Volumes

MEDIA = {".dcm": "application/dicom", ".ima": "application/dicom", ".gz": "application/gzip"}
"""By the end of a name."""


def routes(given: Bytes, volumes: Volumes) -> list[Route]:
    """Routes for ``given``."""
    files = Files(given, volumes)
    return [
        Route(BELOW + "/scans/{scan}/files", files.names),
        Route(BELOW + "/scans/{scan}/files/{name}", files.file),
        Route(BELOW + "/scans/{scan}/volume.nii.gz", files.volume),
    ]


class Files:
    """Scans of all projects."""

    def __init__(self, given: Bytes, volumes: Volumes) -> None:
        self._given, self._volumes = given, volumes

    async def names(self, request: Request) -> Response:
        """The scan's files: name, bytes, SOP Instance UID and path, in the order of the instances."""
        project = request.path_params["project"]
        caller = await self._given.may(request, project, "identify")
        files = await run_in_threadpool(found, self._given, project, request.path_params["scan"])
        subjects, n = (files.scan["subject_id"],), len(files.rows)
        await run_in_threadpool(self._given.noted, caller, project, "files", subjects, n)
        words = ("bytes", "sop_uid", "path", "instance")
        items = [
            {"name": file_name(row, files.salt), **{word: row[word] for word in words}} for row in files.rows
        ]
        return Response(orjson.dumps({"items": items}), media_type="application/json")

    async def file(self, request: Request) -> Response:
        """The bytes of one file, with what it says of its patient."""
        project = request.path_params["project"]
        caller = await self._given.may(request, project, "identify")
        scan, name = request.path_params["scan"], request.path_params["name"]
        files = await run_in_threadpool(found, self._given, project, scan)
        row = next((row for row in files.rows if file_name(row, files.salt) == name), None)
        if row is None:
            raise NotFound(f"no file {name[:60]!r} in this scan", hint="see /files for their names")
        source = await DISKS.run(self._opened, project, row)
        if request.method == "GET":
            await run_in_threadpool(
                self._given.noted, caller, project, "file", (files.scan["subject_id"],), 1
            )
        media = MEDIA.get(name[name.rfind(".") :], "application/octet-stream")
        still = self._given.still(request, project, "identify")
        etag = replace(files, rows=[row]).etag(str(source.size))
        return Ranged(source, etag=etag, media_type=media, still=still, name=name)

    def _opened(self, project: str, row: dict[str, Any]) -> OpenFile:
        roots, _ = place_of(self._given.catalogue, project)
        return opened(path_of(row), roots)

    async def volume(self, request: Request) -> Response:
        """The scan, or one part of it, as NIfTI: geometry and numbers, and nothing of the header."""
        project = request.path_params["project"]
        await self._given.may(request, project, "read")
        identified = await self._given.may_identify(request, project)
        part, partial = request.query_params.get("part"), request.query_params.get("partial") == "true"
        scan = request.path_params["scan"]
        files = await DISKS.run(partial_call(with_voxels, identified=identified), self._given, project, scan)
        etag = files.etag(str(part), str(partial))
        source = self._volumes.kept(etag)
        if source is None:
            source = await VOLUMES.run(self._volumes.made, etag, files.rows, part, partial)
        still = self._given.still(request, project, "read")
        return Ranged(source, etag=etag, media_type="application/gzip", still=still, name=f"{scan}.nii.gz")
