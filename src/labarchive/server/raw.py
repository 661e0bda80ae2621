"""The lab's own files, opened for somebody: regular files below the project's roots, and no others."""

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from labarchive.catalogue import Catalogue
from labarchive.catalogue.general import salt_of
from labarchive.catalogue.sql import query
from labarchive.errors import NotFound, Unreachable
from labarchive.server.ranged import OpenFile


def path_of(row: Mapping[str, Any]) -> bytes:
    """Where a row of the catalogue says its file lies, to the byte."""
    return bytes(row["path_bytes"]) if row["path_bytes"] is not None else os.fsencode(row["path"])


def place_of(catalogue: Catalogue, project: str) -> tuple[list[bytes], str]:
    """A project's roots on this machine, and its secret."""
    project_id = catalogue.project_id(project)
    with catalogue.store.reading() as cursor:
        roots = query(cursor, "select root from root where project_id = $id", id=project_id)
        return [os.path.realpath(os.fsencode(root)) for (root,) in roots], salt_of(cursor, project_id)


def opened(path: bytes, roots: Iterable[bytes]) -> OpenFile:
    """Raises NotFound for what is gone, is no file, or came to lie outside; Unreachable for what may not be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except PermissionError as error:
        raise Unreachable(
            "the service may not read this file", hint="an administrator runs labarchive hub check"
        ) from error
    except OSError as error:
        raise gone() from error
    seen = os.fstat(descriptor)
    real = os.fsencode(Path(f"/proc/self/fd/{descriptor}").readlink())
    if not stat.S_ISREG(seen.st_mode) or not any(
        real.startswith(root.rstrip(b"/") + b"/") or real == root for root in roots
    ):
        os.close(descriptor)
        raise gone()
    return OpenFile(descriptor, seen.st_size)


def gone() -> NotFound:
    """The same words for every reason."""
    return NotFound("the file is not where it was", hint="index its folder again")
