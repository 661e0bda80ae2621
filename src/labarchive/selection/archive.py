"""The archive as a selection of projects: where every narrowing starts."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any, Self

from labarchive.errors import NotFound
from labarchive.selection import html, scan, text, things
from labarchive.selection.queries import Query
from labarchive.selection.said import Said, Target, undo
from labarchive.selection.selection import Selection
from labarchive.selection.summary import projects
from labarchive.selection.tables import Tables, rows, who

__all__ = ["Archive", "scan", "things"]  # the classes that rows become


@dataclass(frozen=True, slots=True, repr=False)
class Archive(Selection):
    """``archive["tau-pet"]["S014"]["baseline"]["T1w"]``; any stable id is found from here too."""

    tables: Tables = field(compare=False)
    level: str = "project"
    when: datetime | None = None

    @property
    def path(self) -> str:
        return "the archive"

    @property
    def conflicts(self) -> Selection:
        """What a person should look at; gone when its reason is."""
        return Selection(self.tables, "conflict")

    @property
    def duplicates(self) -> Selection:
        """Files that are there more than once, by SOP UID or by their bytes, and what share is digested."""
        return Selection(self.tables, "duplicate")

    @property
    def history(self) -> Selection:
        """What was said, newest first."""
        return Selection(self.tables, "saying")

    def at(self, when: date | datetime | str) -> Self:
        """The archive as it was: facts and sayings until then (a date: until the end of that day)."""
        moment = _moment(when)
        return replace(self, tables=self.tables.at(moment), when=moment)

    def undo(self, seq: int | None = None) -> Said:
        """Take back what you said last (all of it, if it was about many), or the saying of that number."""
        if seq is None:
            condition = Query(
                "who = ? and not undone and verb in ('rating','sealed','entry','label','kind','tag','untag','note','merge','split')",
                (self.who,),
            )
            batch = (
                Query('"at" = (select max("at") from saying where ') + condition + Query(") and ") + condition
            )
        else:
            batch = Query("seq = ?", (seq,))
        found = rows(
            self.tables,
            f"select seq, project, about from saying where {batch.text} order by seq",
            batch.params,
        )
        if not found:
            hint = "archive.history() shows what was said"
            raise NotFound(
                "there is nothing of yours to undo" if seq is None else f"no saying {seq}", hint=hint
            )
        return undo(self.tables, [(row["seq"], Target(row["project"], row["about"])) for row in found])

    @property
    def who(self) -> str:
        """The person this archive takes you for."""
        return who(self.tables)

    def _seen(self) -> str:
        if self.when:
            return f"as it was {self.when:%Y-%m-%d %H:%M} UTC"
        loaded = self.tables.loaded.values()
        newest = max(loaded, key=lambda manifest: manifest.facts_generation, default=None)
        return f"generation {newest.facts_generation}{_ago(newest.written)}" if newest else ""

    def __repr__(self) -> str:
        return text.archive(self.who, projects(self.tables), self._seen())

    def _repr_html_(self) -> str:
        return html.archive(self.who, projects(self.tables), self._seen())


def _moment(when: date | datetime | str) -> datetime:
    """UTC, naive; a date names the end of its day, in this machine's time."""
    if isinstance(when, str):
        when = date.fromisoformat(when) if len(when) == 10 else datetime.fromisoformat(when)
    if not isinstance(when, datetime):
        when = datetime.combine(when, time.max)
    return when.astimezone(UTC).replace(tzinfo=None)


def _ago(written: Any) -> str:
    now = datetime.now(UTC).replace(tzinfo=None) if written.tzinfo is None else datetime.now(UTC)
    seconds = max(int((now - written).total_seconds()), 0)
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f" ({seconds // length} {unit} ago)"
    return f" ({seconds} s ago)"
