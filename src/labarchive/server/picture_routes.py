"""``/scans/{id}/mosaic.webp``, ``thumbnail.webp``, ``sprite.jpeg``: small pictures, for who may see the voxels now."""

from collections.abc import Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from labarchive.server.allowed import BELOW, Bytes
from labarchive.server.lanes import DISKS, PICTURES
from labarchive.server.pictures import KINDS, Pictures
from labarchive.server.scan_files import openable, seen


def routes(given: Bytes, pictures: Pictures, looked: Callable[[], None]) -> list[Route]:
    """Routes for ``given``. ``looked`` is told whenever somebody looks at one; it takes no time."""
    drawn = Drawn(given, pictures, looked)
    return [
        Route(f"{BELOW}/scans/{{scan}}/{kind}.{ending}", partial(drawn.picture, kind))
        for kind, ending in KINDS.items()
    ]


class Drawn:
    """Pictures of the scans of all projects."""

    def __init__(self, given: Bytes, pictures: Pictures, looked: Callable[[], None]) -> None:
        self._given, self._pictures, self._looked = given, pictures, looked

    async def picture(self, kind: str, request: Request) -> Response:
        """The picture, drawn when nobody had it drawn before; no browser keeps it on its disk."""
        project, scan = request.path_params["project"], request.path_params["scan"]
        await self._given.may(request, project, "read")
        identified = await self._given.may_identify(request, project)
        files = await DISKS.run(partial(seen, identified=identified, now=False), self._given, project, scan)
        content = await DISKS.run(self._kept, files.key(), kind)
        if content is None:
            await DISKS.run(openable, self._given, project, files)
            content = await PICTURES.run(self._pictures.made, files.key(), kind, files.rows, files.modality)
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(content, media_type=f"image/{KINDS[kind]}", headers=headers)

    def _kept(self, key: str, kind: str) -> bytes | None:
        self._looked()
        return self._pictures.kept(key, kind)
