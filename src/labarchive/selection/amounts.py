"""Numbers, dates and odd text as people read them: 31 GB, 1,610 scans, 2026-01-14."""

import html
import json
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

COLUMNS = 72
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def plain(value: object) -> str:
    """Text that cannot move a terminal's cursor or turn a line around."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", "" if value is None else str(value))


def safe(value: object) -> str:
    """Text for HTML."""
    return html.escape(plain(value), quote=True)


def cut(value: object, width: int) -> str:
    text = plain(value)
    return text if len(text) <= width else text[: max(width - 3, 1)] + "..."


def count(number: int, noun: str) -> str:
    """
    >>> count(1, "scan"), count(1610, "scan")
    ('1 scan', '1,610 scans')
    """
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def size(number: float | None) -> str:
    """Bytes at three figures at most.

    >>> size(31_234_567_890), size(1_720_000_000_000), size(980)
    ('31 GB', '1.7 TB', '980 B')
    """
    amount = float(number or 0)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 999.5 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.1f} {unit}" if amount < 9.95 and unit != "B" else f"{amount:,.0f} {unit}"


def day(moment: object) -> str:
    return moment.isoformat()[:10] if isinstance(moment, date | datetime) else ""


def span(low: object, high: object) -> str:
    """One day, or from one to another."""
    first, last = day(low), day(high)
    return first if first == last else f"{first} to {last}"


def figure(number: object) -> str:
    """
    >>> figure(2300.0), figure(2.98), figure(None)
    ('2,300', '2.98', '')
    """
    if number is None:
        return ""
    value = float(number)  # type: ignore[arg-type]
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def seconds(milliseconds: object) -> str:
    return "" if milliseconds is None else f"{float(milliseconds) / 1000:.2f}"  # type: ignore[arg-type]


def edges(voxel: Sequence[float | None] | None, cross: str = " ") -> str:
    """A voxel's edges in mm.

    >>> edges([1.0, 1.0, 1.25], " x ")
    '1.0 x 1.0 x 1.25'
    """
    if not voxel:
        return ""
    return cross.join("?" if edge is None else re.sub(r"(\.\d+?)0+$", r"\1", f"{edge:.2f}") for edge in voxel)


def cell(column: str, value: Any) -> str:
    """A value of a column as a repr shows it."""
    if value is None:
        return ""
    shown = _CELLS.get(column)
    if shown:
        return shown(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return figure(value)
    return f"{value:,}" if isinstance(value, int) and column != "seq" else plain(value)


def _payload(value: Any) -> str:
    said = json.loads(value) if isinstance(value, str) else value
    if not isinstance(said, dict):
        return plain(said)
    return ", ".join(plain(each) for name, each in said.items() if each and name != "key")


_CELLS: dict[str, Callable[[Any], str]] = {
    "payload": _payload,
    "bytes": size,
    "acquired": day,
    "since": day,
    "created": day,
    "tr": seconds,
    "voxel": edges,
}
HEADS = {"tr": "TR s", "voxel": "voxel mm", "bytes": "size", "n_scans": "scans", "n_sessions": "sessions"}
NUMBERS = {"tr", "bytes", "n_scans", "n_sessions", "n", "seq"}


def columns(heads: Sequence[str], cells: Sequence[Sequence[str]], numbers: Sequence[bool]) -> list[str]:
    """Aligned lines of text, the heads first; what does not fit into 72 columns is left out from the right."""
    table = [[*heads], *[[cut(each, 32) for each in row] for row in cells]]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    while len(widths) > 1 and sum(widths) + 2 * len(widths) > COLUMNS:
        widths.pop()
    lines = []
    for row in table:
        parts = [
            each.rjust(width) if number else each.ljust(width)
            for each, width, number in zip(row, widths, numbers, strict=False)
        ]
        lines.append(cut(("  " + "  ".join(parts)).rstrip(), COLUMNS))
    return lines
