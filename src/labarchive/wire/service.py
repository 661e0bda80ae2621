"""HTTP to the service beside a hub, with the person's own token. Knows no archive."""

import http.client
import json
import os
import select
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from labarchive.errors import (
    Ambiguous,
    BadInput,
    Busy,
    LabarchiveError,
    NoRoom,
    NotAllowed,
    NotFound,
    TooNew,
    Unreachable,
)
from labarchive.wire.protocol import JSON, PROBLEM, write

T = TypeVar("T")
PIECE = 1 << 20
WAITS = (0.1, 0.4, 1.0, 2.0, 3.0)
"""Seconds before a request is tried again: a service that is restarted is back within them, on a busy machine too."""
ERRORS: dict[int, type[LabarchiveError]] = {
    401: NotAllowed, 403: NotAllowed, 404: NotFound, 409: Ambiguous, 413: BadInput, 422: BadInput, 429: Busy,
    501: TooNew, 503: Busy, 507: NoRoom,
}  # fmt: skip
"""Status of a problem -> what is raised here."""
LOST = (OSError, http.client.HTTPException)


class _Away(Exception):
    """Nobody is behind the proxy, or somebody else."""


@dataclass(slots=True)
class Service:
    """The REST app below one address; one connection a thread."""

    url: str
    token: str = field(repr=False)
    door: str = "python"
    patience: float = 60.0
    """Seconds until a service that is silent counts as unreachable."""
    waits: tuple[float, ...] = WAITS
    _lines: threading.local = field(default_factory=threading.local, repr=False)

    def get(self, *place: str, **words: Any) -> Any:
        """The JSON at a place below ``api``: ``get("projects", "tau-pet")``. Raises what the service says."""
        return self._again(lambda: self._json("GET", _address(place, words)))

    def post(self, *place: str, body: Any, key: str) -> Any:
        """The JSON answer to a POST, which counts once under its ``key``, however often it is sent."""
        headers = {"Content-Type": JSON, "Idempotency-Key": key}
        return self._again(lambda: self._json("POST", _address(place, {}), write(body), headers))

    def fetch(self, *place: str, into: BinaryIO, tag: str = "", **words: Any) -> None:
        """The bytes at a place, written behind those that ``into`` has of them already."""
        self._again(lambda: self._fetched(_address(place, words), into, tag))

    def tag(self, *place: str, **words: Any) -> str:
        """What tells the bytes at a place from others that were or will be there."""
        return self._again(lambda: self._tag(_address(place, words)))

    # one request ----------------------------------------------------------------------------------------
    def _json(
        self, verb: str, where: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        answer = self._asked(verb, where, body, headers or {})
        content = answer.read()
        if not answer.headers.get_content_subtype().endswith("json"):
            raise _Away
        return json.loads(content)

    def _fetched(self, where: str, into: BinaryIO, tag: str) -> None:
        start = into.seek(0, os.SEEK_END)
        headers = {"Range": f"bytes={start}-", "If-Range": f'"{tag}"'} if start and tag else {}
        try:
            answer = self._asked("GET", where, None, headers)
        except _Beyond:  # all of it is there, or it became shorter
            return
        if answer.status != 206:
            into.seek(0)
            into.truncate()
        while piece := answer.read(PIECE):
            into.write(piece)
        if answer.length:
            raise http.client.IncompleteRead(b"", answer.length)

    def _tag(self, where: str) -> str:
        answer = self._asked("HEAD", where, None, {})
        answer.read()
        return answer.headers.get("ETag", "").removeprefix("W/").strip('"')

    def _asked(
        self, verb: str, where: str, body: bytes | None, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        line = self._ready()
        says_who = {"Authorization": f"Bearer {self.token}", "X-Labarchive-Door": self.door}
        line.request(verb, self._path + where, body=body, headers={**says_who, **headers})
        answer = line.getresponse()
        if answer.status < 300:
            return answer
        content, kind = answer.read(), answer.headers.get("Content-Type", "")
        if answer.status == 416:
            raise _Beyond
        if not kind.startswith(PROBLEM):
            raise _Away
        raise problem(answer.status, content)

    # until it is answered -------------------------------------------------------------------------------
    def _again(self, ask: Callable[[], T]) -> T:
        """Asking twice is the same as once: places are read, and what is posted has a key."""
        for wait in (*self.waits, None):
            try:
                return ask()
            except Busy:
                self._hang_up()
                if wait is None:
                    raise
                time.sleep(2 * wait)
            except LabarchiveError:
                raise
            except TimeoutError as error:
                self._hang_up()
                raise Unreachable(
                    f"{self.url} said nothing for {self.patience:.0f} seconds", hint="try again in a minute"
                ) from error
            except (*LOST, _Away) as error:
                self._hang_up()
                if wait is None:
                    raise self._unreachable() from error
                time.sleep(wait)
            except BaseException:  # Ctrl-C in the middle of an answer: its rest must not be the next one
                self._hang_up()
                raise
        raise AssertionError("unreachable")

    def _unreachable(self) -> Unreachable:
        return Unreachable(
            f"the archive does not answer at {self.url}", hint="an administrator runs labarchive hub check"
        )

    @property
    def _path(self) -> str:
        return f"{urlsplit(self.url).path.rstrip('/')}/api/"

    def _ready(self) -> http.client.HTTPConnection:
        """This thread's connection; another one in a forked child, and after the service hung up."""
        kept: tuple[int, http.client.HTTPConnection] | None = getattr(self._lines, "kept", None)
        if kept is None or kept[0] != os.getpid():
            kept = (os.getpid(), self._line())
            self._lines.kept = kept
        line = kept[1]
        if line.sock is not None and select.select([line.sock], [], [], 0)[0]:
            line.close()
        if line.sock is None:
            line.connect()
        line.sock.settimeout(self.patience)
        return line

    def _line(self) -> http.client.HTTPConnection:
        where = urlsplit(self.url)
        if where.scheme == "https":
            safe = ssl.create_default_context()
            return http.client.HTTPSConnection(where.netloc, timeout=min(10, self.patience), context=safe)
        if where.scheme != "http" or not where.netloc:
            raise BadInput(
                "LABARCHIVE_SERVICE_URL is no address", hint="http://127.0.0.1:8000/services/archive/"
            )
        return http.client.HTTPConnection(where.netloc, timeout=min(10, self.patience))

    def _hang_up(self) -> None:
        kept: tuple[int, http.client.HTTPConnection] | None = getattr(self._lines, "kept", None)
        if kept is not None:
            kept[1].close()

    def close(self) -> None:
        """Hang up this thread's connection."""
        self._hang_up()


class _Beyond(Exception):
    """416: no byte is left to send."""


def _address(place: tuple[str, ...], words: Mapping[str, Any]) -> str:
    path = "/".join(quote(each, safe="") for each in place)
    return path + (f"?{urlencode(words)}" if words else "")


def problem(status: int, content: bytes) -> LabarchiveError:
    """A problem+json as the library's own error."""
    try:
        words = json.loads(content)
        what, hint = str(words["detail"]), str(words["hint"])
    except (ValueError, KeyError, TypeError):
        what, hint = f"the archive answered {status}", "try again"
    return ERRORS.get(status, LabarchiveError)(what, hint=hint)
