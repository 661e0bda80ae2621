"""``selection.agreement()``: how far those who rated these scans agree, and of which scans they do not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from labarchive.selection import html
from labarchive.selection.amounts import columns, count, safe
from labarchive.selection.tables import Tables, rows

if TYPE_CHECKING:
    import pandas as pd

    from labarchive.checks.agreement import Estimate, Pair
    from labarchive.selection.selection import Selection

HEADS = ("raters", "scans", "same", "kappa", "weighted", "AC2", "fail")


@dataclass(frozen=True, slots=True, repr=False)
class Agreement:
    """Each two raters with scans in common; ``disputes`` are the scans of which two say differently."""

    tables: Tables = field(compare=False)
    pairs: "Sequence[Pair]"
    disputes: Sequence[str]
    """Ids of scans."""

    def __len__(self) -> int:
        return len(self.pairs)

    def df(self) -> "pd.DataFrame":
        """One row a pair: each coefficient with its 95 % interval."""
        import pandas as pd

        names = ("percent", "kappa", "weighted", "ac2", "fail")
        made: list[dict[str, Any]] = []
        for each in self.pairs:
            row: dict[str, Any] = {"one": each.one, "other": each.other, "n": each.n}
            for name in names:
                found: Estimate = getattr(each, name)
                row |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
            made.append(row)
        return pd.DataFrame(made)

    @property
    def _title(self) -> str:
        if not self.pairs:
            return "no scan was rated by two"
        return f"{count(len(self.pairs), 'pair')} of raters, {count(len(self.disputes), 'scan')} in dispute"

    @property
    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (
                f"{each.one}, {each.other}",
                f"{each.n:,}",
                *map(_told, (each.percent, each.kappa, each.weighted, each.ac2, each.fail)),
            )
            for each in self.pairs
        ]

    def __repr__(self) -> str:
        table = columns(HEADS, self._cells, (False, *[True] * 6)) if self.pairs else []
        return "\n".join([self._title, *table])

    def _repr_html_(self) -> str:
        body = [[safe(cell) for cell in cells] for cells in self._cells]
        shown = html.table(HEADS, (False, *[True] * 6), body) if body else ""
        about = (
            "95 % intervals in .df(); fail: unusable against the rest; .disputes are the scans"
            if body
            else ""
        )
        return html.box(html.head(self._title, ""), shown, html.small(about))


def _told(found: "Estimate") -> str:
    return "–" if found.value is None else f"{found.value:.2f}"


def agreement(selection: "Selection") -> Agreement:
    """Of what each rater says now of these scans."""
    from labarchive.checks.agreement import pairs

    scans = selection.scans
    asked = scans._query("scan_id")
    found = rows(
        scans.tables,
        f"select scan_id, who, quality from rating where scan_id in ({asked.text})",
        asked.params,
    )
    said: dict[str, dict[str, str]] = {}
    words: dict[str, set[str]] = {}
    for row in found:
        said.setdefault(row["who"], {})[row["scan_id"]] = row["quality"]
        words.setdefault(row["scan_id"], set()).add(row["quality"])
    return Agreement(scans.tables, pairs(said), sorted(scan for scan, all_ in words.items() if len(all_) > 1))
