"""``/snapshots/...``: what a kernel loads, fetched by whoever is not the archive's own user.

Who may ``identify`` is given the whole, everybody else the general part; each fetch of the former is audited.
"""

import re
import threading
from pathlib import Path
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from labarchive.access.table import Verb
from labarchive.catalogue import general, generation
from labarchive.catalogue.digests import Digests
from labarchive.errors import BadInput, NotFound
from labarchive.records import Manifest
from labarchive.server.allowed import BELOW, Bytes
from labarchive.server.lanes import SNAPSHOTS
from labarchive.server.ranged import OpenFile, Ranged

PARQUET = "application/vnd.apache.parquet"
_FILE = re.compile(r"^(identified/)?([a-z]+_fact)(/[0-9]+-[0-9]+)?\.parquet$")


def routes(given: Bytes) -> list[Route]:
    """Routes for ``given``."""
    snapshots = Snapshots(given)
    return [
        Route(BELOW + "/snapshots/current", snapshots.current),
        Route(BELOW + "/snapshots/{generation:int}/{file:path}", snapshots.file),
    ]


class Snapshots:
    """The generations of all projects, and the digests of their files."""

    def __init__(self, given: Bytes) -> None:
        self._given = given
        self._digests: dict[str, Digests] = {}
        self._making = threading.Lock()

    async def current(self, request: Request) -> Response:
        """The newest generation that holds ``min_seq``: its files with their digests."""
        project = request.path_params["project"]
        caller = await self._given.may(request, project, "read")
        identified = await self._given.may_identify(request, project)
        least = _number(request.query_params.get("min_seq", "0"))
        words = await SNAPSHOTS.run(self._current, project, least, identified, caller.name)
        tag = f'W/"{words["generation"]}.{words["seq"]}.{words["measured"]}.{identified:d}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match", "") == tag:
            return Response(status_code=304, headers=headers)
        return Response(orjson.dumps(words), media_type="application/json", headers=headers)

    def _current(self, project: str, min_seq: int, identified: bool, who: str) -> dict[str, Any]:
        for last in (False, True):
            manifest = self._given.catalogue.manifest(project, min_seq=min_seq, identified=identified)
            number = int(manifest.folder.name.removeprefix("gen-"))
            self._given.catalogue.publisher.hold(manifest.project_id, manifest.folder.name, f"{who}@{number}")
            try:
                return {**_words(manifest, number), "files": self._files(manifest)}
            except FileNotFoundError:  # replaced between being named and being held
                if last:
                    raise
        raise AssertionError("unreachable")

    def _files(self, manifest: Manifest) -> dict[str, list[dict[str, Any]]]:
        found = {name: sorted(manifest.folder.glob(place)) for name, place in manifest.files.items()}
        digests = self._of(manifest.project_id).of(path for paths in found.values() for path in paths)
        return {
            name: [
                {"name": str(path.relative_to(manifest.folder)), "bytes": path.stat().st_size, "sha256": digests[path]}
                for path in paths
            ]
            for name, paths in found.items()
        }  # fmt: skip

    def _of(self, project_id: str) -> Digests:
        with self._making:
            if project_id not in self._digests:
                self._digests[project_id] = Digests(self._given.catalogue.home.snapshots / project_id)
            return self._digests[project_id]

    async def file(self, request: Request) -> Response:
        """The bytes of one file of a generation."""
        project, name = request.path_params["project"], request.path_params["file"]
        caller = await self._given.may(request, project, "read")
        verb: Verb = "identify" if name.startswith("identified/") else "read"
        if verb == "identify":
            caller = await self._given.may(request, project, verb)
        number = request.path_params["generation"]
        digest, source = await run_in_threadpool(self._opened, project, number, name, caller.name)
        if verb == "identify" and request.method == "GET":
            await run_in_threadpool(self._given.noted, caller, project, "snapshot", (), 1)
        still = self._given.still(request, project, verb)
        return Ranged(source, etag=digest, media_type=PARQUET, still=still)

    def _opened(self, project: str, number: int, name: str, who: str) -> tuple[str, OpenFile]:
        """The file and its digest; its generation is kept for its reader. Raises NotFound."""
        project_id = self._given.catalogue.project_id(project)
        folder = self._given.catalogue.home.snapshots / project_id / f"gen-{number:06d}"
        if not _belongs(folder, name):
            raise _gone(name)
        self._given.catalogue.publisher.hold(project_id, folder.name, f"{who}@{number}")
        try:
            return self._of(project_id).of([folder / name])[folder / name], OpenFile.at(folder / name)
        except FileNotFoundError:
            raise _gone(name) from None


def _belongs(folder: Path, name: str) -> bool:
    """Whether a generation may have a file of this name. Old folders were divided otherwise: they give nothing."""
    found = _FILE.match(name)
    if found is None:
        return False
    table = found[2]
    if found[1]:
        return Path(name).match(generation.IDENTIFIED.get(table, "-"))
    shared = table in (*generation.SHARED, "saying_fact", "metric_fact")
    return Path(name).match(generation.GENERAL.get(table, "-")) and (shared or general.is_whole(folder))


def _words(manifest: Manifest, number: int) -> dict[str, Any]:
    return {
        "project": manifest.project, "project_id": manifest.project_id, "generation": number,
        "seq": manifest.journal_seq, "facts_generation": manifest.facts_generation,
        "schema_version": manifest.schema_version, "written": manifest.written.isoformat(),
        "identified": manifest.identified, "measured": manifest.measured,
    }  # fmt: skip


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise BadInput("min_seq is a number of the journal", hint="take `last` of the answer to a saying")
    return int(text)


def _gone(name: str) -> NotFound:
    return NotFound(f"no file {name[:60]!r} in this generation", hint="ask for snapshots/current again")
