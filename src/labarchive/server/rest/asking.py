"""From a request to a question: filter words as Python's, the search language, and the columns one may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from labarchive.access import Standing
from labarchive.access.table import identifying
from labarchive.errors import Ambiguous, BadInput, NotFound
from labarchive.selection.levels import STABLE_ID, Level
from labarchive.selection.queries import Query, where
from labarchive.selection.search import pieces, terms
from labarchive.selection.terms import Term
from labarchive.selection.words import parse, word
from labarchive.server.rest.reading import Reading

OWN = frozenset(("q", "cursor", "limit", "sort", "ids", "variables", "at", "since", "wait"))
"""Words of a request that are no filters."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Rows of one level of one project, as one caller may see them."""

    reading: Reading
    project: str
    level: Level
    standing: Standing
    terms: tuple[Term, ...]

    @property
    def columns(self) -> list[str]:
        """The columns that this caller may see, in order."""
        hidden = frozenset() if self.standing.may("identify") else identifying(self.level.name)
        return [name for name in self.types if name not in hidden and name != "project_id"]

    @property
    def types(self) -> dict[str, str]:
        """column -> DuckDB type of the level's view."""
        return columns_of(self.reading, self.project, self.level.name)

    @property
    def condition(self) -> Query:
        """The SQL condition on the level's view."""
        return where(self.level, self.terms)

    def select(self, rest: Query, condition: Query | None = None) -> Query:
        """A SELECT of the visible columns of the rows that fit."""
        names = ", ".join(f'"{name}"' for name in self.columns)
        return Query(f"select {names} from {self.level.name} where ") + (condition or self.condition) + rest

    def total(self) -> int:
        """How many rows fit."""
        query = Query(f"select count(*) from {self.level.name} where ") + self.condition
        return int(self.reading.relation(query.text, query.params, self.project).fetchall()[0][0])

    def one(self, name: str) -> dict[str, Any]:
        """The row with this stable id or label. Raises NotFound, Ambiguous."""
        level = self.level
        column = level.key if STABLE_ID.match(name) or level.name == "project" else level.label
        query = self.select(Query(f" order by {level.order} limit 6"), Query(f'"{column}" = ?', (name,)))
        found = self.reading.rows(query.text, query.params, self.project)
        if not found:
            raise NotFound(f"no {level.name} {name!r} in {self.project}", hint=f"see its {level.plural}")
        if len(found) > 1:
            ids = ", ".join(str(row[level.key]) for row in found)
            raise Ambiguous(f"several {level.plural} are called {name!r}", hint=f"take one of {ids}")
        return found[0]


def columns_of(reading: Reading, project: str, view: str) -> dict[str, str]:
    """column -> DuckDB type of a public view."""
    key = (project, view)
    if key not in _COLUMNS:
        relation = reading.relation(f"select * from {view} limit 0", (), project)
        _COLUMNS[key] = dict(zip(relation.columns, map(str, relation.types), strict=True))
    return _COLUMNS[key]


_COLUMNS: dict[tuple[str, str], dict[str, str]] = {}


def asked_terms(level: Level, request: Request, q: str, standing: Standing) -> tuple[Term, ...]:
    """The filters of a request. Raises BadInput for a word or a value that is none, in ``q`` too."""
    said = [
        parse(level.name, f"{name}={value}")
        for name, value in request.query_params.multi_items()
        if name not in OWN and _is_word(name)
    ]
    wrong = next((piece for piece in pieces(level.name, q) if piece.term is None), None)
    if wrong is not None:
        raise BadInput(wrong.wrong, hint=wrong.hint)
    return allowed(level, (*said, *terms(level.name, q)), standing)


def _is_word(name: str) -> bool:
    if not name.replace("_", "").isalnum():
        raise BadInput(f"{name!r} is no filter word", hint="word=value, or q= for the search language")
    return True


def allowed(level: Level, terms: Sequence[Term], standing: Standing) -> tuple[Term, ...]:
    """The terms, none of which asks for what this caller may not see: who may not read a path may not guess it.

    Raises BadInput in the words for a filter that is not there.
    """
    if not standing.may("identify"):
        for term in terms:
            known = word(level.name, term.word)
            hidden = identifying(known.level)
            if known.column.strip('"') in hidden or (known.type == "free" and known.column in hidden):
                raise BadInput(
                    f"no filter of {level.plural} is called {term.word!r}", hint="see the columns of the rows"
                )
    return tuple(terms)
