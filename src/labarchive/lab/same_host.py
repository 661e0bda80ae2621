"""People's servers share one host, and what a colleague's server sends runs in its pages: such a page gets nothing of
this server by this person's cookies. JupyterHub asks every script for a token but those that fetch in the mode of
pictures (no-cors), of which it says that a page cannot read the answer; on the same host it can."""

from typing import Any

from tornado import web
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, Rule

FAREWELL = "/voila/api/shutdown/"
"""Voila's page ends its kernel by a beacon when it is left: it shows the page's own ``_xsrf``, and is told nothing."""
ALONE = {"Cross-Origin-Opener-Policy": "noopener-allow-popups"}
"""Whoever opens this server's page in a window has no hold of that window, on the same host neither."""


class Fetched(Matcher):
    """A script's fetch in the mode of pictures: browsers write these headers, and no page can. None of Lab's own does
    so."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        said = request.headers
        like_a_picture = said.get("Sec-Fetch-Mode") == "no-cors" and said.get("Sec-Fetch-Dest") == "empty"
        leaves = request.method == "POST" and FAREWELL in (request.path or "")
        return {} if like_a_picture and not leaves else None


class Refused(web.RequestHandler):
    """Says no, whatever is asked for."""

    def prepare(self) -> None:
        self.set_status(403)
        self.set_header("Content-Type", "text/plain")
        self.finish("a script of another page asks for this")


def keep_apart(app: web.Application) -> None:
    """Before anything else that this server answers."""
    app.default_router.rules.insert(0, Rule(Fetched(), _refusal(app)))
    app.settings.setdefault("headers", {}).update(ALONE)


def _refusal(app: web.Application) -> Any:
    return web.Application([(".*", Refused)], log_function=app.settings.get("log_function"))
