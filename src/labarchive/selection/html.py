"""What a notebook shows of a selection: inline styles that follow the host's theme, every value escaped, no script."""

from collections.abc import Mapping, Sequence

from labarchive.selection import text
from labarchive.selection.amounts import HEADS, NUMBERS, cell, count, day, safe, size, span
from labarchive.selection.summary import Counts, KindTable, ProjectCounts, Summary

_INK = "var(--jp-ui-font-color0,#111)"
_GROUND = "var(--jp-layout-color1,#fff)"
_LINE = f"color-mix(in srgb,{_INK} 13%,{_GROUND})"
_TWO = f"color-mix(in srgb,{_INK} 66%,{_GROUND})"
_ACCENT = f"color-mix(in srgb,var(--jp-brand-color1,#1976d2) 78%,{_INK})"
_QUALITY = {
    "usable": ("●", f"color-mix(in srgb,#06a07f 70%,{_INK})"),
    "questionable": ("◆", f"color-mix(in srgb,#c48a00 70%,{_INK})"),
    "unusable": ("■", f"color-mix(in srgb,#c0202a 66%,{_INK})"),
    "unreviewed": ("○", f"color-mix(in srgb,#6b7a88 70%,{_INK})"),
}
"""Shape and colour; the word stands beside them, so that without colour it still reads."""

_TABLE = "border-collapse:collapse;font-size:12px;margin:0;color:inherit"
_CELL = f"padding:3px 14px 3px 0;border-bottom:1px solid {_LINE};text-align:left;white-space:nowrap"
_NUMBER = _CELL.replace("text-align:left", "text-align:right") + ";font-variant-numeric:tabular-nums"


def box(*parts: str) -> str:
    """One bordered block, readable alone."""
    style = (
        f"border:1px solid {_LINE};border-radius:6px;padding:8px 12px;max-width:860px;color:{_INK};"
        "font:13px/18px var(--jp-ui-font-family,system-ui,sans-serif);overflow-x:auto"
    )
    return f'<div style="{style}">{"".join(part for part in parts if part)}</div>'


def head(title: str, rest: str, end: str = "") -> str:
    return (
        '<div style="display:flex;gap:8px;align-items:baseline;flex-wrap:wrap;margin-bottom:4px">'
        f'<b>{safe(title)}</b><span style="color:{_TWO}">{safe(rest)}</span><span style="flex:1"></span>{end}</div>'
    )


def small(words: str) -> str:
    return (
        f'<div style="color:{_TWO};font-size:12px;line-height:16px;padding:2px 0">{safe(words)}</div>'
        if words
        else ""
    )


def next_steps(steps: Sequence[str]) -> str:
    style = f"font:11.5px/16px var(--jp-code-font-family,monospace);color:{_ACCENT};padding-top:7px"
    return f'<div style="{style}">{safe(" · ".join(steps))}</div>'


def table(heads: Sequence[str], numbers: Sequence[bool], body: Sequence[Sequence[str]]) -> str:
    """``body`` holds finished HTML."""
    top = "".join(
        f'<th scope="col" style="{_NUMBER if number else _CELL};color:{_TWO};font-size:11px">{safe(each)}</th>'
        for each, number in zip(heads, numbers, strict=True)
    )
    lines = "".join(
        '<tr style="background:transparent">'
        + "".join(
            f'<td style="{_NUMBER if number else _CELL}">{each}</td>'
            for each, number in zip(row, numbers, strict=True)
        )
        + "</tr>"
        for row in body
    )
    return f'<table style="{_TABLE}"><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>'


def quality(word: object) -> str:
    """Shape, word, colour."""
    shape, colour = _QUALITY.get(str(word), ("", _INK))
    return f'<span style="color:{colour}" aria-hidden="true">{shape}</span> {safe(word)}'


def bar(qualities: Mapping[str, int], width: int = 90) -> str:
    """How much is usable, questionable, unusable, unreviewed; the numbers are in the label."""
    total = sum(qualities.values())
    if not total:
        return ""
    label = safe(", ".join(f"{n:,} {word}" for word, n in qualities.items()))
    parts = "".join(
        f'<span style="width:{100 * n / total:.1f}%;background:{_QUALITY[word][1]}"></span>'
        for word, n in qualities.items()
        if n and word != "unreviewed"
    )
    style = (
        f"display:inline-flex;width:{width}px;height:6px;border-radius:3px;overflow:hidden;background:{_LINE}"
    )
    return f'<span role="img" aria-label="{label}" title="{label}" style="{style}">{parts}</span>'


def selection(summary: Summary, steps: Sequence[str]) -> str:
    """A selection of rows."""
    if summary.n == 0:
        return box(
            head(text.headline(summary), ""), *(small(line.strip()) for line in text.empty(summary)[1:])
        )
    shown = summary.level.shown
    body = [[_cell(column, row.get(column)) for column in shown] for row in summary.rows]
    kept = [i for i, _ in enumerate(shown) if any(row[i] for row in body)]
    return box(
        head(text.headline(summary), _span(summary.counts), _bar_of(summary)),
        small(text.terms(summary.said)),
        table(
            [HEADS.get(shown[i], shown[i]) for i in kept],
            [shown[i] in NUMBERS for i in kept],
            [[row[i] for i in kept] for row in body],
        )
        if kept
        else "",
        small(f"{summary.n - len(body):,} more" if body and summary.n > len(body) else ""),
        small(text.left_out(summary)),
        next_steps(steps),
    )


def _span(found: Counts | None) -> str:
    return span(found.first, found.last) if found and found.first else ""


def _bar_of(summary: Summary) -> str:
    return bar(summary.counts.qualities) if summary.counts else ""


def _cell(column: str, value: object) -> str:
    if column == "quality":
        return quality(value)
    if column == "voxel":
        return safe(cell(column, value)).replace(" ", " × ")
    return safe(cell(column, value))


def archive(who: str, projects: Sequence[ProjectCounts], seen: str) -> str:
    """The archive and its projects."""
    if not projects:
        return box(
            head("Archive", f"as {who}: no projects yet"),
            next_steps(['archive.index("/path", project="a-name")']),
        )
    found = [each.counts for each in projects]
    amounts = (
        f"as {who} · {count(len(projects), 'project')} · {count(sum(each.sessions for each in found), 'session')}"
        f" · {size(sum(each.bytes for each in found))}"
    )
    body = [
        [
            safe(each.project),
            f"{each.counts.subjects:,}",
            f"{each.counts.sessions:,}",
            f"{each.counts.scans:,}",
            size(each.counts.bytes),
            bar(each.counts.qualities),
            day(each.counts.last),
        ]
        for each in projects
    ]
    heads = ("project", "subjects", "sessions", "scans", "size", "quality", "newest")
    return box(
        head("Archive", amounts, f'<span style="color:{_TWO};font-size:11px">{safe(seen)}</span>'),
        table(heads, (False, True, True, True, True, False, False), body),
        next_steps([f'archive["{projects[0].project}"]', "archive.conflicts", 'archive.sql("...")']),
    )


def container(path: str, amounts: str, found: Counts, kinds: KindTable, steps: Sequence[str]) -> str:
    """A project, a subject or a session: its kinds by visit."""
    body = [[safe(kind), *(f"{n:,}" if n else "–" for n in row)] for kind, row in kinds.kinds]
    heads = ["kind", *kinds.sessions]
    unreviewed = f"{found.qualities['unreviewed']:,} of {count(found.scans, 'scan')} unreviewed"
    return box(
        head(path, amounts, bar(found.qualities)),
        table(heads, [False] + [True] * len(kinds.sessions), body) if body else "",
        small(unreviewed if found.scans else ""),
        next_steps(steps),
    )


def card(title: str, word: str, said: str, facts: Sequence[tuple[str, str]], steps: Sequence[str]) -> str:
    """One scan."""
    more = safe(said.removeprefix(word).strip())
    name = f"color:{_TWO};padding:1px 14px 1px 0;text-align:left"
    lines = [("quality", f'{quality(word)} <span style="color:{_TWO}">{more}</span>')]
    lines += [(key, safe(value)) for key, value in facts if value]
    body = "".join(
        f'<tr style="background:transparent"><td style="{name}">{safe(key)}</td><td style="text-align:left">{value}</td></tr>'
        for key, value in lines
    )
    title = title.replace("/", " / ")
    return box(head(title, ""), f'<table style="{_TABLE}">{body}</table>', next_steps(steps))
