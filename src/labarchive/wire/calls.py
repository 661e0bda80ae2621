"""One HTTP exchange over a Unix socket: a connection, a request, an answer. Knows no archive."""

import http.client
import select
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from labarchive.wire.protocol import (
    ARROW,
    ENDING,
    FORMS,
    JSON,
    Route,
    read_problem,
    read_table,
    table_bytes,
    write,
)

LOST = (ConnectionError, FileNotFoundError, http.client.HTTPException, EOFError)
"""What a dead owner looks like from here."""


class Ending(ConnectionError):
    """This owner does nothing more, and did nothing of what it was asked: the next one is to be asked."""


class Line(http.client.HTTPConnection):
    """A connection to the owner's socket, kept open between requests."""

    def __init__(self, place: Callable[[], str]) -> None:
        super().__init__("labarchive", timeout=10)
        self.place = place

    def connect(self) -> None:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(self.timeout)
            sock.connect(self.place())
        except BaseException:
            sock.close()
            raise
        self.sock = sock

    def ready(self, patience: float) -> None:
        """Connected to an owner that has not hung up since, and waiting ``patience`` seconds at most for it."""
        if self.sock is not None and select.select([self.sock], [], [], 0)[0]:
            self.close()
        if self.sock is None:
            self.connect()
        self.sock.settimeout(patience)


def ask(line: Line, route: Route, words: dict[str, Any]) -> Any:
    """Ask the owner; its answer as a record, its error raised."""
    where, body, kind = _request(route, dict(words))
    line.request(route.method, where, body=body, headers={"Content-Type": kind} if body else {})
    answer = line.getresponse()
    if answer.status == ENDING and not answer.length:
        answer.read()
        raise Ending
    if answer.status >= 300:
        raise read_problem(answer.read())
    if route.gives == "table":
        table = read_table(answer)
        answer.read()  # the line is free for the next request only at the answer's very end
        return table
    return FORMS[route.gives](_parsed(answer.read()))


def _request(route: Route, words: dict[str, Any]) -> tuple[str, Any, str]:
    """Address, body and media type of a request."""
    table = words.pop(route.table) if route.table else None
    asked = {name: words.pop(name) for name in route.takes if name in words}
    placed = {
        name: quote(str(value), safe="") for name, value in asked.items() if f"{{{name}}}" in route.path
    }
    rest = {name: str(value) for name, value in asked.items() if name not in placed}
    where = route.path.format(**placed) + (f"?{urlencode(rest, errors='surrogateescape')}" if rest else "")
    if table is not None:
        return where, table_bytes(table), ARROW
    return where, write(words) if route.method != "GET" else None, JSON


def _parsed(body: bytes) -> Any:
    import json

    return json.loads(body)
