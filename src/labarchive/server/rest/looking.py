"""What the panel looks at: the tree of sessions, facets with counts, completion, and the code for a search."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labarchive.access import Standing
from labarchive.catalogue.queries import statements_in
from labarchive.errors import BadInput, NotFound
from labarchive.selection import code
from labarchive.selection.levels import LEVELS, NESTED, Level, level_of
from labarchive.selection.queries import Query, where
from labarchive.selection.search import asked, pieces
from labarchive.selection.terms import AnyOf, Not, Term
from labarchive.selection.words import names, word
from labarchive.server.rest.asking import allowed
from labarchive.server.rest.reading import Reading

if TYPE_CHECKING:
    import duckdb

FACETS = (
    "kind",
    "session",
    "quality",
    "modality",
    "manufacturer",
    "model",
    "field_strength",
    "tags",
    "format",
)
"""Words whose values are counted, as the panel lists them."""
MOST_VALUES = 60
SCAN = LEVELS["scan"]
_SQL = statements_in(__file__, "nouns.sql")


def sql(name: str, fits: str = "true") -> str:
    """A statement of nouns.sql."""
    return _SQL[name].replace("{fits}", fits)


def about(name: str, level: Level) -> str:
    """A statement of nouns.sql about one thing of a level and what lies in it; its parameter is the thing's id."""
    within = ", ".join(LEVELS[each].key for each in NESTED[NESTED.index(level.name) :])
    return sql(name).replace("{level}", level.name).replace("{within}", within)


def fitting(q: str, standing: Standing) -> tuple[Term, ...]:
    """The terms of a search over scans that can be understood. Raises BadInput for what the caller may not ask."""
    return allowed(SCAN, [piece.term for piece in pieces("scan", q) if piece.term is not None], standing)


def tree(reading: Reading, project: str, found: Sequence[Term]) -> dict[str, Any]:
    """One row a session that has a fitting scan, as columns."""
    fits = where(SCAN, found)
    columns, total = as_columns(reading.relation(sql("tree", fits.text), fits.params, project))
    counts = reading.once(project, "conflicts", lambda: _conflicts(reading, project))
    columns["conflicts"] = [counts[session] for session in columns["session_id"]]
    columns["subject_conflicts"] = [counts[subject] for subject in columns["subject_id"]]
    return {"columns": columns, "total": total}


def as_columns(relation: "duckdb.DuckDBPyRelation") -> tuple[dict[str, list[Any]], int]:
    """An answer as columns, and how many rows it has: a third of the bytes of rows."""
    table = relation.to_arrow_table()
    return {name: table[name].to_pylist() for name in table.column_names}, table.num_rows


def _conflicts(reading: Reading, project: str) -> Counter[str]:
    """How many conflicts are about each thing or something in it."""
    return Counter(dict(reading.relation(sql("conflicts"), (), project).fetchall()))


def facets(reading: Reading, project: str, q: str, found: Sequence[Term]) -> dict[str, Any]:
    """For each facet how many scans a value would leave: the search's other terms hold, the facet's own do not."""
    fits = where(SCAN, found)
    total, sessions = reading.relation(
        f"select count(*), count(distinct session_id) from scan where {fits.text}", fits.params, project
    ).fetchall()[0]
    listed = _counted(reading, project, found)
    return {"facets": listed, "total": total, "n_sessions": sessions, "wrong": wrong(q)}


def wrong(q: str) -> list[dict[str, Any]]:
    """The terms of a search that are none: where each stands, and what would be right."""
    return [
        {
            "start": piece.start,
            "end": piece.end,
            "text": piece.text,
            "detail": piece.wrong,
            "hint": piece.hint,
        }
        for piece in pieces("scan", q)
        if piece.term is None
    ]


def _counted(reading: Reading, project: str, found: Sequence[Term]) -> list[dict[str, Any]]:
    """The values of every facet; those that no term is about are counted in one reading of the scans."""
    alike: dict[tuple[Term, ...], list[str]] = {}
    for name in FACETS:
        others = tuple(term for term in found if term.word != name or isinstance(term.test, Not))
        alike.setdefault(others, []).append(name)
    values: dict[str, list[dict[str, Any]]] = {name: [] for name in FACETS}
    for others, names_of in alike.items():
        fits = where(SCAN, others)
        rows = reading.relation(_counting(names_of, fits.text), fits.params, project).fetchall()
        for name, value, count in rows:
            values[name].append({"value": value, "count": count})
    return [{"name": name, "values": values[name]} for name in FACETS]


def _counting(facets: Sequence[str], fits: str) -> str:
    columns = ", ".join(f'"{name}"' for name in facets)
    each = " union all ".join(
        f"""select '{name}' as facet, {"unnest(tags)" if name == "tags" else f'"{name}"::varchar'} as value from fitting"""
        for name in facets
    )
    return f"""with fitting as materialized (select {columns} from scan where {fits})
        select facet, value, count(*) as n from ({each}) where value is not null and value <> '' group by facet, value
        qualify row_number() over (partition by facet order by n desc, value) <= {MOST_VALUES}
        order by facet, n desc, value"""


def suggest(reading: Reading, project: str, q: str, at: int, standing: Standing) -> dict[str, Any]:
    """What can stand at the cursor: names of words, or values of one with their counts."""
    place = asked(q, at)
    if place.word:
        items = _suggested_values(reading, project, place.word, place.begun, fitting(q, standing), standing)
    else:
        known = [name for name in names("scan") if name.startswith(place.begun.lower())][:20]
        items = [{"text": f"{name}:", "count": None, "what": "word"} for name in known]
    return {"start": place.start, "end": place.end, "items": items}


def _suggested_values(
    reading: Reading, project: str, name: str, begun: str, found: Sequence[Term], standing: Standing
) -> list[dict[str, Any]]:
    if name == "no":
        return [{"text": each, "count": None, "what": "value"} for each in ("rating", "note", "kind", "tags")]
    try:
        known = word("scan", name)
        allowed(SCAN, [Term(name, AnyOf(("",)))], standing)
    except BadInput:
        return []
    if known.type in ("flag", "usable", "outlier"):
        return [{"text": each, "count": None, "what": "value"} for each in ("true", "false")]
    if known.level != "scan" or known.type in ("number", "time", "free", "metric"):
        return []
    others = where(SCAN, [term for term in found if term.word != known.name])
    column = f"unnest({known.column})" if known.type == "list" else f"{known.column}::varchar"
    begins = Query(" where value ilike ? escape '\\'", (_begins(begun),))
    rows = reading.relation(
        f"""select value, count(*) from (select {column} as value from scan where {others.text}){begins.text}
        group by value order by 2 desc, 1 limit 20""",
        (*others.params, *begins.params),
        project,
    ).fetchall()
    return [{"text": _typed(value), "count": count, "what": "value"} for value, count in rows]


def _begins(begun: str) -> str:
    escaped = begun.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"


def _typed(value: str) -> str:
    """A value as the search language takes it."""
    return f'"{value}"' if any(letter in value for letter in ' ,"') else value


def code_for(
    reading: Reading, project: str, found: Sequence[Term], ids: Sequence[str], variables: Mapping[str, str]
) -> dict[str, Any]:
    """The smallest honest Python for a search, or for things by their ids."""
    if ids:
        text, needed = _code_of_ids(reading, project, ids, variables), []
    else:
        text, needed = code.of_terms("scan", found, project, variables), code.needs(found)
    return {"code": text, "opening": code.opening(variables), "needs": needed}


def _code_of_ids(reading: Reading, project: str, ids: Sequence[str], variables: Mapping[str, str]) -> str:
    level = LEVELS[level_of(ids[0])]
    if level.name == "project":
        return code.of_path(project, (), variables)
    if any(level_of(each) != level.name for each in ids):
        raise NotFound("these are not of one level", hint="take scans, or sessions, or subjects")
    labels = _labels(reading, project, level.name, ids[0]) if len(ids) == 1 else []
    return (
        code.of_path(project, labels, variables)
        if labels
        else code.of_ids(level.name, ids, project, variables)
    )


def _labels(reading: Reading, project: str, level: str, key: str) -> list[str]:
    """Subject, session and kind or label of a thing, where they lead to it and to nothing else."""
    levels = ("subject", "session", "scan")[: ("subject", "session", "scan").index(level) + 1]
    found = reading.rows(f"select * from {level} where {level}_id = ?", (key,), project)
    if not found:
        raise NotFound(f"no {level} {key} in {project}", hint=f"see its {LEVELS[level].plural}")
    row = found[0]
    labels = [str(row[each] or "") for each in levels]
    if level != "scan":
        return labels if all(labels) and _alone(reading, project, level, levels, labels) else []
    for column, name in (("kind", row["kind"]), ("scan", row["scan"])):
        tried = [*labels[:-1], str(name or "")]
        if all(tried) and _alone(reading, project, level, (*levels[:-1], column), tried):
            return tried
    return []


def _alone(reading: Reading, project: str, level: str, columns: Sequence[str], labels: Sequence[str]) -> bool:
    fits = where(
        LEVELS[level], [Term(name, AnyOf((label,))) for name, label in zip(columns, labels, strict=True)]
    )
    counted = reading.relation(f"select count(*) from {level} where {fits.text}", fits.params, project)
    return bool(counted.fetchall()[0][0] == 1)
