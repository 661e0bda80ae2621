"""Selection: a lazy, narrowing, frozen value that every verb takes. Rows are read when they are looked at."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from labarchive.errors import BadInput, NotFound
from labarchive.selection import html, lookup, mriqc, text
from labarchive.selection.agreeing import Agreement, agreement
from labarchive.selection.checking import Checks, Progress, check, in_terminal
from labarchive.selection.filling import FillPlan, planned
from labarchive.selection.levels import LEVELS, NESTED, STABLE_ID, Level, level_of, link
from labarchive.selection.mriqc import MetricsPlan
from labarchive.selection.queries import TRUE, Query, where
from labarchive.selection.said import Sayable, Target
from labarchive.selection.summary import Summary, number, summarise
from labarchive.selection.tables import Tables, only_asks, relate, rows
from labarchive.selection.terms import AnyOf, Term
from labarchive.selection.words import parse, term
from labarchive.viewer import MOST, MOST_VOLUMES, Shown, in_cell

if TYPE_CHECKING:
    import anywidget
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa


@dataclass(frozen=True, slots=True, repr=False)
class Selection(Sayable):
    """Rows of one level that fit some terms: ``tau.scans(kind="T1w", usable=True)``.

    Call it to narrow it; iterate to get projects, subjects, sessions or scans; ``df()`` for a table.
    """

    tables: Tables = field(compare=False)
    level: str
    terms: tuple[Term, ...] = ()
    within: "Selection | None" = None

    members: ClassVar[dict[str, type["Selection"]]] = {}
    """What a row of each level becomes; filled in where those classes are."""

    # narrowing ------------------------------------------------------------------------------------------
    def __call__(self, *texts: str, **words: Any) -> "Selection":
        """Narrowed by keywords, or by the command line's words: ``scans(kind="T1w")``, ``scans("kind=T1w")``.

        A list means any of; ``like("*mprage*")``, ``between(a, b)`` and ``not_(...)`` are for the rest.
        """
        said = [parse(self.level, text) for text in texts]
        said += [term(self.level, name, value) for name, value in words.items()]
        narrowed = (*self.terms, *said)
        where(self._level, narrowed)  # a value of the wrong type is found now, not at the first look
        return Selection(self.tables, self.level, narrowed, self.within)

    @property
    def projects(self) -> "Selection":
        return self.to("project")

    @property
    def subjects(self) -> "Selection":
        return self.to("subject")

    @property
    def sessions(self) -> "Selection":
        return self.to("session")

    @property
    def scans(self) -> "Selection":
        return self.to("scan")

    @property
    def files(self) -> "Selection":
        return self.to("file")

    def to(self, level: str) -> "Selection":
        """The rows of another level that belong to these."""
        if level == self.level:
            return Selection(self.tables, self.level, self.terms, self.within)
        here = LEVELS[level].links
        if self.within is None and all(each.word in here for each in self.terms):
            return Selection(self.tables, level, self.terms)
        return Selection(self.tables, level, (), self)

    def sample(self, n: int, seed: int = 0) -> "Selection":
        """``n`` of them by chance, the same for the same seed."""
        key = self._level.key
        query = self._query(key, f"md5({key} || ?), {key} limit {int(n)}", (str(seed),))
        chosen = [row[key] for row in rows(self.tables, query.text, query.params)]
        return self._only(chosen, f"sample of {n}, seed {seed}")

    def _only(self, keys: Sequence[str], said: str) -> "Selection":
        chosen = Term(self._level.key, AnyOf(tuple(keys)), said)
        return Selection(self.tables, self.level, (*self.terms, chosen), self.within)

    # looking --------------------------------------------------------------------------------------------
    @property
    def _level(self) -> Level:
        return LEVELS[self.level]

    @property
    def path(self) -> str:
        """Where this is, in words."""
        return f"these {self._level.plural}"

    @property
    def _scope(self) -> str | None:
        """The one project all rows are of, as far as the terms say."""
        for each in self.terms:
            if each.word == "project" and isinstance(each.test, AnyOf) and len(each.test.values) == 1:
                value = each.test.values[0]
                return value if isinstance(value, str) and not STABLE_ID.match(value) else None
        return self.within._scope if self.within else None

    def _inside(self) -> Query:
        if self.within is None:
            return TRUE
        outer = self.within
        column = link(self._level, outer._level)
        start = Query(f"{column} in (select {column} from {outer.level} where ")
        return start + outer.condition() + Query(")")

    def condition(self) -> Query:
        """The SQL condition on this level's view."""
        return where(self._level, self.terms, self._inside())

    def _query(self, columns: str = "*", order: str = "", params: tuple[Any, ...] = ()) -> Query:
        body = Query(f"select {columns} from {self.level} where ") + self.condition()
        return body + Query(f" order by {order or self._level.order}", params)

    def relation(self, columns: str = "*") -> "duckdb.DuckDBPyRelation":
        """The rows as a lazy DuckDB relation."""
        query = self._query(columns)
        return relate(self.tables, query.text, query.params)

    def __len__(self) -> int:
        return number(self.tables, self._level, self.condition())

    def __bool__(self) -> bool:
        return len(self) > 0

    def __iter__(self) -> Iterator[Any]:
        query = self._query()
        for row in rows(self.tables, query.text, query.params):
            yield self._member(row)

    def _member(self, row: dict[str, Any]) -> Any:
        member = self.members.get(self.level)
        return member.of(self.tables, row) if member else row

    @classmethod
    def of(cls, tables: Tables, row: dict[str, Any]) -> Self:
        """One thing of a row of its level."""
        raise NotImplementedError

    def __getitem__(self, key: str | int | slice) -> Any:
        """By label or stable id (scans: by kind, then label), by place, or a slice of them."""
        if isinstance(key, str):
            return self._named(key)
        if isinstance(key, slice):
            keys = self.ids[key]
            return self._only(keys, f"{len(keys)} of them")
        place = key if key >= 0 else len(self) + key
        query = self._query()
        found = rows(self.tables, f"{query.text} limit 1 offset {max(place, 0)}", query.params)
        if not found or place < 0:
            raise NotFound(f"there is no {self.level} {key} in {self.path}", hint=f"it has {len(self):,}")
        return self._member(found[0])

    def _named(self, key: str) -> Any:
        if not STABLE_ID.match(key):
            return self._member(lookup.by_label(self.tables, self._level, self.condition(), key, self.path))
        selected = self.to(level_of(key))
        if selected.level in ("scan", "session"):  # an id answers although its files are gone
            selected = selected(gone=[True, False])
        row = lookup.by_id(self.tables, selected._level, selected.condition(), key, self.path)
        return selected._member(row)

    def _ipython_key_completions_(self) -> list[str]:
        return lookup.labels(self.tables, self._level, self.condition())

    # tables ---------------------------------------------------------------------------------------------
    @property
    def ids(self) -> list[Any]:
        """The stable ids, in the order of iteration."""
        key = self._level.key
        query = self._query(key)
        return [row[key] for row in rows(self.tables, query.text, query.params)]

    def df(self) -> "pd.DataFrame":
        """A pandas table, a row each."""
        return cast("pd.DataFrame", with_extra(self.relation().df))

    def arrow(self) -> "pa.Table":
        """A pyarrow table, a row each."""
        return cast("pa.Table", self.relation().to_arrow_table())

    def pl(self) -> "pl.DataFrame":
        """A polars table, a row each."""
        return cast("pl.DataFrame", with_extra(self.relation().pl))

    def sql(self, query: str, *params: Any) -> "duckdb.DuckDBPyRelation":
        """Your own question to the views, which hold only this project's rows; ``?`` stands for a parameter.

        >>> tau.sql("select subject, count(*) from scan group by all")  # doctest: +SKIP
        """
        only_asks(query)
        return relate(self.tables, query, params, self._scope)

    def _targets(self) -> list[Target]:
        if self.level not in NESTED:
            raise BadInput(
                f"nothing can be said about {self._level.plural}", hint="say it about their .scans"
            )
        key = "project_id" if self.level == "project" else self._level.key
        query = self._query(f"project, {key}")
        return [Target(row["project"], row[key]) for row in rows(self.tables, query.text, query.params)]

    _members = _targets

    def fill_from(self, path: str | os.PathLike[str], form: str = "variables") -> FillPlan:
        """What a CSV (or a REDCap export) would say of these: a Plan, with what is wrong by cell; ``apply()`` says all of it.

        A row is of one thing: by the columns ``subject`` (and ``session``), or its stable id; the other columns are items of the
        form, with codes, words of choices, or a code for what is missing. Raises NotFound, and BadInput for a file that
        is no table.
        """
        return planned(self, Path(path), self.tables.form(form))

    def check(self, *, again: bool = False, progress: Progress | None = None) -> Checks:
        """Measure the quality of these scans where that was not done yet, and say which depart from the others.

        What was measured is kept in the archive (``metric`` and ``outlier`` in SQL) and is not measured again unless the
        files changed, or ``again``; stop it at any time, and it goes on from there. Others are scans of the same
        kind and scanner. Behind a hub the service measures. Raises BadInput where scipy is not installed.
        """
        return check(self, again=again, progress=progress or in_terminal)

    def agreement(self) -> Agreement:
        """How far those who rated these scans agree: of each pair percent, kappa, weighted kappa, AC2, fail against the rest.

        Of what each says now; with 95 % intervals in ``df()``, and the scans in dispute.
        """
        return agreement(self)

    def import_mriqc(self, folder: str | os.PathLike[str]) -> MetricsPlan:
        """A plan to keep what MRIQC measured of these scans: its output folder, or one of its ``group_*.tsv``.

        Images are found by their BIDS names. Raises NotFound where nothing lies, BadInput for several projects.
        """
        return mriqc.planned(self, Path(folder))

    # showing --------------------------------------------------------------------------------------------
    def view(
        self,
        columns: int = 3,
        *,
        over: "Selection | None" = None,
        beside: bool = False,
        engine: str = "",
    ) -> "anywidget.AnyWidget":
        """Mosaics of these scans in a cell, ``columns`` beside each other; a click opens a volume in three linked planes.

        ``over``: one scan, over which these are laid: masks, label maps, statistical maps, resampled by their affines.
        ``beside``: the volumes side by side, linked in place, window and enlargement; up to four.
        ``engine``: ``"itk"`` shows one image in itk-vtk-viewer instead, in LPS, with these as regions over it if ``over`` is given.
        Radiological (R at the left), RAS mm. Raises BadInput for no scan, for more than can be seen at once, and
        outside Jupyter's own packages.
        """
        if self.level != "scan":
            return self.scans.view(columns, over=over, beside=beside, engine=engine)
        if not 1 <= columns <= 12:
            raise BadInput(f"{columns} columns", hint="1 to 12")
        if engine not in ("", "itk"):
            raise BadInput(f"no engine {engine!r}", hint='engine="itk", or none')
        found = self._shown()
        if over is None and not beside and not engine:
            return in_cell(found[:MOST], max(0, len(found) - MOST), min(columns, len(found)))
        below = [] if over is None else (over if over.level == "scan" else over.scans)._shown()
        if over is not None and (beside or len(below) != 1):
            raise BadInput("scans are laid over one scan", hint="view(over=one scan), or view(beside=True)")
        found = below + [scan for scan in found if scan not in below]
        if engine and (beside or len(found) != 1 + len(below)):
            raise BadInput("itk shows one image, and one of regions over it", hint="narrow, or sample(1)")
        if len(found) > MOST_VOLUMES:
            raise BadInput(
                f"{len(found)} volumes at once", hint=f"up to {MOST_VOLUMES}: narrow, or sample(n)"
            )
        return in_cell(found, manner="itk" if engine else "beside" if beside else "over")

    def _shown(self) -> list[Shown]:
        """Raises BadInput for no scan."""
        query = self._query(
            "project, scan_id, subject, session, coalesce(kind, scan) as name, quality, modality, format"
        )
        found = rows(self.tables, query.text, query.params)
        if not found:
            raise BadInput("there is no scan to look at", hint="narrow less")
        return [
            Shown(
                row["project"],
                row["scan_id"],
                _path(row),
                row["quality"],
                row["modality"] or "",
                row["format"] or "",
            )
            for row in found
        ]

    def _summary(self) -> Summary:
        return summarise(self.tables, self._level, self.terms, self._inside())

    @property
    def _steps(self) -> tuple[str, ...]:
        if self.level == "scan":
            return (".df()", ".sample(6)", ".view()", "[0].load()", '.rate("usable")')
        if self.level in NESTED:
            return (".df()", ".scans", "[0]")
        return (".df()", "[0]")

    def __repr__(self) -> str:
        return text.selection(self._summary(), self._steps)

    def _repr_html_(self) -> str:
        return html.selection(self._summary(), self._steps)


def _path(row: Any) -> str:
    return "/".join(str(row[each]) for each in ("subject", "session", "name") if row[each])


def with_extra(convert: Any) -> Any:
    """What a table library gives; says how to get it when it is missing."""
    try:
        return convert()
    except ModuleNotFoundError as missing:
        raise BadInput(f"{missing.name} is not installed", hint="pip install 'labarchive[df]'") from None
