"""A person's own image files as the page reads them: any bytes of them by Range, through no kernel and no base64."""

import asyncio
import os
import re
import stat
from contextlib import closing
from typing import Any, BinaryIO

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.services.contents.fileio import FileManagerMixin
from jupyter_server.utils import ensure_async
from tornado import web
from tornado.iostream import StreamClosedError

from labarchive.errors import BadInput, LabarchiveError
from labarchive.index.headers import dumps
from labarchive.lab import decoded
from labarchive.lab.problems import tell

CHUNK = 1 << 20
_NIFTI = (".nii", ".nii.gz")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_turn = asyncio.Semaphore(1)
"""One image is decoded at a time: what a person may use is bounded."""
_kept: dict[str, BinaryIO] = {}
"""The image decoded last, by its ETag: the page asks for it in pieces."""


class Documents(APIHandler):
    """``{base_url}labarchive/document/header|voxels?path=``: DICOM JSON of a DICOM file; NIfTI of any image."""

    auth_resource = "contents"

    @property
    def content_security_policy(self) -> str:
        return f"{super().content_security_policy}; sandbox"

    @web.authenticated
    @authorized
    async def get(self, what: str) -> None:
        self.check_xsrf_cookie()  # as for /files/: not from another site's page
        try:
            with closing(await self._opened()) as file:
                await (self._header(file) if what == "header" else self._voxels(file))
        except LabarchiveError as error:
            tell(self, error)
        except StreamClosedError:
            return  # the page has seen enough

    async def _opened(self) -> BinaryIO:
        """The file, where the contents manager would give it too. What is no regular file is not found."""
        contents, path = self.contents_manager, self.get_query_argument("path")
        if not isinstance(contents, FileManagerMixin):
            raise BadInput("this server keeps no files", hint="open the scan in the archive panel")
        place = contents._get_os_path(path)  # type: ignore[no-untyped-call]  # 404 for what lies outside the root
        if not contents.allow_hidden and await self._is_hidden(path):
            raise web.HTTPError(404)
        try:
            file = open(place, "rb", opener=_unblocked)  # noqa: SIM115  closed by who asked
        except OSError:
            raise web.HTTPError(404) from None
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise web.HTTPError(404)
        return file

    async def _is_hidden(self, path: str) -> bool:
        hidden: Any = self.contents_manager.is_hidden(path)  # type: ignore[no-untyped-call]
        return bool(await ensure_async(hidden))

    async def _header(self, file: BinaryIO) -> None:
        found = await asyncio.to_thread(decoded.header, _path(file))
        self._stamp(_etag(file))
        self.finish(dumps(found), set_content_type="application/dicom+json")

    async def _voxels(self, file: BinaryIO) -> None:
        tag = _etag(file)
        if str(self.get_query_argument("path")).lower().endswith(_NIFTI):
            await self._send(file, tag)
            return
        async with _turn:
            if tag not in _kept:
                made = await asyncio.to_thread(decoded.voxels, _path(file))
                for old in list(_kept):
                    _kept.pop(old).close()
                _kept[tag] = made
            own = os.fdopen(os.dup(_kept[tag].fileno()), "rb")
        with closing(own):
            await self._send(own, tag)

    async def _send(self, file: BinaryIO, tag: str) -> None:
        """The range that was asked for, or all, a megabyte at a time; a page that leaves ends it."""
        size = os.fstat(file.fileno()).st_size
        self._stamp(tag)
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("Content-Type", "application/octet-stream")
        start, stop = 0, size
        if asked := _RANGE.fullmatch(self.request.headers.get("Range", "")):
            start, stop = int(asked[1]), min(size, int(asked[2] or size) + 1)
            if start >= stop:
                self.set_status(416)
                self.set_header("Content-Range", f"bytes */{size}")
                return
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {start}-{stop - 1}/{size}")
        self.set_header("Content-Length", str(stop - start))
        while start < stop:
            piece = await asyncio.to_thread(os.pread, file.fileno(), min(CHUNK, stop - start), start)
            if not piece:
                self.detach().close()  # shorter than it was: an answer that is cut must look cut
                return
            start += len(piece)
            self.write(piece)
            await self.flush()

    def _stamp(self, tag: str) -> None:
        self.set_header("ETag", tag)
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")

    def compute_etag(self) -> Any:
        """The file's own stands."""
        return None


def _unblocked(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not hold the server


def _path(file: BinaryIO) -> str:
    """The open file by a name that nobody can exchange."""
    return f"/proc/{os.getpid()}/fd/{file.fileno()}"  # also for the child that reads what is strange


def _etag(file: BinaryIO) -> str:
    found = os.fstat(file.fileno())
    return f'"{found.st_dev:x}.{found.st_ino:x}.{found.st_size:x}.{found.st_mtime_ns:x}"'
