"""``%%sql``: a question to the archive's tables as a cell, answered as a DataFrame; completion of its names."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from labarchive.catalogue.queries import PUBLIC
from labarchive.errors import BadInput, LabarchiveError, NotFound
from labarchive.selection.archive import Archive
from labarchive.selection.selection import Selection, with_extra
from labarchive.selection.tables import rows
from labarchive.selection.things import Project

MAGIC = re.compile(r"^\s*%%?sql\b")
_INTO = re.compile(r"\s*>>\s*(\w+)\s*$")
_TABLE = re.compile(r"\b(?:from|join)\s+(\w+)(?:\s+(?:as\s+)?(?!on\b|where\b|join\b|using\b|group\b|order\b)(\w+))?", re.IGNORECASE)  # fmt: skip
_AFTER_FROM = re.compile(r"\b(?:from|join)\s+\w*$", re.IGNORECASE)
_TOKEN = re.compile(r"(?:(\w+)\.)?(\w*)$")
COLUMNS = (
    "select table_name as name, column_name as of from information_schema.columns where table_schema = 'main'"
)


def load(shell: Any) -> None:
    """Teach a shell ``%sql`` and ``%%sql``: ``%load_ext labarchive`` in any IPython."""
    if not hasattr(shell, "register_magic_function"):
        return  # as much of a shell as has no cells

    def sql(line: str, cell: str | None = None) -> Any:
        """``%%sql [PROJECT] [>> NAME]`` and a SELECT below, or ``%sql SELECT ...``: a DataFrame of the answer.

        PROJECT is a label or the name of a variable: then the tables hold its rows only.
        """
        return ask(shell, line, cell)

    shell.register_magic_function(sql, "line_cell", "sql")
    others = [each for each in shell.Completer.custom_matchers if _name(each) != IDENTIFIER]
    shell.Completer.custom_matchers[:] = [*others, _matcher(shell)]


def ask(shell: Any, line: str, cell: str | None) -> Any:
    """The answer as a DataFrame, or put under a name. What is wrong with the question is said in one line."""
    from IPython.core.error import UsageError

    into = _INTO.search(line) if cell is not None else None
    where, query = (line[: into.start()] if into else line, cell) if cell is not None else ("", line)
    try:
        if not query or not query.strip():
            raise BadInput("an empty question", hint="%%sql, and a SELECT on the next line")
        table = with_extra(about(shell.user_ns, where.strip()).sql(query).df)
    except LabarchiveError as error:
        raise UsageError(str(error)) from None
    if into is None:
        return table
    shell.user_ns[into[1]] = table
    return None


def about(names: Mapping[str, Any], word: str) -> Selection:
    """The archive, or the project with this label or under this name. Raises NotFound."""
    found = names.get(word or "archive")
    if isinstance(found, Archive | Project):
        return found
    archive = next((each for each in names.values() if isinstance(each, Archive)), None)
    if archive is None:
        raise NotFound("no archive is open here", hint="archive = labarchive.open()")
    return archive[word] if word else archive


# completion ---------------------------------------------------------------------------------------------
IDENTIFIER = "labarchive.sql"


def _name(matcher: Any) -> str:
    return str(getattr(matcher, "matcher_identifier", ""))


def _matcher(shell: Any) -> Any:
    from IPython.core.completer import SimpleCompletion, context_matcher

    @context_matcher(identifier=IDENTIFIER)  # type: ignore[untyped-decorator]
    def matcher(context: Any) -> dict[str, Any]:
        text = context.full_text
        if not MAGIC.match(text):
            return {"completions": []}
        lines = text.split("\n")
        before = "\n".join(
            [*lines[: context.cursor_line], lines[context.cursor_line][: context.cursor_position]]
        )
        try:
            start, found = completions(shell.user_ns, text, before)
        except LabarchiveError:
            start, found = len(before), []
        fragment = before[start:]
        listed = [SimpleCompletion(word, type=kind) for word, kind in found]
        return {"completions": listed, "suppress": True, "matched_fragment": fragment, "ordered": True}

    return matcher


def completions(names: Mapping[str, Any], text: str, before: str) -> tuple[int, list[tuple[str, str]]]:
    """Where the word under the cursor begins, and what it may become: columns of the tables asked, and tables.

    ``text`` is the whole cell, ``before`` what stands before the cursor.
    """
    token = _TOKEN.search(before)
    alias, word = (token[1], token[2]) if token else (None, "")
    first, _, _ = text.partition("\n")
    line = MAGIC.sub("", first) if text.lstrip().startswith("%%") else ""
    if text.lstrip().startswith("%%") and "\n" not in before:
        return len(before) - len(word), list(_fitting(word, _places(names), "project"))
    tables = columns(about(names, _INTO.sub("", line).strip()))
    asked = dict(_asked(text, tables))
    if alias is not None:
        return len(before) - len(word), list(
            _fitting(word, tables.get(asked.get(alias, alias), ()), "column")
        )
    if _AFTER_FROM.search(before):
        return len(before) - len(word), list(_fitting(word, tables, "table"))
    known = dict.fromkeys(name for table in dict.fromkeys(asked.values()) or tables for name in tables[table])
    found = [*_fitting(word, sorted(known), "column"), *_fitting(word, tables, "table")]
    return len(before) - len(word), found


def columns(where: Selection) -> dict[str, list[str]]:
    """Each table that can be asked -> its columns, in order."""
    found: dict[str, list[str]] = {name: [] for name in PUBLIC}
    for row in rows(where.tables, COLUMNS):
        if row["name"] in found:
            found[row["name"]].append(row["of"])
    return found


def _asked(text: str, tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """alias -> table, for the tables that the question names."""
    for table, alias in _TABLE.findall(text):
        if table.lower() in tables:
            yield table, table.lower()
            if alias:
                yield alias, table.lower()


def _places(names: Mapping[str, Any]) -> list[str]:
    archive = about(names, "")
    named = [name for name, value in names.items() if isinstance(value, Project) and not name.startswith("_")]
    return [
        *named,
        *(row["project"] for row in rows(archive.tables, "select project from project order by 1")),
    ]


def _fitting(word: str, found: Any, kind: str) -> Iterator[tuple[str, str]]:
    for each in found:
        if each.lower().startswith(word.lower()):
            yield each, kind
