"""The owner as everybody outside its process sees it: started when nobody answers, asked again when it died."""

import os
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from labarchive.errors import LabarchiveError, Unreachable
from labarchive.records import Manifest, PartKind, Receipt, Run, RunSummary, Saying
from labarchive.settings import Home
from labarchive.wire.calls import LOST, Ending, Line, ask
from labarchive.wire.place import socket_of
from labarchive.wire.protocol import REPEATABLE, ROUTES, Route
from labarchive.wire.start import start as start_owner

if TYPE_CHECKING:
    import pyarrow as pa

ATTEMPTS = 5
"""How many owners may die under one request before it is given up."""


class Wire:
    """Implements ``records.Owner`` over the archive's Unix socket; one connection a thread."""

    def __init__(
        self, home: Home, *, start: bool = True, door: str = "python", patience: float | None = None
    ) -> None:
        self.home = home
        self.door = door
        self._patience = patience
        self._start = start
        self._lines = threading.local()

    def __repr__(self) -> str:
        return f"<owner of {self.home.path}>"

    def quietly(self, patience: float = 2.0) -> "Wire":
        """The same owner for questions that can wait: starts nobody, and gives up soon."""
        return Wire(self.home, start=False, door=self.door, patience=patience)

    # the interface --------------------------------------------------------------------------------------
    def hello(self) -> dict[str, Any]:
        return self._ask("hello")  # type: ignore[no-any-return]

    def projects(self) -> list[dict[str, Any]]:
        return self._ask("projects")  # type: ignore[no-any-return]

    def begin(self, project: str, kind: str, roots: Sequence[str]) -> Run:
        return self._ask("begin", project=project, kind=kind, roots=list(roots))  # type: ignore[no-any-return]

    def known(self, run: int) -> "pa.Table":
        return self._ask("known", run=run)  # type: ignore[no-any-return]

    def series(self, run: int) -> "pa.Table":
        return self._ask("series", run=run)  # type: ignore[no-any-return]

    def observe(self, run: int, part: int, kind: PartKind, table: "pa.Table") -> None:
        self._ask("observe", run=run, part=part, kind=kind, table=table)

    def reached(self, run: int, done: int, found: int, *, walked: bool) -> None:
        self._ask("reached", run=run, done=done, found=found, walked=walked)

    def finish(self, run: int, *, complete: bool = True) -> RunSummary:
        return self._ask("finish", run=run, complete=complete)  # type: ignore[no-any-return]

    def say(self, sayings: Sequence[Saying]) -> Receipt:
        """Said once, even when the owner dies between writing it down and answering: the key tells."""
        said = [replace(each, door=self.door) if each.door == "python" else each for each in sayings]
        return self._ask("say", sayings=said, key=secrets.token_hex(8))  # type: ignore[no-any-return]

    def manifest(self, project: str, *, min_seq: int = 0, lease: str = "") -> Manifest:
        return self._ask("manifest", project=project, min_seq=min_seq, lease=lease)  # type: ignore[no-any-return]

    def do(self, verb: str, **words: Any) -> dict[str, Any]:
        return self._ask("do", verb=verb, **words)  # type: ignore[no-any-return]

    # asking ---------------------------------------------------------------------------------------------
    def _ask(self, verb: str, /, **words: Any) -> Any:
        route = ROUTES[verb]
        for attempt in range(ATTEMPTS):
            line = self._line()
            if attempt and verb == "say":
                words["again"] = True
            try:
                self._ready(line, route)
                return ask(line, route, words)
            except LabarchiveError:
                raise
            except TimeoutError as error:
                line.close()
                raise self._silent(route) from error
            except LOST as error:
                line.close()
                again = route.again or words.get("verb") in REPEATABLE
                if not (again or isinstance(error, Ending)) or attempt == ATTEMPTS - 1:
                    raise self._lost(route) from error
                time.sleep(0.1 * attempt)
            except (
                BaseException
            ):  # Ctrl-C in the middle of an answer: the rest of it must not be the next one
                line.close()
                raise
        raise AssertionError("unreachable")

    def _line(self) -> Line:
        """This thread's connection; a forked child makes one of its own."""
        kept: tuple[int, Line] | None = getattr(self._lines, "kept", None)
        if kept is None or kept[0] != os.getpid():
            kept = (os.getpid(), Line(partial(socket_of, self.home)))
            self._lines.kept = kept
        return kept[1]

    def _ready(self, line: Line, route: Route) -> None:
        try:
            line.ready(self._patience or route.patience)
        except (ConnectionError, FileNotFoundError) as error:
            if not self._start:
                raise Unreachable(
                    f"no owner of {self.home.path} answers", hint="any labarchive verb starts one"
                ) from error
            start_owner(self.home, self.answers)
            line.ready(self._patience or route.patience)

    def answers(self) -> bool:
        """Somebody listens at the socket."""
        line = Line(partial(socket_of, self.home))
        try:
            line.ready(5)
        except (ConnectionError, FileNotFoundError):
            return False
        except TimeoutError:
            return True
        finally:
            line.close()
        return True

    def _lost(self, route: Route) -> Unreachable:
        return Unreachable(
            f"the owner of {self.home.path} ended before it answered {route.verb!r}",
            hint=f"look whether it was done, then try again; see {self.home.log}/owner.log",
        )

    def _silent(self, route: Route) -> Unreachable:
        return Unreachable(
            f"the owner of {self.home.path} said nothing to {route.verb!r} for {self._patience or route.patience:.0f} seconds",
            hint="labarchive doctor, or stop the process and try again",
        )

    def close(self) -> None:
        """Hang up this thread's connection."""
        self._line().close()


def connect(home: Home, *, start: bool = True, door: str = "python") -> Wire:
    """The owner of ``home``, which is started when nobody answers. Raises what keeps it from starting."""
    wire = Wire(home, start=start, door=door)
    wire.hello()
    return wire
