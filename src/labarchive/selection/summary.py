"""What a repr shows, as frozen facts: counts, the terms said, the first rows, and why there is nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labarchive.records import QUALITIES
from labarchive.selection.levels import LEVELS, Level
from labarchive.selection.queries import Query, where
from labarchive.selection.tables import Tables, rows
from labarchive.selection.terms import Term

_COMPUTED = {"scanner": "coalesce(nullif(station, ''), model) as scanner"}


@dataclass(frozen=True, slots=True)
class Counts:
    """What a set of scans amounts to."""

    subjects: int
    sessions: int
    scans: int
    bytes: int
    first: Any
    last: Any
    qualities: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """A selection in a few facts."""

    level: Level
    n: int
    counts: Counts | None
    """Of the selected scans; None for other levels."""
    said: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    left_out: int | None
    """Unreviewed ones that ``usable`` left out; None where nobody asked for usable ones."""
    without: tuple[tuple[str, int], ...]
    """For an empty selection: each term, and how many there are when it is dropped."""
    instead: tuple[tuple[str, int], ...]
    """Values that the first droppable term could have had."""


NOTHING = Counts(0, 0, 0, 0, None, None, dict.fromkeys(QUALITIES, 0))

_COUNTS = (
    "count(distinct subject_id) as subjects, count(distinct session_id) as sessions, count(*) as scans,"
    " coalesce(sum(bytes), 0)::bigint as bytes, min(acquired) as first, max(acquired) as last"
    + "".join(f", count(*) filter (quality = '{word}') as {word}" for word in QUALITIES)
)


def counts(tables: Tables, condition: Query) -> Counts:
    """Over the scans that fit ``condition``."""
    query = Query(f"select {_COUNTS} from scan where ") + condition
    return _read(rows(tables, query.text, query.params)[0])


def _read(row: dict[str, Any]) -> Counts:
    qualities: dict[str, int] = {str(word): row.pop(word) for word in QUALITIES}
    return Counts(**row, qualities=qualities)


def number(tables: Tables, level: Level, condition: Query) -> int:
    query = Query(f"select count(*) as n from {level.name} where ") + condition
    return int(rows(tables, query.text, query.params)[0]["n"])


def summarise(tables: Tables, level: Level, terms: Sequence[Term], within: Query, first: int = 3) -> Summary:
    """Ask the few questions whose answers a repr shows."""
    condition = where(level, terms, within)
    there = counts(tables, condition) if level.name == "scan" else None
    n = there.scans if there else number(tables, level, condition)
    without = _without(tables, level, terms, within) if n == 0 else ()
    return Summary(
        level,
        n,
        there,
        tuple(str(term) for term in terms),
        _first_rows(tables, level, condition, first),
        _left_out(tables, level, terms, within),
        without,
        _instead(tables, level, terms, within, without),
    )


def _first_rows(tables: Tables, level: Level, condition: Query, first: int) -> tuple[dict[str, Any], ...]:
    computed = _COMPUTED if level.name in ("scan", "session") else {}
    columns = [computed.get(column, f'"{column}"') for column in level.shown]
    if not columns:
        return ()
    query = Query(f"select {', '.join(columns)} from {level.name} where ") + condition
    return tuple(rows(tables, f"{query.text} order by {level.order} limit {first}", query.params))


def _left_out(tables: Tables, level: Level, terms: Sequence[Term], within: Query) -> int | None:
    if level.name != "scan" or not any(str(term) == "usable" for term in terms):
        return None
    others = [term for term in terms if term.word != "usable"]
    condition = where(level, others, within) + Query(" and quality = 'unreviewed'")
    return number(tables, level, condition)


def _without(
    tables: Tables, level: Level, terms: Sequence[Term], within: Query
) -> tuple[tuple[str, int], ...]:
    """How many there would be without each of the terms, most first."""
    found = []
    for dropped in terms:
        if dropped.said:
            continue  # where we are, not what was asked for
        others = [term for term in terms if term is not dropped]
        found.append((str(dropped), number(tables, level, where(level, others, within))))
    return tuple(sorted(found, key=lambda each: -each[1]))


def _instead(
    tables: Tables,
    level: Level,
    terms: Sequence[Term],
    within: Query,
    without: Sequence[tuple[str, int]],
) -> tuple[tuple[str, int], ...]:
    """The most frequent values of a term's column among the rows that dropping it would leave."""
    if not without or without[0][1] == 0:
        return ()
    dropped = next(term for term in terms if str(term) == without[0][0])
    column = dropped.word if dropped.word in level.values else None
    if column is None:
        return ()
    others = [term for term in terms if term is not dropped]
    query = Query(f"select {column} as value, count(*) as n from {level.name} where ") + where(
        level, others, within
    )
    found = rows(tables, f"{query.text} group by all order by n desc, value limit 4", query.params)
    return tuple((str(row["value"]), row["n"]) for row in found if row["value"] is not None)


@dataclass(frozen=True, slots=True)
class ProjectCounts:
    """One line of the archive's table."""

    project: str
    counts: Counts


def projects(tables: Tables) -> tuple[ProjectCounts, ...]:
    """Every project with what it holds."""
    names = [row["project"] for row in rows(tables, "select project from project order by project")]
    query = Query(f"select project, {_COUNTS} from scan where ") + where(LEVELS["scan"], ())
    found = {row.pop("project"): _read(row) for row in rows(tables, f"{query.text} group by project")}
    return tuple(ProjectCounts(name, found.get(name, NOTHING)) for name in names)


@dataclass(frozen=True, slots=True)
class KindTable:
    """Kinds by session labels: how many of each."""

    sessions: tuple[str, ...]
    kinds: tuple[tuple[str, tuple[int, ...]], ...]


def kinds(tables: Tables, condition: Query, kinds: int = 5, sessions: int = 6) -> KindTable:
    """The most frequent kinds and session labels among the scans that fit ``condition``; earliest visit first."""
    query = Query("select kind, session, count(*) as n, min(acquired) as first from scan where ") + condition
    found = rows(tables, f"{query.text} group by kind, session", query.params)
    heads = _most([(row["session"], row["n"]) for row in found], sessions)
    first = {
        head: min((str(row["first"]) for row in found if row["session"] == head), default="")
        for head in heads
    }
    heads.sort(key=lambda head: (first[head], head))
    names = _most([(row["kind"], row["n"]) for row in found], kinds)
    cells = {(row["kind"], row["session"]): row["n"] for row in found}
    return KindTable(
        tuple(str(head) for head in heads),
        tuple((str(name), tuple(cells.get((name, head), 0) for head in heads)) for name in names),
    )


def _most(pairs: Sequence[tuple[str | None, int]], limit: int) -> list[str]:
    total: dict[str, int] = {}
    for name, n in pairs:
        if name is not None:
            total[name] = total.get(name, 0) + n
    return sorted(total, key=lambda name: (-total[name], name))[:limit]
