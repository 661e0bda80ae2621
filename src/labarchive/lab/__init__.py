"""The Jupyter Server extension: the archive's REST app below the address of the person's own server."""

import os
from typing import Any

from labarchive.lab.documents import Documents
from labarchive.lab.doors import door
from labarchive.lab.forward import Forward
from labarchive.lab.same_host import keep_apart
from labarchive.lab.standing import Standing

__all__ = ["Forward", "door"]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "labarchive.lab"}]


def _load_jupyter_server_extension(server: Any) -> None:
    base = server.web_app.settings["base_url"].rstrip("/")
    with_hub = "JUPYTERHUB_SERVICE_PREFIX" in os.environ
    handlers: list[Any] = [
        (rf"{base}/labarchive/(api/.*|openapi\.json)", Forward, {"door": door()}),
        (rf"{base}/labarchive/document/(header|voxels)", Documents),
        (rf"{base}/labarchive/server", Standing, {"hub": with_hub}),
    ]
    server.web_app.add_handlers(".*$", handlers)
    if with_hub:
        keep_apart(server.web_app)
