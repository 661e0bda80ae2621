"""A project's protocol: what it plans, what of that came, and which settings are others than planned."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from labarchive.protocols import Seen, draft
from labarchive.selection import html
from labarchive.selection.amounts import columns, count, safe
from labarchive.selection.said import Said, Target, say
from labarchive.selection.tables import Tables, rows

if TYPE_CHECKING:
    import pandas as pd

GAPS = ("missed", "missing", "unusable")
"""States of what should be there and is not, or cannot be used."""
FEW = 12
"""Rows that a repr shows."""


@dataclass(frozen=True, slots=True, repr=False)
class Planned:
    """Rows of ``visit_status`` or ``deviation``: what the protocol says beside what came."""

    rows: Sequence[dict[str, Any]]
    title: str
    shown: Sequence[str] = field(repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def df(self) -> "pd.DataFrame":
        """One row each, with all columns of the view."""
        import pandas as pd

        return pd.DataFrame(self.rows)

    @property
    def _cells(self) -> list[tuple[str, ...]]:
        return [tuple(_told(row[name]) for name in self.shown) for row in self.rows[:FEW]]

    @property
    def _more(self) -> str:
        return f"and {len(self.rows) - FEW:,} more: .df()" if len(self.rows) > FEW else ""

    def __repr__(self) -> str:
        table = columns(self.shown, self._cells, [False] * len(self.shown)) if self.rows else []
        return "\n".join(filter(None, [self.title, *table, self._more]))

    def _repr_html_(self) -> str:
        body = [[safe(cell) for cell in cells] for cells in self._cells]
        shown = html.table(self.shown, [False] * len(self.shown), body) if body else ""
        return html.box(html.head(self.title, ""), shown, html.small(self._more))


def _told(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat()[:10] if isinstance(value, date) else str(value)


def protocol_text(tables: Tables, project: str) -> str:
    """The protocol as it was given last; empty where there is none."""
    found = rows(tables, "select text from protocol where project = ?", (project,))
    return str(found[0]["text"]) if found else ""


def say_protocol(tables: Tables, target: Target, text: str) -> Said:
    """Take a protocol. Raises BadInput with the place in it that is wrong."""
    return say(tables, "protocol", [target], {"text": text}, "a protocol")


def visits(tables: Tables, project: str, *, gaps: bool = False) -> Planned:
    """What each visit of each subject should have and has; ``gaps``: only what is missing, missed or unusable."""
    found = rows(
        tables,
        "select * from visit_status where project = ? order by subject, place, kind nulls last, form",
        (project,),
    )
    wanted = [row for row in found if not gaps or row["status"] in GAPS]
    planned = bool(found) or bool(protocol_text(tables, project))
    if not planned:
        title = f"{project} has no protocol; labarchive protocol {project} --draft makes one of what is there"
    elif gaps:
        title = f"{count(len(wanted), 'gap')} of {count(len(found), 'thing')} planned"
    else:
        here = sum(row["status"] not in (*GAPS, "due", "later", "undated", "withdrawn") for row in found)
        title = f"{here:,} of {count(len(found), 'thing')} planned are here"
    told = [{**row, "what": row["kind"] or row["form"]} for row in wanted]
    return Planned(told, title, ("subject", "visit", "what", "status", "due", "session"))


def deviations(tables: Tables, project: str) -> Planned:
    """Scans whose settings are not those that the protocol plans."""
    found = rows(
        tables,
        "select * from deviation where project = ? order by kind, parameter, scanner, acquired, scan_id",
        (project,),
    )
    title = f"{count(len(found), 'setting')} not as planned, of {count(len({row['scan_id'] for row in found}), 'scan')}"
    return Planned(found, title, ("kind", "parameter", "planned", "value", "verdict", "scanner", "since"))


def drafted(tables: Tables, project: str) -> str:
    """A first protocol of what is there; empty where nothing is."""
    sessions = rows(
        tables,
        """select subject_id, session_id, session, date_diff('day', min(acquired) over (partition by subject_id), acquired) as day
        from session where project = ? and not gone""",
        (project,),
    )
    scans = rows(
        tables,
        "select session_id, kind, tr, te, flip_angle, rows, columns from scan where project = ? and not gone",
        (project,),
    )
    of: dict[str, list[dict[str, Any]]] = {}
    for scan in scans:
        of.setdefault(scan["session_id"], []).append(scan)
    return draft(
        Seen(row["subject_id"], row["session"], row["day"], of.get(row["session_id"], [])) for row in sessions
    )
