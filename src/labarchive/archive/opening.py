"""``labarchive.open()``: from a home to an archive that answers."""

import os
import warnings
from dataclasses import dataclass

from labarchive.archive import published
from labarchive.archive.apart import index_apart
from labarchive.archive.indexed import Indexed, Progress
from labarchive.archive.tables import SnapshotTables
from labarchive.errors import BadInput, LabarchiveError, TooNew
from labarchive.selection.archive import Archive as Base
from labarchive.settings import home
from labarchive.wire import Wire


@dataclass(frozen=True, slots=True, repr=False)
class Archive(Base):
    """An archive as it is now: what ``labarchive.open()`` gives."""

    def index(
        self,
        *paths: str | os.PathLike[str],
        project: str,
        quick: bool = False,
        progress: Progress | None = None,
    ) -> Indexed:
        """Catalogue these folders as ``project``; nothing below them is written or moved.

        ``quick`` looks only into folders that changed. Runs in a process of its own.
        """
        tables = self.tables
        if not isinstance(tables, SnapshotTables):
            raise BadInput("the past cannot be indexed", hint="labarchive.open() gives the archive as it is")
        done = index_apart(tables.home, paths, project, quick=quick, progress=progress, door=tables.door)
        tables.refresh()
        return done


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
