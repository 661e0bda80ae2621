"""``/selection.tar`` and ``/selection.zip``: the files of a selection in one stream, resumable, by the catalogue's words."""

import hashlib
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import Route

from labarchive.errors import BadInput, Busy, NotFound
from labarchive.selection.levels import LEVELS, STABLE_ID, level_of
from labarchive.selection.queries import Query, joined, where
from labarchive.selection.search import pieces
from labarchive.server.allowed import BELOW, Bytes
from labarchive.server.naming import file_name, folders
from labarchive.server.packing import Entry, Opener, Pack, tar, zipped
from labarchive.server.ranged import Ranged, Source
from labarchive.server.raw import opened, path_of, place_of

AT_ONCE = threading.BoundedSemaphore(4)
"""Packs on their way at a time."""
MOST_IDS = 2000
FORMATS: dict[str, tuple[str, Callable[[Sequence[Entry], Opener], Pack]]] = {
    "tar": ("application/x-tar", tar),
    "zip": ("application/zip", zipped),
}
COLUMNS = """s.scan_id, s.subject, s.subject_id, s.session, s.session_id, s.number, s.kind, s.scan,
f.path, f.path_bytes, f.bytes, f.mtime_ns, f.form, f.instance"""


def routes(given: Bytes) -> list[Route]:
    """Routes for ``given``."""
    archives = Archives(given)
    return [Route(f"{BELOW}/selection.{kind}", archives.pack, name=kind) for kind in FORMATS]


@dataclass(frozen=True, slots=True)
class Archives:
    """Packs of all projects."""

    given: Bytes

    async def pack(self, request: Request) -> Ranged:
        """Every file of the scans that a search or ids name."""
        project = request.path_params["project"]
        caller = await self.given.may(request, project, "identify")
        media, make = FORMATS[request.url.path.rpartition(".")[2]]
        rows = await run_in_threadpool(self._rows, project, request.query_params)
        roots, salt = await run_in_threadpool(place_of, self.given.catalogue, project)
        entries = _entries(rows, salt)
        if request.method == "GET":
            subjects = sorted({row["subject_id"] for row in rows})
            await run_in_threadpool(self.given.noted, caller, project, "selection", subjects, len(rows))
        if not AT_ONCE.acquire(blocking=False):
            raise Busy("other selections are being sent", hint="try again in a minute")
        source = Held(make(entries, lambda entry: opened(entry.path, roots)), AT_ONCE.release)
        name = f"{re.sub(r'[^A-Za-z0-9._-]', '_', project)}.{request.url.path.rpartition('.')[2]}"
        still = self.given.still(request, project, "identify")
        return Ranged(source, etag=_etag(entries, salt), media_type=media, still=still, name=name)

    def _rows(self, project: str, words: Any) -> list[dict[str, Any]]:
        """The files, in the order of the pack. Raises BadInput, NotFound."""
        fits = joined([Query("not gone"), _search(words.get("q", "")), *_ids(words.get("ids", ""))], " and ")
        chosen = Query("with s as (select * from scan where ") + fits + Query(")")
        query = chosen + Query(
            f""" select {COLUMNS} from s join file f on f.scan_id = s.scan_id where f.status = 'ok'
            order by s.subject, s.session, s.number, s.scan_id, f.instance nulls last, f.path"""
        )
        rows = self.given.reading.rows(query.text, query.params, project)
        if not rows:
            raise NotFound("no file fits", hint="see which scans the search finds")
        return rows


class Held:
    """A source that lets go of its place when it is closed."""

    def __init__(self, source: Source, release: Callable[[], None]) -> None:
        self._release = release
        self.size, self.pieces = source.size, source.pieces

    def close(self) -> None:
        self._release()


def _search(q: str) -> Query:
    """The condition of a search. Raises BadInput for a term that is none."""
    found = pieces("scan", q)
    wrong = next((piece for piece in found if piece.term is None), None)
    if wrong is not None:
        raise BadInput(wrong.wrong, hint=wrong.hint)
    return where(LEVELS["scan"], [piece.term for piece in found if piece.term is not None])


def _ids(text: str) -> list[Query]:
    """Scans, or all scans of sessions and subjects, by their stable ids."""
    ids = [each for each in text.split(",") if each]
    if len(ids) > MOST_IDS or any(not STABLE_ID.match(each) for each in ids):
        raise BadInput(
            f"ids are up to {MOST_IDS} stable ids with commas between", hint="or give a search: q=kind:T1w"
        )
    levels = {level_of(each) for each in ids}
    if not levels <= {"subject", "session", "scan"}:
        raise BadInput("an id of a project names no scans", hint="take ids of subjects, sessions or scans")
    if not ids:
        return []
    marks = ", ".join("?" * len(ids))
    conditions = " or ".join(f"{level}_id in ({marks})" for level in sorted(levels))
    return [Query(f"({conditions})", tuple(ids) * len(levels))]


def _entries(rows: Sequence[dict[str, Any]], salt: str) -> list[Entry]:
    place = folders(rows)
    return [
        Entry(
            f"{place[row['scan_id']]}/{file_name(row, salt)}",
            row["bytes"],
            row["mtime_ns"] // 10**9,
            path_of(row),
        )
        for row in rows
    ]


def _etag(entries: Sequence[Entry], salt: str) -> str:
    digest = hashlib.sha256(salt.encode())
    for entry in entries:
        digest.update(repr(entry).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]
