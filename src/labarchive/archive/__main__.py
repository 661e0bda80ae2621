"""``python -m labarchive.archive --home H index PATH... --project P``, or ``headers``: the indexer's own process."""

import argparse
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from labarchive.errors import LabarchiveError
from labarchive.index.lean import without_pandas
from labarchive.settings import Home, home


def main(words: Sequence[str] | None = None) -> int:
    """Run one verb; each line on stdout is a JSON object, the last one the summary or the error."""
    began = time.monotonic() - _age()
    given = _arguments(words)
    without_pandas()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    tell = Teller(sys.stdout.fileno(), every=0.2 if given.verb == "index" else 10.0)
    try:
        tell({"summary": _run(given, home(given.home), tell.progress, began)})
    except LabarchiveError as error:
        tell({"error": type(error).__name__, "what": error.what, "hint": error.hint})
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def _run(
    given: argparse.Namespace, place: Home, progress: Callable[[int, int], None], began: float
) -> dict[str, Any]:
    if given.verb == "headers":
        from labarchive.archive.second_pass import read_headers

        os.nice(5)
        return read_headers(place, given.project, progress)
    from labarchive.archive.indexing import index

    shown = progress if given.json_progress else None
    return index(
        place, given.paths, given.project, quick=given.quick, progress=shown, door=given.door, began=began
    )


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m labarchive.archive", description=__doc__)
    parser.add_argument("--home", required=True, help="the archive's home")
    verbs = parser.add_subparsers(dest="verb", required=True)
    index = verbs.add_parser("index", help="the first pass")
    index.add_argument("paths", nargs="+")
    index.add_argument("--quick", action="store_true")
    index.add_argument("--json-progress", action="store_true")
    index.add_argument("--door", default="python")
    headers = verbs.add_parser("headers", help="the second pass")
    for each in (index, headers):
        each.add_argument("--project", required=True)
    return parser.parse_args(words)


class Teller:
    """JSON lines for whoever started us; when nobody listens any more, we go on in silence."""

    def __init__(self, descriptor: int, every: float) -> None:
        self._descriptor, self._every = descriptor, every
        self._told = 0.0

    def progress(self, done: int, found: int) -> None:
        now = time.monotonic()
        if now - self._told >= self._every:
            self._told = now
            self({"done": done, "found": found})

    def __call__(self, words: dict[str, Any]) -> None:
        line = json.dumps(words).encode("ascii") + b"\n"
        with contextlib.suppress(OSError):
            os.write(self._descriptor, line)


def _age() -> float:
    """Seconds since this process was made."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        with open("/proc/self/stat", encoding="ascii", errors="replace") as file:
            ticks = int(file.read().rpartition(")")[2].split()[19])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
