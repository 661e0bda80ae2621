"""A table of answers (a CSV or a REDCap export) becomes a Plan: which entries it would make, and what is wrong by cell."""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from labarchive.errors import BadInput, NotFound
from labarchive.forms import Form, Item, problems
from labarchive.records import Saying
from labarchive.selection.amounts import count, plain, safe
from labarchive.selection.said import Said, Target
from labarchive.selection.tables import Tables, rows, who

if TYPE_CHECKING:
    from labarchive.selection.selection import Selection

KEYS = {"subject": ("subject",), "session": ("subject", "session"), "scan": ("scan_id",), "lesion": ("subject", "session", "lesion")}  # fmt: skip
"""level -> the columns that say of what a row is; ``subject_id``, ``session_id`` and ``scan_id`` do too."""
SHOWN = 10
"""Problems that a plan shows; ``problems`` has all."""


class Wrong(NamedTuple):
    """One cell: its row in the file (the head is 1), its column, and what is wrong with it."""

    row: int
    column: str
    words: str


@dataclass(frozen=True, slots=True)
class _Entry:
    target: Target
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class FillPlan:
    """What ``fill_from`` would say. Nothing is said before ``apply()``, and then all of it, which one undo takes back."""

    tables: Tables = field(compare=False)
    form: Form
    n_rows: int
    entries: tuple[_Entry, ...]
    there: int
    """Rows that say what you say already."""
    problems: tuple[Wrong, ...]

    def __len__(self) -> int:
        return len(self.entries)

    def apply(self) -> Said:
        """Say all of it. Raises BadInput while a cell is wrong: then nothing is said."""
        if self.problems:
            raise BadInput(
                f"{count(len(self.problems), 'cell')} of {count(self.n_rows, 'row')} are wrong",
                hint="plan.problems names each; mend the file and plan again",
            )
        what = f"entries of {self.form.name}"
        if not self.entries:
            return Said(self.tables, what, (), None)
        said = [
            Saying("entry", each.target.project, each.target.about, each.payload) for each in self.entries
        ]
        return Said(self.tables, what, tuple(each.target for each in self.entries), self.tables.say(said))

    def __repr__(self) -> str:
        lines = [f"plan: {_entries(len(self.entries))} of {self.form.name} from {count(self.n_rows, 'row')}; nothing done yet"]  # fmt: skip
        if self.there:
            lines.append(f"  {count(self.there, 'row')} left out: you say so already")
        lines += [f"  row {each.row}, {each.column}: {each.words}" for each in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"  and {count(len(self.problems) - SHOWN, 'more problem')}: plan.problems")
        lines.append("  mend these, then plan again" if self.problems else "  .apply() says all of it; one undo takes it back")  # fmt: skip
        return "\n".join(map(plain, lines))

    def _repr_html_(self) -> str:
        return f"<pre>{safe(repr(self))}</pre>"


def _entries(n: int) -> str:
    return f"{n:,} {'entry' if n == 1 else 'entries'}"


def planned(selection: "Selection", path: Path, form: Form) -> FillPlan:
    """The plan for a file. Raises NotFound, and BadInput for a file that is no table or has not the columns."""
    head, body = _table(path)
    keys = _keys(head, form)
    found = _Found(selection, keys, form)
    wrong = [
        Wrong(1, name, "is no item of this form") for name in head if name not in keys and not form.item(name)
    ]
    entries: list[tuple[int, _Entry]] = []
    for number, row in body:
        cells = dict(zip(head, row, strict=False))
        entry, faults = _entry(found, form, cells, keys)
        wrong += [Wrong(number, column, words) for column, words in faults]
        if entry is not None:
            entries.append((number, entry))
    wrong += _twice(entries)
    fresh = tuple(entry for _, entry in entries if not found.says_already(entry))
    return FillPlan(selection.tables, form, len(body), fresh, len(entries) - len(fresh), tuple(sorted(wrong)))


def _table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise NotFound(f"no file {path.name}", hint="give the path of a CSV") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path.name} is not UTF-8", hint="save it as CSV UTF-8") from None
    try:
        dialect: Any = csv.Sniffer().sniff(text.partition("\n")[0], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    listed = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), dialect)]
    body = [(number, row) for number, row in enumerate(listed[1:], 2) if any(row)]
    if not listed or not body:
        raise BadInput(f"{path.name} has no rows", hint="a head of names, and a row for each")
    if twice := next((name for name, n in Counter(listed[0]).items() if n > 1), None):
        raise BadInput(f"{path.name} has two columns {twice!r}", hint="give each a name of its own")
    return listed[0], body


def _keys(head: Sequence[str], form: Form) -> tuple[str, ...]:
    """The columns that say of what a row is: an id, or labels."""
    level = form.said_of
    lesion = ("lesion",) if form.level == "lesion" else ()
    keys = (f"{level}_id", *lesion) if f"{level}_id" in head else KEYS[form.level]
    if missing := [name for name in keys if name not in head]:
        raise BadInput(
            f"the file has no column {missing[0]!r}",
            hint=f"{form.name} is about a {form.level}: {', '.join(KEYS[form.level])}, or {level}_id",
        )
    return keys


class _Found:
    """The things that rows may be about, and what you say of them now."""

    def __init__(self, selection: "Selection", keys: Sequence[str], form: Form) -> None:
        self.level = form.said_of
        labels = [name for name in keys if name != "lesion"]
        columns = ", ".join(("project", f"{self.level}_id", *labels))
        self.targets: dict[tuple[str, ...], list[Target]] = {}
        for project, about, *label in getattr(selection, f"{self.level}s").relation(columns).fetchall():
            self.targets.setdefault(tuple(map(str, label)), []).append(Target(project, about))
        self.labels = labels
        mine = rows(selection.tables, "select about, lesion, answers, missing from entry where form = ? and who = ?", (form.name, who(selection.tables)))  # fmt: skip
        self.said = {
            (row["about"], row["lesion"]): (_read(row["answers"]), _read(row["missing"])) for row in mine
        }

    def says_already(self, entry: _Entry) -> bool:
        now = self.said.get((entry.target.about, entry.payload.get("lesion")))
        return now == (dict(entry.payload["answers"]), dict(entry.payload["missing"]))


def _read(text: Any) -> Any:
    return json.loads(text) if isinstance(text, str) else text


def _entry(
    found: _Found, form: Form, cells: Mapping[str, str], keys: Sequence[str]
) -> tuple[_Entry | None, list[tuple[str, str]]]:
    key = tuple(cells.get(name, "") for name in found.labels)
    targets = found.targets.get(key, [])
    answers, missing = _answers(form, cells)
    faults = [(each.item, each.words) for each in problems(form, answers, missing)]
    if len(targets) != 1:
        why = f"no {found.level}" if not targets else f"{len(targets)} {found.level}s"
        return None, [(found.labels[-1], f"{why} {'/'.join(key)!r} in the selection"), *faults]
    payload: dict[str, Any] = {"form": form.name, "answers": answers, "missing": missing}
    if "lesion" in keys:
        payload["lesion"] = cells.get("lesion", "")
        if not payload["lesion"]:
            faults.append(("lesion", "is not answered"))
    return (None if faults else _Entry(targets[0], payload)), faults


def _answers(form: Form, cells: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    answers: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for item in form.items:
        cell = cells.get(item.name, "")
        if cell in item.missing:
            missing[item.name] = cell
        elif cell:
            answers[item.name] = _value(item, cell)
    return answers, missing


def _value(item: Item, cell: str) -> Any:
    """What a cell says, as the item takes it; what it cannot take stays a text, and is then a problem."""
    match item.type:
        case "number":
            try:
                number = float(cell.replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell)
            except ValueError:
                return cell
            return int(number) if number.is_integer() else number
        case "yes":
            return {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}.get(cell.lower(), cell)  # fmt: skip
        case "several":
            return [_coded(item, part.strip()) for part in cell.replace(";", ",").split(",") if part.strip()]
        case "choice":
            return _coded(item, cell)
    return cell


def _coded(item: Item, cell: str) -> str:
    """A choice by its code, or by its words."""
    by_words = {words.casefold(): code for code, words in item.choices.items()}
    return cell if cell in item.choices else by_words.get(cell.casefold(), cell)


def _twice(entries: Sequence[tuple[int, _Entry]]) -> list[Wrong]:
    seen: dict[tuple[str, Any], int] = {}
    wrong = []
    for number, entry in entries:
        key = (entry.target.about, entry.payload.get("lesion"))
        first = seen.setdefault(key, number)
        if first != number:
            wrong.append(Wrong(number, "subject", f"is about the same as row {first}"))
    return wrong
