"""``labarchive.open()``: from a home to an archive that answers."""

import os
import warnings
from dataclasses import dataclass

from labarchive.archive import published
from labarchive.archive.afar import index_afar
from labarchive.archive.apart import index_apart
from labarchive.archive.indexed import Indexed, Progress
from labarchive.archive.tables import SnapshotTables
from labarchive.errors import BadInput, LabarchiveError, NotAllowed, NotFound, TooNew
from labarchive.records import Owner
from labarchive.selection.archive import Archive as Base
from labarchive.settings import Home, home, service_url
from labarchive.wire import Remote, Wire, served


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

        Without a path, look again at the folders that the project was made of; behind a hub these are the only ones,
        for new ones are named where the archive lives. ``quick`` looks only into folders that changed. Runs in a
        process of its own. Raises Busy while the project is being indexed, NotFound and NotAllowed for a folder.
        """
        tables = self.tables
        if not isinstance(tables, SnapshotTables):
            raise BadInput("the past cannot be indexed", hint="labarchive.open() gives the archive as it is")
        if isinstance(tables.owner, Remote):
            done = index_afar(tables.owner, paths, project, quick=quick, progress=progress)
            tables.refresh()
            return done
        roots = paths or _known_roots(tables.owner, project)
        done = index_apart(tables.home, roots, project, quick=quick, progress=progress, door=tables.door)
        tables.refresh()
        return done


def _known_roots(owner: Owner, project: str) -> list[str]:
    """None for a project that is not there yet."""
    try:
        return list(owner.do("roots", project=project)["roots"])
    except NotFound:
        return []


def open(path: str | os.PathLike[str] | None = None, *, door: str = "python") -> Archive:  # noqa: A001
    """The archive in ``path``; without one that of the hub, else in ``$LABARCHIVE_HOME`` or the platform's data folder.

    Finds its owner or starts it; in a hub's server it speaks to the service as the person whose server it is. When
    nobody answers, what was published can still be read.
    """
    owner, place = _found(path, door)
    try:
        owner.hello()
    except LabarchiveError as error:
        if isinstance(error, TooNew | NotAllowed) or not published.manifests(place):
            raise
        warnings.warn(f"reading only: {error}", stacklevel=2)
    return Archive(SnapshotTables(owner, place))


def _found(path: str | os.PathLike[str] | None, door: str) -> tuple[Owner, Home]:
    if path is None and service_url():
        remote = served(door=door)
        return remote, remote.home
    place = home(path)
    return Wire(place, door=door), place
