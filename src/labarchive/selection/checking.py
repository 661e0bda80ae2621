"""``selection.check()``: what is not measured yet is measured, and who departs from the others is named."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from labarchive import checks
from labarchive.errors import Busy
from labarchive.images import ImageFile
from labarchive.metrics.table import TOOL, VERSION
from labarchive.selection import html
from labarchive.selection.amounts import columns, count, safe
from labarchive.selection.tables import Tables, rows

if TYPE_CHECKING:
    import pandas as pd

    from labarchive.selection.selection import Selection

HEADS = ("scan", "measure", "value", "usual", "z")
LATEST = 5.0
"""Seconds after which what was measured is kept."""
LOOK = 1.0
"""Seconds between looks at how far a service is."""
PATIENCE = 600.0
"""Seconds without anything new after which a service is not waited for any more."""
Progress = Callable[[int, int], None]
"""Told of scans measured, and of all that are to be."""


@dataclass(frozen=True, slots=True, repr=False)
class Checks:
    """What was found: how many scans are measured, which depart, which cannot be measured."""

    tables: Tables = field(repr=False)
    ids: Sequence[str] = field(repr=False)
    measured: int
    """Measured now; the others were before."""
    problems: dict[str, str] = field(repr=False)
    """scan_id -> why it cannot be measured."""
    outliers: list[dict[str, Any]] = field(repr=False)
    """Scans that depart from the others of their kind and scanner, the worst measure of each first."""

    def df(self) -> "pd.DataFrame":
        """One row a measure in which a scan departs: scan, metric, value, middle, z."""
        import pandas as pd

        return pd.DataFrame(self.outliers)

    def metrics(self) -> "pd.DataFrame":
        """Everything that was measured of these scans, one row a scan, one column a measure."""
        query = """pivot (select scan.project, subject, session, m.scan, scan_id, metric, value from metric m
            join scan using (scan_id) where scan_id in (select unnest($1)) and metric <> 'measured')
            on metric using first(value) order by all"""
        found: pd.DataFrame = self.tables.sql(query.replace("$1", _listed(self.ids))).df()
        return found

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "scans": len(self.ids), "measured": self.measured, "outliers": self.outliers,
            "problems": self.problems,
        }  # fmt: skip

    def __len__(self) -> int:
        return len({row["scan_id"] for row in self.outliers})

    @property
    def _title(self) -> str:
        departing = f"{count(len(self), 'scan')} {'departs' if len(self) == 1 else 'depart'}"
        return f"{count(len(self.ids), 'scan')} checked: {departing} from the others of the kind and scanner"

    @property
    def _more(self) -> str:
        return (
            f"{count(len(self.problems), 'scan')} cannot be measured: .problems says why"
            if self.problems
            else ""
        )

    @property
    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (
                "/".join(str(row[name]) for name in ("subject", "session", "name") if row[name]),
                row["metric"], f"{row['value']:.4g} {row['unit']}".strip(), f"{row['middle']:.4g}", f"{row['z']:+.1f}",
            )
            for row in self.outliers[:20]
        ]  # fmt: skip

    def __repr__(self) -> str:
        table = columns(HEADS, self._cells, (False, False, True, True, True)) if self.outliers else []
        rest = len(self.outliers) - 20
        return "\n".join(
            [
                self._title,
                *table,
                *([f"{rest} more in .df()"] if rest > 0 else []),
                *filter(None, [self._more]),
            ]
        )

    def _repr_html_(self) -> str:
        body = [[safe(cell) for cell in cells] for cells in self._cells]
        shown = html.table(HEADS, (False, False, True, True, True), body) if body else ""
        return html.box(html.head(self._title, ""), shown, html.small(self._more))


def check(selection: "Selection", *, again: bool, progress: Progress | None) -> Checks:
    """Measure what is not, keep it in the archive, and say who departs. Raises BadInput where nothing can measure."""
    scans = selection.scans
    asked = scans._query("distinct project")
    found = rows(scans.tables, asked.text, asked.params)
    measured, problems = 0, dict[str, str]()
    for project in sorted(row["project"] for row in found):
        ids = scans(project=project).ids
        since = rows(scans.tables, LAST, (), project)[0]["last"] if again else None
        if scans.tables.measure(project, ids, again=again):
            measured += _waited(scans.tables, project, ids, since, progress)
        else:
            n, wrong = _measured(scans.tables, project, ids, again, progress)
            measured += n
            problems |= wrong
    scans.tables.refresh()
    ids = scans.ids
    outliers = rows(scans.tables, OUTLIERS.replace("$1", _listed(ids)))
    return Checks(scans.tables, ids, measured, problems, outliers)


OUTLIERS = """select o.project, c.subject, c.session, coalesce(c.kind, c.scan) as name, o.scan_id, o.metric, o.value, o.unit, o.middle,
    o.z, o.n, o.scanner
from outlier o join scan c using (scan_id) where o.scan_id in (select unnest($1))
order by max(abs(o.z)) over (partition by o.scan_id) desc, o.scan_id, abs(o.z) desc"""


LAST = "select max(taken) as last from metric"


def _listed(ids: Sequence[str]) -> str:
    """Ids are the archive's own: letters, digits and underscores."""
    return "[" + ", ".join(f"'{each}'" for each in ids if each.replace("_", "").isalnum()) + "]::varchar[]"


def _measured(
    tables: Tables, project: str, ids: Sequence[str], again: bool, progress: Progress | None
) -> tuple[int, dict[str, str]]:
    """In processes of this machine; what is measured is kept on the way, so that nothing is measured twice."""
    known = (
        {}
        if again
        else tables.owner.do("contents", project=project, tool=TOOL, version=str(VERSION))["contents"]
    )
    waiting = list(_waiting(tables, project, ids, known))
    problems: dict[str, str] = {}
    if not waiting:
        return 0, problems
    kept = checks.Kept(partial(_keep, tables), LATEST)
    done = 0
    for scan, found, problem in checks.measured_scans(waiting, min(checks.hands(), len(waiting))):
        done += 1
        kept.add(project, scan, found)
        if problem:
            problems[scan.scan_id] = problem
        if progress:
            progress(done, len(waiting))
    kept.write()
    return done, problems


def _keep(tables: Tables, project: str, measures: list[dict[str, Any]], seen: list[dict[str, str]]) -> None:
    tables.owner.do("measured", project=project, rows=measures, seen=seen)


def _waiting(
    tables: Tables, project: str, ids: Sequence[str], known: dict[str, str]
) -> Iterator[checks.Scan]:
    query = """select c.scan_id, coalesce(c.kind, '') as kind, coalesce(c.modality, '') as modality from scan c
        where not c.gone and c.scan_id in (select unnest($1)) order by acquired desc nulls last"""
    for row in rows(tables, query.replace("$1", _listed(ids)), (), project):
        files = rows(
            tables, "select * from file where scan_id = ? and status = 'ok'", (row["scan_id"],), project
        )
        content = checks.content_of(files)
        if files and known.get(row["scan_id"]) != content:
            at_hand = tables.at_hand(project, row["scan_id"], files)
            yield checks.Scan(
                row["scan_id"],
                row["kind"],
                row["modality"],
                [ImageFile.from_row(each) for each in at_hand],
                content,
            )


def _waited(
    tables: Tables, project: str, ids: Sequence[str], since: datetime | None, progress: Progress | None
) -> int:
    """Until the service has measured them, after ``since``; how many that were. Raises Busy when nothing comes for long."""
    later = "" if since is None else " and taken > $1"
    query = f"""select count(distinct scan_id) as n from metric where metric = 'measured'
        and scan_id in (select unnest({_listed(ids)})){later}"""
    given = () if since is None else (since,)
    tables.refresh()
    begun = done = rows(tables, query, given, project)[0]["n"]
    last = time.monotonic()
    while done < len(ids):
        if time.monotonic() - last > PATIENCE:
            raise Busy(
                "the service does not come to measure", hint="what it has measured is kept: check again"
            )
        time.sleep(LOOK)
        tables.refresh()
        now = rows(tables, query, given, project)[0]["n"]
        if now > done:
            done, last = now, time.monotonic()
            if progress:
                progress(done - begun, len(ids) - begun)
    return int(done - begun)


def in_terminal(done: int, all_: int) -> None:
    """One line where somebody looks."""
    if sys.stderr.isatty():
        end = "\n" if done == all_ else ""
        sys.stderr.write(f"\r\033[K{done:,} of {all_:,} scans measured{end}")
        sys.stderr.flush()
