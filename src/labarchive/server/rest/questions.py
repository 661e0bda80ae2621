"""``POST /sql``: one question in SQL over what the caller may see."""

from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from labarchive.errors import BadInput
from labarchive.records import Manifest
from labarchive.server.allowed import BELOW, Bytes
from labarchive.server.lanes import QUESTIONS, SNAPSHOTS
from labarchive.server.rest.tongues import JSON, answer, tongue
from labarchive.server.sql import ROWS, worked

LONGEST = 100_000
"""Letters of a question."""


def routes(given: Bytes) -> list[Route]:
    """Routes for ``given``."""
    return [Route(BELOW + "/sql", Sql(given).ask, methods=["POST"])]


class Sql:
    """Questions over all projects, one project each."""

    def __init__(self, given: Bytes) -> None:
        self._given = given

    async def ask(self, request: Request) -> Response:
        """Rows in the tongue that is accepted; the views hold this project as this caller may see it."""
        project = request.path_params["project"]
        caller = await self._given.may(request, project, "read")
        identified = await self._given.may_identify(request, project)
        question = _question(await request.body())
        manifest = await SNAPSHOTS.run(self._newest, project, identified, caller.name)
        table = await QUESTIONS.run(worked, manifest, question)
        if identified:
            await run_in_threadpool(self._given.noted, caller, project, "sql", (), min(table.num_rows, ROWS))
        return await run_in_threadpool(_answered, table, request.headers.get("accept", "*/*"))

    def _newest(self, project: str, identified: bool, who: str) -> Manifest:
        return self._given.catalogue.manifest(project, identified=identified, lease=f"{who}@sql")


def _question(body: bytes) -> str:
    """Raises BadInput."""
    try:
        words = orjson.loads(body)
    except orjson.JSONDecodeError:
        words = None
    text = words.get("sql") if isinstance(words, dict) else None
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        raise BadInput('the body is {"sql": "select ..."}', hint=f"up to {LONGEST:,} letters")
    return text


def _answered(table: Any, accept: str) -> Response:
    import duckdb

    more = table.num_rows > ROWS
    table = table.slice(0, ROWS)
    headers = {"Cache-Control": "private, no-store", "X-Truncated": "true" if more else "false"}
    media = tongue(accept)
    if media != JSON:
        return answer(duckdb.connect().from_arrow(table), media, headers)
    words = {"columns": table.column_names, "items": table.to_pylist(), "truncated": more}
    return Response(
        orjson.dumps(words, default=str, option=orjson.OPT_NAIVE_UTC), media_type=JSON, headers=headers
    )
