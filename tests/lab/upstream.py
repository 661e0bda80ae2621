"""A small REST app that streams, cuts and counts: what stands behind the forwarder in its tests."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

listening = 0
"""Event streams that are open."""
go_on = asyncio.Event()


async def seen(request: Request) -> Response:
    """What of a request came through."""
    return JSONResponse(
        {"method": request.method, "path": request.scope["raw_path"].decode(), "query": request.url.query,
         "headers": dict(request.headers)},
        headers={"ETag": 'W/"7.1"', "Set-Cookie": "service=secret", "X-Inner": "1"},
    )  # fmt: skip


async def file(request: Request) -> Response:
    return FileResponse(os.environ["UPSTREAM_FILE"], media_type="application/octet-stream")


async def page(request: Request) -> Response:
    return HTMLResponse("<script>alert(1)</script>")


async def same(request: Request) -> Response:
    return Response(status_code=304, headers={"ETag": 'W/"7.1"'})


async def digest(request: Request) -> Response:
    whole, length = hashlib.sha256(), 0
    async for piece in request.stream():
        whole.update(piece)
        length += len(piece)
    return JSONResponse({"sha256": whole.hexdigest(), "bytes": length}, status_code=201)


async def refuse(request: Request) -> Response:
    """Answers before the body has come."""
    return JSONResponse({"title": "too much"}, status_code=413)


async def two_pieces(request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"first"
        await go_on.wait()
        yield b"second"

    go_on.clear()
    return StreamingResponse(pieces(), media_type="text/plain")


async def release(request: Request) -> Response:
    go_on.set()
    return Response(status_code=204)


async def changes(request: Request) -> Response:
    async def events() -> AsyncIterator[str]:
        global listening
        listening += 1
        try:
            number = int(request.headers.get("last-event-id", "0"))
            while True:
                number += 1
                yield f"id: {number}\ndata: {{}}\n\n"
                await asyncio.sleep(0.05)
        finally:
            listening -= 1

    return StreamingResponse(events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def count(request: Request) -> Response:
    return JSONResponse(listening)


async def cut(request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"a" * 1000
        raise RuntimeError("cut")

    return StreamingResponse(pieces())


ROUTES = [
    Route("/api/file", file),
    Route("/api/page", page),
    Route("/api/same", same),
    Route("/api/digest", digest, methods=["POST"]),
    Route("/api/refuse", refuse, methods=["POST"]),
    Route("/api/two", two_pieces),
    Route("/api/release", release, methods=["POST"]),
    Route("/api/changes", changes),
    Route("/api/listening", count),
    Route("/api/cut", cut),
    Route("/{anything:path}", seen, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
]
app = Starlette(routes=[Mount("/services/archive", routes=ROUTES), *ROUTES])


if __name__ == "__main__":
    at = os.environ["UPSTREAM_AT"]
    where = {"uds": at} if Path(at).is_absolute() else {"host": "127.0.0.1", "port": int(at)}
    uvicorn.run(app, log_level="critical", **where)  # type: ignore[arg-type]
