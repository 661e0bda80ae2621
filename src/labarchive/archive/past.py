"""What a kernel sees of an archive as it was at a moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labarchive.errors import BadInput
from labarchive.forms import Form
from labarchive.records import Manifest, Owner, Receipt, Saying

if TYPE_CHECKING:
    import duckdb

    from labarchive.archive.tables import SnapshotTables


class Past:
    """The same tables as they were at a moment; takes no sayings."""

    def __init__(self, now: "SnapshotTables", when: datetime) -> None:
        self._now = now
        self.when = when

    @property
    def owner(self) -> Owner:
        return self._now.owner

    @property
    def loaded(self) -> Mapping[str, Manifest]:
        return self._now.loaded

    def sql(
        self, query: str, params: Sequence[Any] = (), project: str | None = None
    ) -> "duckdb.DuckDBPyRelation":
        return self._now.ask(query, params, project, self.when)

    def refresh(self) -> None:
        self._now.refresh()

    def say(self, sayings: Sequence[Saying]) -> Receipt:  # noqa: ARG002
        raise BadInput(
            f"nothing can be said of the past ({self.when:%Y-%m-%d %H:%M} UTC)",
            hint="say it of the archive as it is: archive = labarchive.open()",
        )

    def at_hand(
        self, project: str, scan: str, files: Sequence[Mapping[str, Any]]
    ) -> Sequence[Mapping[str, Any]]:
        return self._now.at_hand(project, scan, files)

    def header(self, project: str, scan: str) -> str | None:  # noqa: ARG002
        return None  # it may have been another one then

    def form(self, name: str) -> Form:
        return self._now.form(name)

    def volume(self, project: str, scan: str, part: str | None, *, partial: bool) -> Path | None:
        return self._now.volume(project, scan, part, partial=partial)

    def measure(self, project: str, scans: Sequence[str], *, again: bool) -> bool:  # noqa: ARG002
        raise BadInput(
            "scans are measured as they are, not as they were",
            hint="check archive.scans; metric holds what was found",
        )

    def at(self, when: datetime) -> "Past":
        return Past(self._now, when)
