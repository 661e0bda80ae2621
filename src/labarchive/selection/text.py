"""What a terminal shows of a selection: at most 72 columns and 8 lines, the next step last."""

from collections.abc import Sequence

from labarchive.selection.amounts import COLUMNS, HEADS, NUMBERS, cell, columns, count, cut, size
from labarchive.selection.levels import NESTED
from labarchive.selection.summary import Counts, KindTable, ProjectCounts, Summary


def lines(*parts: str) -> str:
    return "\n".join(cut(part, COLUMNS) for part in parts if part)


def headline(summary: Summary) -> str:
    """148 scans, 74 subjects, 31 GB"""
    level = summary.level
    amount = f"{summary.n:,} {level.plural if summary.n != 1 else level.plural.removesuffix('s')}"
    if summary.n == 0:
        return f"no {level.plural}"
    if summary.counts is None:
        return amount
    return f"{amount}, {count(summary.counts.subjects, 'subject')}, {size(summary.counts.bytes)}"


def terms(said: Sequence[str]) -> str:
    return f"where {', '.join(said)}" if said else ""


def left_out(summary: Summary) -> str:
    if summary.left_out is None:
        return ""
    return f"{summary.n:,} usable, {summary.left_out:,} unreviewed left out"


def selection(summary: Summary, steps: Sequence[str]) -> str:
    """A selection of rows."""
    if summary.n == 0:
        return lines(*empty(summary))
    shown = summary.rows[: 2 if summary.left_out is not None else 3]
    more = f"  ... {summary.n - len(shown):,} more" if summary.n > len(shown) else ""
    return lines(
        headline(summary),
        terms(summary.said),
        *_table(summary, len(shown)),
        more,
        left_out(summary),
        f"next: {'  '.join(steps)}",
    )


def _table(summary: Summary, first: int) -> list[str]:
    shown = summary.level.shown
    if not shown:
        return []
    cells = [[cell(column, row.get(column)) for column in shown] for row in summary.rows[:first]]
    kept = [i for i, _ in enumerate(shown) if any(row[i] for row in cells)]
    return columns(
        [HEADS.get(shown[i], shown[i]) for i in kept],
        [[row[i] for i in kept] for row in cells],
        [shown[i] in NUMBERS for i in kept],
    )


def empty(summary: Summary) -> list[str]:
    """Why there is nothing, and the way out."""
    said = [headline(summary), terms(summary.said)]
    if not summary.said and summary.level.name not in NESTED:
        return said[:1]
    if not summary.said:
        return [said[0], 'next: archive.index("/path/of/a/study", project="a-name")']
    helps = [(term, n) for term, n in summary.without if n]
    width = max((len(term) for term, _ in helps), default=0)
    said += [f"  without {term.ljust(width)}  {n:,} {summary.level.plural}" for term, n in helps[:3]]
    if summary.left_out:
        said.append(left_out(summary))
    if summary.instead:
        said.append(f"there is {', '.join(f'{value} ({n:,})' for value, n in summary.instead)}")
    said.append("next: drop a term" if helps else "next: drop several terms; no single one is to blame")
    return [line for line in said if line]


def archive(who: str, projects: Sequence[ProjectCounts], seen: str) -> str:
    """The archive and its projects."""
    if not projects:
        return lines(
            f"Archive as {who}{', ' if seen else ''}{seen}: no projects",
            'next: archive.index("/path/of/a/study", project="a-name")',
        )
    shown = projects[: 4 if len(projects) > 5 else 5]
    table = columns(
        ("project", "subjects", "sessions", "scans", "size"),
        [_project_cells(each) for each in shown],
        (False, True, True, True, True),
    )
    more = f"  ... {len(projects) - len(shown)} more" if len(projects) > len(shown) else ""
    step = f'next: archive["{projects[0].project}"]  archive.conflicts  archive.sql("...")'
    return lines(f"Archive as {who}{', ' if seen else ''}{seen}", *table, more, step)


def _project_cells(each: ProjectCounts) -> list[str]:
    found = each.counts
    return [each.project, f"{found.subjects:,}", f"{found.sessions:,}", f"{found.scans:,}", size(found.bytes)]


def container(path: str, amounts: str, found: Counts, table: KindTable, steps: Sequence[str]) -> str:
    """A project, a subject or a session: its kinds by visit."""
    heads = ["", *(cut(head, 12) for head in table.sessions)]
    cells = [[kind, *(f"{n:,}" if n else "-" for n in row)] for kind, row in table.kinds[:4]]
    body = columns(heads, cells, [False] + [True] * len(table.sessions)) if cells else []
    unreviewed = found.qualities["unreviewed"]
    return lines(
        f"{path}: {amounts}",
        *body,
        f"{unreviewed:,} of {count(found.scans, 'scan')} unreviewed" if found.scans else "",
        f"next: {'  '.join(steps)}",
    )


def card(title: str, facts: Sequence[tuple[str, str]], steps: Sequence[str]) -> str:
    """One thing, its facts a line each."""
    width = max((len(name) for name, _ in facts), default=0)
    body = [f"  {name.ljust(width)} {value}" for name, value in facts if value][:6]
    return lines(title, *body, f"next: {'  '.join(steps)}")
