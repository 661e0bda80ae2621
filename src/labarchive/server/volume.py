"""``python -m labarchive.server.volume``: one volume as NIfTI, with nothing of the header but its geometry.

It may be started before somebody asks: what it needs is imported then, and a task is waited for.
"""

import json
import os
import resource
import sys
from importlib import import_module
from typing import Any

from labarchive.errors import LabarchiveError

MEMORY = 6 << 30
SECONDS = 240
BARE = 1
"""Level of compression: the wire is faster than a better one."""
NEEDED = (
    "nibabel",
    "numpy",
    "isal.igzip",
    "labarchive.images.loading",
    "labarchive.images.native",
    "labarchive.images.bare",
)
"""Imported before the task is read."""


def main() -> int:
    """Make what standard input asks for, or nothing where it ends before; an error is told as JSON on standard output."""
    for name in NEEDED:
        import_module(name)
    task = sys.stdin.read()
    if not task:
        return 0
    asked = json.loads(task)
    os.umask(0o077)
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        write(loaded(asked["files"], asked["part"], partial=asked["partial"]), asked["place"])
    except LabarchiveError as error:
        return _told(type(error).__name__, error.what, error.hint)
    except MemoryError:
        return _told("NoRoom", "this volume is too large to be made here", "ask an owner for the files")
    return 0


def loaded(files: list[dict[str, Any]], part: str | None, *, partial: bool) -> Any:
    """The image as selections load it."""
    from labarchive import images

    return images.load([images.ImageFile.from_row(row) for row in files], part, partial=partial)


def write(image: Any, place: str) -> None:
    """Numbers and geometry into a file without a name, a time or a text in it."""
    from isal import igzip

    from labarchive import images

    bare = images.plain(image)
    with open(place, "wb") as file, igzip.IGzipFile("", "wb", BARE, file, mtime=0) as packed:  # type: ignore[no-untyped-call]
        bare.to_stream(packed)


def _told(error: str, what: str, hint: str) -> int:
    sys.stdout.write(json.dumps({"error": error, "what": what, "hint": hint}))
    return 1


if __name__ == "__main__":
    sys.exit(main())
