"""Blind rating: while a campaign is open, what one rater says of a scan is in no table, snapshot or feed until all have said theirs.

A rating of such a scan stands in the journal as ``sealed``: who, of what and when are told, what is said is not. With the last of the
raters, or when the campaign is closed, all of them are said as the ratings that they are.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from labarchive.catalogue.journal import Draft, Event
from labarchive.catalogue.sql import query
from labarchive.errors import BadInput, NotFound
from labarchive.records import Saying

if TYPE_CHECKING:
    from labarchive.catalogue.owner import Catalogue

FEWEST, MOST = 2, 10
"""Raters of a campaign."""
SCANS = 50_000


@dataclass(slots=True)
class Campaign:
    """Scans that ``raters`` people rate without seeing each other's."""

    name: str
    scans: frozenset[str]
    raters: int
    open: bool
    seq: int
    """Its number in the journal."""


@dataclass(frozen=True, slots=True)
class Held:
    """A sealed rating: its number in the journal, and what was said."""

    seq: int
    door: str
    payload: Mapping[str, Any]


@dataclass(slots=True)
class _Project:
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    held: dict[str, dict[str, Held]] = field(default_factory=dict)
    """scan -> rater -> what they said"""
    opened: dict[int, int] = field(default_factory=dict)
    """number of a sealed rating -> number under which it was said in the open"""
    done: dict[str, int] = field(default_factory=dict)
    """Scan -> number under which all had said theirs: what is said of it from then on is said in the open."""
    swept: bool = False
    """What was complete when an owner died is in the open."""


class Sealed:
    """What is sealed in an archive; every method is called with the lock of sayings."""

    def __init__(self, catalogue: "Catalogue") -> None:
        self._catalogue = catalogue
        self._projects: dict[str, _Project] = {}

    def forget(self) -> None:
        """Look again: something sealed may have been taken back."""
        self._projects = {name: state for name, state in self._projects.items() if not state.campaigns}

    def mine(self, project: str, who: str) -> dict[str, Held]:
        """Scan -> what this person has said of it and nobody else is told."""
        held = self._of(project).held
        return {scan: by[who] for scan, by in held.items() if who in by}

    def waiting(self, project: str) -> dict[str, int]:
        """Scan -> by how many it is rated, and not in the open yet."""
        return {scan: len(by) for scan, by in self._of(project).held.items() if by}

    def blind(self, project: str) -> set[str]:
        """Scans of open campaigns of which not all have said theirs."""
        state = self._of(project)
        scans = {scan for each in state.campaigns.values() if each.open for scan in each.scans}
        return {scan for scan in scans if _sealing(state, scan)}

    def campaigns(self, project: str) -> list[Campaign]:
        return list(self._of(project).campaigns.values())

    def sealed(self, draft: Draft) -> Draft:
        """The draft as the journal takes it: a rating of a scan in an open campaign is sealed."""
        if (
            draft.verb != "rating"
            or draft.payload.get("settles")
            or not self._open(draft.project, draft.about)
        ):
            return draft
        return replace(draft, verb="sealed", payload={"sealed": dict(draft.payload)})

    def redirected(self, saying: Saying) -> Saying:
        """An undo of what was sealed and is in the open by now is one of the open rating."""
        text = str(saying.payload.get("seq", saying.about))
        if saying.verb != "undo" or not text.isdecimal():
            return saying
        opened = self._of(saying.project).opened.get(int(text))
        return saying if opened is None else replace(saying, payload={**saying.payload, "seq": opened})

    def took(self, events: Sequence[Event]) -> list[Draft]:
        """Remember what was just written; the drafts of what is to be said in the open now."""
        due: list[Draft] = []
        for event in events:
            payload = event.payload or {}
            if event.verb in ("campaign", "sealed"):
                due += self._left_over(event.project)
            if event.verb == "campaign":
                state = self._of(event.project)
                campaign = _campaign(payload, event.seq)
                state.campaigns[campaign.name] = campaign
                if not campaign.open:
                    due += self._opening(event.project, (scan for scan in campaign.scans if not self._open(event.project, scan)))  # fmt: skip
            elif event.verb == "sealed":
                state = self._of(event.project)
                state.held.setdefault(event.about, {})[event.who] = Held(
                    event.seq, event.door, payload["sealed"]
                )
                if len(state.held[event.about]) >= _needed(state, event.about):
                    due += self._opening(event.project, [event.about])
            elif event.verb == "rating" and "sealed" in payload:
                state = self._of(event.project)
                state.opened[int(payload["sealed"])] = event.seq
                state.done[event.about] = event.seq
                state.held.get(event.about, {}).pop(event.who, None)
        return due

    def _left_over(self, project: str) -> list[Draft]:
        state = self._of(project)
        if state.swept:
            return []
        state.swept = True
        ready = [scan for scan, by in state.held.items() if len(by) >= _needed(state, scan)]
        return self._opening(project, ready)

    def _opening(self, project: str, scans: Iterable[str]) -> list[Draft]:
        held = self._of(project).held
        drafts = []
        for scan in scans:
            for who, said in sorted(held.pop(scan, {}).items(), key=lambda each: each[1].seq):
                drafts.append(
                    Draft("rating", project, scan, {**said.payload, "sealed": said.seq}, said.door, who)
                )
        return drafts

    def _open(self, project: str, scan: str) -> bool:
        return bool(_sealing(self._of(project), scan))

    def _of(self, project: str) -> _Project:
        if project not in self._projects:
            self._projects[project] = self._read(project)
        return self._projects[project]

    def _read(self, project: str) -> _Project:
        """From tables and journal, as at the owner's start."""
        catalogue = self._catalogue
        catalogue.scribe.catch_up()
        project_id = catalogue.project_id(project)
        state = _Project()
        with catalogue.store.reading() as cursor:
            rows = query(cursor, "select payload, seq from saying_fact where project_id = $id and verb = 'campaign' order by seq", id=project_id)  # fmt: skip
            if not rows:
                return state
            sealed = query(cursor, _SEALED, id=project_id)
            opened = query(cursor, _OPENED, id=project_id)
        for payload, seq in rows:
            if payload:
                campaign = _campaign(json.loads(payload), seq)
                state.campaigns[campaign.name] = campaign
        state.opened = {int(seq): int(rating) for rating, seq, _ in opened}
        state.done = {about: int(rating) for rating, _, about in sorted(opened)}
        wanted = {seq for (seq,) in sealed} - state.opened.keys()
        events = catalogue.journal.newest(min(wanted) - 1, [b'"sealed"']) if wanted else ()
        for event in events:
            if event.seq in wanted and event.verb == "sealed" and event.payload:
                held = state.held.setdefault(event.about, {})
                held.setdefault(
                    event.who, Held(event.seq, event.door, event.payload["sealed"])
                )  # the newest stands
        return state


def _sealing(state: _Project, scan: str) -> list[Campaign]:
    """The open campaigns in which not all have said theirs of this scan."""
    of = [each for each in state.campaigns.values() if each.open and scan in each.scans]
    return [each for each in of if state.done.get(scan, 0) < each.seq]


def _needed(state: _Project, scan: str) -> int:
    """Raters that a scan waits for; 0 where none is waited for any more."""
    return max((each.raters for each in _sealing(state, scan)), default=0)


_SEALED = """with recursive undone as (
    select s.seq, s.undoes[len(s.undoes)] as target, s.undoes[1] as root, len(s.undoes) as depth from saying_fact s
    where s.project_id = $id and s.undoes is not null
)
select seq from saying_fact f where project_id = $id and verb = 'sealed'
and coalesce((select arg_max(depth % 2 = 0, u.seq) from undone u where u.root = f.seq), true)"""
"""A chain of undos that ends with an odd one has taken it back."""
_OPENED = """select seq, (payload::json->>'sealed')::bigint, about from saying_fact
where project_id = $id and verb = 'rating' and payload like '%"sealed"%' and payload::json->>'sealed' is not null"""


def _campaign(payload: Mapping[str, Any], seq: int) -> Campaign:
    scans = frozenset(payload["scans"])
    return Campaign(str(payload["name"]), scans, int(payload["raters"]), bool(payload["open"]), seq)


def campaigned(payload: Mapping[str, Any], known: Sequence[Campaign], there: Iterable[str]) -> dict[str, Any]:
    """The words of a campaign as they will stand. Raises BadInput, NotFound.

    ``{"name", "scans", "raters"}`` opens one, ``{"name", "open": false}`` closes it.
    """
    name, before = payload["name"], next((each for each in known if each.name == payload["name"]), None)
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 100:
        raise BadInput(f"{name!r} cannot name a campaign", hint="up to 100 characters")
    if payload.get("open") is False:
        if before is None or not before.open:
            raise NotFound(f"no open campaign {name!r}", hint="campaigns() lists them")
        return {"name": name, "scans": sorted(before.scans), "raters": before.raters, "open": False}
    if before is not None and before.open:
        raise BadInput(f"the campaign {name!r} is open already", hint="close it, or give another name")
    scans, raters = payload.get("scans"), payload.get("raters", FEWEST)
    if not isinstance(raters, int) or isinstance(raters, bool) or not FEWEST <= raters <= MOST:
        raise BadInput(f"{raters!r} raters", hint=f"{FEWEST} to {MOST}")
    if (
        not isinstance(scans, list)
        or not scans
        or len(scans) > SCANS
        or not all(isinstance(each, str) for each in scans)
    ):
        raise BadInput("a campaign has scans", hint=f"scans: a list of up to {SCANS:,} ids")
    if strange := set(scans) - set(there):
        raise NotFound(f"no scan {min(strange)} in this project", hint="see the view scan")
    return {"name": name, "scans": sorted(set(scans)), "raters": raters, "open": True}
