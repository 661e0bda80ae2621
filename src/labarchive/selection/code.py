"""The smallest honest Python for a selection: what one would type for it, in the notebook's own variable names."""

import keyword
import re
from collections.abc import Mapping, Sequence

from labarchive.selection.levels import LEVELS
from labarchive.selection.terms import AnyOf, Between, Like, Not, Term, Value

ARCHIVE = "archive"


def of_terms(level: str, terms: Sequence[Term], project: str, variables: Mapping[str, str]) -> str:
    """``tau.scans(kind="T1w", session="baseline")``.

    ``variables``: name -> project of what the notebook has (``archive`` itself has the empty project).

    >>> of_terms("scan", [Term("kind", AnyOf(("T1w", "FLAIR")))], "tau-pet", {"tau": "tau-pet"})
    'tau.scans(kind=["T1w", "FLAIR"])'
    >>> of_terms("scan", [], "tau-pet", {})
    'archive["tau-pet"].scans'
    """
    start = f"{named(project, variables)}.{LEVELS[level].plural}"
    texts = [_quoted(_typed(term)) for term in terms if _as_text(term)]
    keywords = [f"{term.word}={_test(term.test)}" for term in terms if not _as_text(term)]
    inside = ", ".join(texts + keywords)
    return f"{start}({inside})" if inside else start


def of_path(project: str, labels: Sequence[str], variables: Mapping[str, str]) -> str:
    """``tau["S014"]["baseline"]["T1w"]``."""
    return named(project, variables) + "".join(f"[{_quoted(label)}]" for label in labels)


def of_ids(level: str, ids: Sequence[str], project: str, variables: Mapping[str, str]) -> str:
    """One or many things by their stable ids, for labels that are not theirs alone."""
    if len(ids) == 1:
        return f"{named(project, variables)}[{_quoted(ids[0])}]"
    listed = ", ".join(map(_quoted, ids))
    return f"{named(project, variables)}.{LEVELS[level].plural}({LEVELS[level].key}=[{listed}])"


def named(project: str, variables: Mapping[str, str]) -> str:
    """The notebook's own name for a project, else the way to it from the archive."""
    for name, of in variables.items():
        if of == project and name.isidentifier() and not keyword.iskeyword(name):
            return name
    return f"{_archive(variables)}[{_quoted(project)}]"


def opening(variables: Mapping[str, str]) -> str:
    """What must have run before; nothing where the archive is open."""
    return "" if "" in variables.values() else "import labarchive\n\narchive = labarchive.open()"


def needs(terms: Sequence[Term]) -> list[str]:
    """The names that the code imports from labarchive."""
    terms = [term for term in terms if not _as_text(term)]
    values = [value for term in terms for value in _any_of(term).values]
    names = {"between" for value in values if isinstance(value, Between)}
    names |= {"like" for value in values if isinstance(value, Like)}
    names |= {"not_" for term in terms if isinstance(term.test, Not)}
    return sorted(names)


def _archive(variables: Mapping[str, str]) -> str:
    return next((name for name, of in variables.items() if not of and name.isidentifier()), ARCHIVE)


def _any_of(term: Term) -> AnyOf:
    return term.test.test if isinstance(term.test, Not) else term.test


def _as_text(term: Term) -> bool:
    """Free words, and ``tr>2000``, which no keyword says."""
    values = _any_of(term).values
    return term.word == "words" or any(isinstance(value, Between) and value.strict for value in values)


def _typed(term: Term) -> str:
    value = _any_of(term).values[0]
    negated = "-" if isinstance(term.test, Not) else ""
    if isinstance(value, Between):
        sign, end = ("<", value.high) if value.low is None else (">", value.low)
        return f"{negated}{term.word}{sign}{end}"
    text = value.pattern.strip("*") if isinstance(value, Like) else str(value)
    return f"{negated}{text}"


def _test(test: AnyOf | Not) -> str:
    if isinstance(test, Not):
        return f"not_({_test(test.test)})"
    values = [_value(value) for value in test.values]
    return values[0] if len(values) == 1 else f"[{', '.join(values)}]"


def _value(value: Value) -> str:
    if isinstance(value, Like):
        return f"like({_quoted(value.pattern)})"
    if isinstance(value, Between):
        return f"between({_number(value.low)}, {_number(value.high)})"
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    return _quoted(str(value))


def _number(value: object) -> str:
    text = str(value)
    return text if value is None or re.fullmatch(r"-?\d+(\.\d+)?", text) else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
