"""An error as the answer of this server: what, where and next, in the words of the REST app (RFC 9457)."""

import json

from jupyter_server.base.handlers import APIHandler

from labarchive.errors import LabarchiveError
from labarchive.wire.protocol import PROBLEM, STATUS

_TITLES = {404: "Not found", 503: "Not now"}


def tell(handler: APIHandler, error: LabarchiveError) -> None:
    """Answer with this error."""
    status = STATUS.get(type(error).__name__, 500)
    words = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Not possible"),
        "status": status,
        "detail": error.what,
        "hint": error.hint,
    }
    handler.set_status(status)
    handler.set_header("Content-Type", PROBLEM)
    handler.set_header("Cache-Control", "no-store")
    handler.finish(json.dumps(words), set_content_type=PROBLEM)
