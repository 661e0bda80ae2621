"""``labarchive.open()``: from a home to an archive that answers."""

import os
import warnings
from dataclasses import dataclass

from labarchive.archive import published
from labarchive.archive.tables import SnapshotTables
from labarchive.errors import LabarchiveError, TooNew
from labarchive.selection.archive import Archive as Base
from labarchive.settings import home
from labarchive.wire import Wire


@dataclass(frozen=True, slots=True, repr=False)
class Archive(Base):
    """An archive as it is now: what ``labarchive.open()`` gives."""


def open(path: str | os.PathLike[str] | None = None, *, door: str = "python") -> Archive:  # noqa: A001
    """The archive in ``path``, else in ``$LABARCHIVE_HOME``, else in the platform's data folder.

    Finds its owner or starts it. When it cannot be started, what was published can still be read.
    """
    place = home(path)
    owner = Wire(place, door=door)
    try:
        owner.hello()
    except LabarchiveError as error:
        if isinstance(error, TooNew) or not published.manifests(place):
            raise
        warnings.warn(f"reading only: {error}", stacklevel=2)
    return Archive(SnapshotTables(owner, place))
