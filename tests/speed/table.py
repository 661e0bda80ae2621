"""The one table of a bench run: what was measured, beside what, and how many times better."""

import sys
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """One line. ``ratio`` is ours over the yardstick's (or under it, where less is better) by the clock.

    ``cpu`` is the same by CPU time, which others at work on the machine disturb less.
    """

    what: str
    ours: str
    beside: str = ""
    ratio: float | None = None
    cpu: float | None = None
    reach: str = ""
    """What issue 3 asks for; printed, never asserted."""
    remark: str = ""

    def cells(self) -> tuple[str, ...]:
        ratios = ("" if ratio is None else f"{ratio:.1f}x" for ratio in (self.ratio, self.cpu))
        return (self.what, self.ours, self.beside, *ratios, self.reach, self.remark)


HEAD = ("what", "ours", "beside", "ratio", "by CPU", "reach", "remark")


@dataclass(slots=True)
class Table:
    """Rows as they come; each is told on stderr at once, all are printed at the end."""

    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        self.rows.append(row)
        print("  ".join(cell for cell in row.cells() if cell), file=sys.stderr, flush=True)

    def skip(self, what: str, why: object) -> None:
        self.add(Row(what, "skipped", remark=str(why)))

    def __str__(self) -> str:
        """A table that reads in a terminal and in Markdown."""
        lines = [HEAD, *(row.cells() for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
        shown = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
        return "\n".join([shown[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *shown[1:]])


def rate(files: float, seconds: float) -> str:
    return f"{files / seconds:,.0f} files/s"
