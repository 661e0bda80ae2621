"""Project, Subject, Session and Scan: selections of what they hold, which also know their own row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar, cast, overload

from labarchive.errors import BadInput, NotFound
from labarchive.selection import html, text
from labarchive.selection.amounts import count, size
from labarchive.selection.levels import LEVELS
from labarchive.selection.planning import Planned, deviations, drafted, protocol_text, say_protocol, visits
from labarchive.selection.said import Said, Target, say
from labarchive.selection.selection import Selection
from labarchive.selection.summary import counts, kinds
from labarchive.selection.tables import Tables, rows
from labarchive.selection.terms import AnyOf, Term

T = TypeVar("T")


class Fact(Generic[T]):
    """A column of a thing's own row, read when it is looked at."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, thing: None, owner: type) -> "Fact[T]": ...
    @overload
    def __get__(self, thing: "Thing", owner: type) -> T: ...
    def __get__(self, thing: "Thing | None", owner: type) -> "T | Fact[T]":
        return self if thing is None else cast(T, thing.row.get(self.name))


@dataclass(frozen=True, slots=True, repr=False)
class Thing(Selection):
    """What Project, Subject, Session and Scan share."""

    id: str = ""
    own: ClassVar[str] = ""
    """The level of the row of its own."""
    holds: ClassVar[str] = ""
    """The level of what it holds."""
    _seen: dict[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, tables: Tables, row: dict[str, Any]) -> Self:
        key = LEVELS[cls.own].key
        terms = [_is("project", row["project"])]
        if cls.own != "project":
            name = (row.get("kind") if cls.own == "scan" else None) or row[LEVELS[cls.own].label]
            terms.append(_is(key, row[key], name))
        thing = cls(
            tables, cls.holds, tuple(terms), None, row["project_id"] if cls.own == "project" else row[key]
        )
        thing._seen.update(version=thing._version(row["project"]), row=row)
        return thing

    def _version(self, project: str) -> object:
        loaded = self.tables.loaded.get(project)
        return (loaded.facts_generation, loaded.journal_seq) if loaded else None

    @property
    def row(self) -> Mapping[str, Any]:
        """All columns of its own row, as they are now."""
        seen = self._seen
        version = self._version(self.project)
        if version is None or seen["version"] != version:
            column = "project_id" if self.own == "project" else LEVELS[self.own].key
            found = rows(self.tables, f"select * from {self.own} where {column} = ?", (self.id,))
            if not found:
                raise NotFound(
                    f"{self.own} {self.id} is no longer there", hint="it was merged or its project went"
                )
            seen.update(version=version, row=found[0])
        return cast(Mapping[str, Any], seen["row"])

    @property
    def project(self) -> str:
        """The project's name; like the id it stays, so nothing is asked for it."""
        return str(self._seen["row"]["project"])

    @property
    def label(self) -> str:
        return str(self.row[LEVELS[self.own].label])

    @property
    def path(self) -> str:
        """S014/baseline/T1w"""
        row = self.row
        levels = ("subject", "session", "scan")
        parts = [row.get(each) for each in levels[: levels.index(self.own) + 1]]
        if self.own == "scan":
            parts[-1] = row["kind"] or row["scan"]
        return "/".join(str(part) for part in parts if part)

    def _targets(self) -> list[Target]:
        return [Target(self.project, self.id)]

    @property
    def history(self) -> Selection:
        """What people said about it, newest first, the undone among it."""
        return Selection(self.tables, "saying", (_is("project", self.project), _is("about", self.id)))

    def _steps_here(self) -> tuple[str, ...]:
        first = self._ipython_key_completions_()[:1]
        return (*(f"[{_quoted(label)}]" for label in first), '.scans(kind="T1w")', ".scans.df()")

    def _facts(self) -> tuple[Any, Any, str]:
        scans = self.scans.condition()
        found = counts(self.tables, scans)
        amounts = [count(found.sessions, "session"), count(found.scans, "scan"), size(found.bytes)]
        if self.own == "project":
            amounts.insert(0, count(found.subjects, "subject"))
        return found, kinds(self.tables, scans), ", ".join(amounts[1 if self.own == "session" else 0 :])

    def __repr__(self) -> str:
        found, table, amounts = self._facts()
        return text.container(self.path, amounts, found, table, self._steps_here())

    def _repr_html_(self) -> str:
        found, table, amounts = self._facts()
        return html.container(self.path, amounts, found, table, self._steps_here())


def _quoted(label: str) -> str:
    return '"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is(word: str, value: str, label: str = "") -> Term:
    return Term(word, AnyOf((value,)), str(label or value))


@dataclass(frozen=True, slots=True, repr=False)
class Project(Thing):
    """A study: ``archive["tau-pet"]``. Iterate it for subjects."""

    own: ClassVar[str] = "project"
    holds: ClassVar[str] = "subject"
    project_id: ClassVar[Fact[str]] = Fact()
    created: ClassVar[Fact[datetime]] = Fact()

    @property
    def path(self) -> str:
        return str(self.project)

    @property
    def conflicts(self) -> Selection:
        """What a person should look at; gone when its reason is."""
        return Selection(self.tables, "conflict", (_is("project", self.project),))

    @property
    def duplicates(self) -> Selection:
        """Files that are there more than once, by SOP UID or by their bytes."""
        return Selection(self.tables, "duplicate", (_is("project", self.project),))

    @property
    def protocol(self) -> str:
        """What the study plans, as the text of its protocol.toml; empty where it has none."""
        return protocol_text(self.tables, self.project)

    def plan(self, protocol: str | PathLike[str]) -> Said:
        """Take a protocol.toml, or its text: what was planned before stays in the history, and an undo brings it back.

        Raises BadInput with the place in it that is wrong.
        """
        text = (
            protocol if isinstance(protocol, str) and "\n" in protocol else Path(protocol).read_text("utf-8")
        )
        return say_protocol(self.tables, Target(self.project, self.id), text)

    def draft(self) -> str:
        """A first protocol.toml made of what is there: visits as they came, usual kinds and settings."""
        return drafted(self.tables, self.project)

    def campaigns(self) -> list[dict[str, Any]]:
        """Campaigns of blind rating: name, raters, scans, how many sealed ratings, open or closed."""
        return rows(self.tables, "select name, raters, n_scans, n_sealed, open, who from campaign where project = ? order by seq", (self.project,))  # fmt: skip

    def reveal(self, name: str) -> Said:
        """Close a campaign: what is still sealed is said in the open, by whom it was said. Raises NotFound."""
        return say(self.tables, "campaign", [Target(self.project, self.id)], {"name": name, "open": False}, f"the end of {name}")  # fmt: skip

    def visits(self) -> Planned:
        """What each visit of each subject should have by the protocol, and has."""
        return visits(self.tables, self.project)

    def missing(self) -> Planned:
        """The protocol minus what came: visits missed, scans and forms missing, scans that are unusable."""
        return visits(self.tables, self.project, gaps=True)

    def deviations(self) -> Planned:
        """Scans whose settings are not as planned, and since when a scanner makes them so."""
        return deviations(self.tables, self.project)


@dataclass(frozen=True, slots=True, repr=False)
class Subject(Thing):
    """A person under study: ``tau["S014"]``. Iterate it for sessions."""

    own: ClassVar[str] = "subject"
    holds: ClassVar[str] = "session"
    subject: ClassVar[Fact[str]] = Fact()
    subject_id: ClassVar[Fact[str]] = Fact()
    tags: ClassVar[Fact[list[str]]] = Fact()

    def merge(self, other: "Subject", reason: str = "") -> Said:
        """Say that ``other`` is this person too: its sessions come here."""
        if not isinstance(other, Subject) or other.project != self.project or other.id == self.id:
            raise BadInput(
                "only another subject of the same project can be merged", hint='tau["S014"].merge(tau["S15"])'
            )
        payload = {"into": self.id, "reason": reason}
        return say(
            self.tables, "merge", [Target(other.project, other.id)], payload, f"merge into {self.label}"
        )

    def split(self, sessions: Selection, label: str = "", reason: str = "") -> Said:
        """Say that these sessions are another person's: they become a subject of their own."""
        mine = set(self.ids)
        chosen = [sessions.id] if isinstance(sessions, Session) else list(sessions.ids)
        if not chosen or not mine.issuperset(chosen):
            raise BadInput(f"those are not sessions of {self.path}", hint='s.split(s["m06"])')
        payload = {"sessions": chosen, "label": label, "reason": reason}
        return say(
            self.tables, "split", self._targets(), payload, f"split of {count(len(chosen), 'session')}"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Session(Thing):
    """A visit: ``tau["S014"]["baseline"]``. Iterate it for scans."""

    own: ClassVar[str] = "session"
    holds: ClassVar[str] = "scan"
    subject: ClassVar[Fact[str]] = Fact()
    subject_id: ClassVar[Fact[str]] = Fact()
    session: ClassVar[Fact[str]] = Fact()
    session_id: ClassVar[Fact[str]] = Fact()
    study_uid: ClassVar[Fact[str]] = Fact()
    acquired: ClassVar[Fact[datetime | None]] = Fact()
    study_description: ClassVar[Fact[str | None]] = Fact()
    institution: ClassVar[Fact[str | None]] = Fact()
    manufacturer: ClassVar[Fact[str | None]] = Fact()
    model: ClassVar[Fact[str | None]] = Fact()
    station: ClassVar[Fact[str | None]] = Fact()
    field_strength: ClassVar[Fact[float | None]] = Fact()
    tags: ClassVar[Fact[list[str]]] = Fact()


for _thing in (Project, Subject, Session):
    Selection.members[_thing.own] = _thing
