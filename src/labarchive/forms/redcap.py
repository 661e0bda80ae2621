"""REDCap's data dictionary (its CSV of 18 columns) as forms, and forms as such a dictionary. What is not understood is listed, never guessed."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from labarchive.errors import BadInput
from labarchive.forms.expressions import Tree, written
from labarchive.forms.form import LONGEST, Form, Item, Level, Score

HEADS = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
NOTES = 8000
"""Characters of a field of several lines."""
OURS = "@LABARCHIVE="
"""Before what REDCap has no column for, as JSON in the annotation: it ignores such a tag."""
_NUMBERS = re.compile(r"^(integer|number(_\w+)?)$")
_DATES = re.compile(r"^date_(ymd|mdy|dmy)$")
_TERM = re.compile(
    r"\[([^\][()]+)(?:\(([^()]*)\))?\]\s*(<>|!=|<=|>=|=|<|>)\s*('[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?)"
)
_WORDS = re.compile(r"\b(and|or)\b", re.IGNORECASE)


class Left(NamedTuple):
    """A field, or a part of one, that was left out, and why."""

    form: str
    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What a data dictionary holds."""

    forms: tuple[Form, ...]
    left: tuple[Left, ...]


def read(text: str, levels: Mapping[str, Level] | None = None, level: Level = "session") -> Dictionary:
    """The forms of a dictionary; ``level`` is of what they are filled in, ``levels`` where one differs.

    Raises BadInput for what is no data dictionary.
    """
    table = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if not {HEADS[0], HEADS[1], HEADS[3]} <= set(table.fieldnames or ()):
        raise BadInput("that is no data dictionary of REDCap", hint=f"its first columns are {HEADS[0]}, {HEADS[1]}, ...")  # fmt: skip
    rows = [{head: (row.get(head) or "").strip() for head in HEADS} for row in table]
    names = dict.fromkeys(row[HEADS[1]] for row in rows)
    left: list[Left] = []
    forms = []
    for name in names:
        of = [row for row in rows if row[HEADS[1]] == name]
        form = _form(name, (levels or {}).get(name, level), of, left, first=rows[0])
        if form is not None:
            forms.append(form)
    return Dictionary(tuple(forms), tuple(left))


def write(forms: Iterable[Form]) -> str:
    """A data dictionary: what REDCap cannot say stands in annotations, which ``read`` understands."""
    file = io.StringIO()
    table = csv.DictWriter(file, HEADS, lineterminator="\r\n")
    table.writeheader()
    for form in forms:
        for n, item in enumerate(form.items):
            table.writerow(_row(form, item, first=n == 0))
        table.writerows(_score_row(form, score) for score in form.scores)
    return file.getvalue()


# reading ------------------------------------------------------------------------------------------------
def _form(
    name: str, level: Level, rows: Sequence[Mapping[str, str]], left: list[Left], first: Mapping[str, str]
) -> Form | None:
    ours = _ours(rows[0])
    told: dict[str, Any] = {
        "name": _named(name),
        "version": 1,
        "title": name.replace("_", " "),
        "level": level,
    }
    told |= ours.get("form", {})
    items: list[dict[str, Any]] = []
    scores: dict[str, dict[str, Any]] = {}
    kinds = {row[HEADS[0]]: _kind(row) for row in rows}
    for row in rows:
        field, kind = row[HEADS[0]], kinds[row[HEADS[0]]]
        if row is first and field in ("record_id", "study_id", "subject", "participant_id"):
            left.append(
                Left(name, field, "the number of the record: rows are told apart by subject and session")
            )
        elif row["Identifier?"].lower() == "y":
            left.append(
                Left(
                    name, field, "an identifier: it belongs to the identifiers of a subject, not into a form"
                )
            )
        elif kind == "calc":
            _calculation(row, scores, kinds, left)
        elif kind:
            items.append(_item(row, kind, kinds, left))
        else:
            left.append(
                Left(name, field, f"fields of type {row['Field Type']!r} hold nothing that a form can")
            )
    if not items:
        return None
    return _checked(told, items, scores, name, left)


def _checked(told: dict[str, Any], items: list[dict[str, Any]], scores: dict[str, Any], name: str, left: list[Left]) -> Form:  # fmt: skip
    """The form; an expression that names what was left out is left out too."""
    names = {item["name"] for item in items}
    for item in items:
        for word in ("show", "required"):
            if isinstance(item.get(word), str) and (gone := _unknown(item[word], names)):
                left.append(
                    Left(
                        name,
                        item["name"],
                        f"its condition names {gone}, which is not here: it is always shown",
                    )
                )
                del item[word]
    kept = {score: words for score, words in scores.items() if not _unknown(words["value"], names)}
    left += [
        Left(name, score, "it reckons with a field that is not here") for score in scores if score not in kept
    ]
    return Form.of({**told, "item": items, **({"score": kept} if kept else {})})


def _unknown(expression: str, names: set[str]) -> str:
    bare = re.sub(r"'[^']*'", "", expression)
    known = names | {
        "and",
        "or",
        "not",
        "in",
        "answered",
        "sum",
        "mean",
        "min",
        "max",
        "True",
        "False",
        "None",
    }
    return next((word for word in re.findall(r"[A-Za-z_]\w*", bare) if word not in known), "")


def _kind(row: Mapping[str, str]) -> str:
    """The type of an item; empty for what none can hold."""
    kind, check = row["Field Type"], row["Text Validation Type OR Show Slider Number"]
    match kind:
        case "radio" | "dropdown":
            return "choice"
        case "checkbox":
            return "several"
        case "yesno" | "truefalse":
            return "yes"
        case "slider":
            return "number"
        case "notes":
            return "text"
        case "calc":
            return "calc"
        case "text" if _NUMBERS.match(check):
            return "number"
        case "text" if _DATES.match(check):
            return "date"
        case "text":
            return "text"
    return ""


def _item(row: Mapping[str, str], kind: str, kinds: Mapping[str, str], left: list[Left]) -> dict[str, Any]:
    form, field, check = row["Form Name"], row[HEADS[0]], row["Text Validation Type OR Show Slider Number"]
    ours = _ours(row).get("item", {})
    made: dict[str, Any] = {"name": _named(field), "label": row["Field Label"] or field, "type": kind}
    if kind in ("choice", "several"):
        made["choices"] = dict(_choices(row[HEADS[5]]))
    if row["Field Note"]:
        made["help"] = row["Field Note"]
    if row["Required Field?"].lower() == "y":
        made["required"] = True
    if kind == "text" and row["Field Type"] == "notes":
        made["longest"] = NOTES
    if kind == "text" and check:
        left.append(Left(form, field, f"its check {check!r} is not made: it is any text"))
    if kind == "number":
        _bounds(row, made, left)
    if logic := row[HEADS[11]]:
        try:
            made["show"] = _expression(logic, kinds)
        except BadInput as error:
            left.append(Left(form, field, f"{error.what}: it is always shown"))
    return {**made, **ours}


def _bounds(row: Mapping[str, str], made: dict[str, Any], left: list[Left]) -> None:
    low, high = row["Text Validation Min"], row["Text Validation Max"]
    if row["Field Type"] == "slider":
        low, high = low or "0", high or "100"
    try:
        if low and high:
            made["range"] = [_plain(low), _plain(high)]
        elif low or high:
            left.append(
                Left(row["Form Name"], row[HEADS[0]], "a range has two ends: the one given is not checked")
            )
    except ValueError:
        left.append(Left(row["Form Name"], row[HEADS[0]], f"{low} to {high} is no range of numbers"))


def _choices(text: str) -> Iterator[tuple[str, str]]:
    """``0, No disability, minor | 1, Yes``: split at the first comma only."""
    for part in text.split("|"):
        code, comma, words = part.partition(",")
        if comma and code.strip():
            yield code.strip(), words.strip()


def _calculation(row: Mapping[str, str], scores: dict[str, dict[str, Any]], kinds: Mapping[str, str], left: list[Left]) -> None:  # fmt: skip
    text = row[HEADS[5]]
    plain = re.sub(r"\[(\w+)\]", lambda found: _named(found[1]), text)
    if re.search(r"[\][?^:'\"]|\b(if|round|datediff|abs|sqrt|log)\b", plain) or not re.fullmatch(
        r"[\w\s(),.+*/-]+", plain
    ):
        left.append(Left(row["Form Name"], row[HEADS[0]], f"its calculation is not understood: {text[:60]}"))
        return
    if strange := next(
        (name for name in re.findall(r"\[(\w+)\]", text) if kinds.get(name) not in ("choice", "number")), ""
    ):
        left.append(
            Left(row["Form Name"], row[HEADS[0]], f"it reckons with {strange}, which is no number here")
        )
        return
    scores[_named(row[HEADS[0]])] = {"value": plain.strip(), **_ours(row).get("score", {})}


def _expression(logic: str, kinds: Mapping[str, str]) -> str:
    """``[mrs] = '6' and [x] <> ''`` in a form's own words. Raises BadInput for what is not understood."""
    parts: list[str] = []
    at = 0
    for found in _TERM.finditer(logic):
        parts.append(_joints(logic[at : found.start()], logic))
        parts.append(_term(found, kinds))
        at = found.end()
    parts.append(_joints(logic[at:], logic))
    text = " ".join("".join(parts).split())
    if not text:
        raise BadInput(f"its condition is not understood: {logic[:60]}", hint="[field] = 'value'")
    return text


def _joints(between: str, logic: str) -> str:
    rest = _WORDS.sub(lambda found: found[1].lower(), between)
    if re.sub(r"\band\b|\bor\b|[()\s]", "", rest):
        raise BadInput(f"its condition is not understood: {logic[:60]}", hint="[field] = 'value'")
    return re.sub(r"\s*\b(and|or)\b\s*", r" \1 ", rest)


def _term(found: re.Match[str], kinds: Mapping[str, str]) -> str:
    field, code, sign, literal = found[1], found[2], found[3], found[4].strip("'\"")
    name, kind = _named(field), kinds.get(field, "")
    if not kind:
        raise BadInput(f"its condition asks for {field!r}, which is not in this form", hint="name a field of the form")  # fmt: skip
    sign = {"=": "==", "<>": "!="}.get(sign, sign)
    if code is not None:
        return f"{code!r} {'in' if (literal == '1') == (sign == '==') else 'not in'} {name}"
    if literal == "":
        return f"answered({name})" if sign == "!=" else f"not answered({name})"
    if kind == "yes":
        says = (literal == "1") == (sign == "==")
        return name if says else f"(answered({name}) and not {name})"
    if kind == "number" or (kind == "calc"):
        return f"{name} {sign} {_plain(literal)!r}"
    if sign not in ("==", "!="):
        raise BadInput(
            f"its condition compares the size of {field!r}, which is no number here", hint="= or <>"
        )
    return f"{name} {sign} {literal!r}"


def _ours(row: Mapping[str, str]) -> dict[str, Any]:
    """What ``write`` put into the annotation."""
    _, there, rest = row["Field Annotation"].partition(OURS)
    try:
        return dict(json.loads(rest)) if there else {}
    except ValueError:
        return {}


def _named(name: str) -> str:
    """REDCap's names are ours: small letters, digits and _."""
    return re.sub(r"[^a-z0-9_]", "_", name.strip().lower()) or "unnamed"


def _plain(number: str) -> int | float:
    value = float(number)
    return int(value) if value.is_integer() else value


# writing ------------------------------------------------------------------------------------------------
def _row(form: Form, item: Item, *, first: bool) -> dict[str, str]:
    kinds = {
        "choice": "radio",
        "several": "checkbox",
        "yes": "yesno",
        "number": "text",
        "date": "text",
        "text": "text",
    }
    notes = item.type == "text" and item.longest == NOTES
    checks = {"number": "number", "date": "date_ymd"}
    ours: dict[str, Any] = {}
    own = {
        "keys": dict(item.keys), "missing": list(item.missing), "unit": item.unit,
        "longest": item.longest if item.longest not in (LONGEST, NOTES) or (item.longest == NOTES and not notes) else None,
        "required": _ours_text(item.required), "show": None,
    }  # fmt: skip
    logic = "" if item.show == ["value", True] else _logic(item.show, form)
    if logic is None:
        own["show"] = _ours_text(item.show)
    if kept := {name: word for name, word in own.items() if word not in (None, "", {}, [])}:
        ours["item"] = kept
    if first:
        ours["form"] = {"version": form.version, "title": form.title, "level": form.level, **({"about": form.about} if form.about else {}), **({"missing": dict(form.missing)} if form.missing else {})}  # fmt: skip
    row = dict.fromkeys(HEADS, "")
    row |= {
        HEADS[0]: item.name, HEADS[1]: form.name, "Field Type": "notes" if notes else kinds[item.type],
        "Field Label": item.label, HEADS[5]: " | ".join(f"{code}, {words}" for code, words in item.choices.items()),
        "Field Note": item.help, "Text Validation Type OR Show Slider Number": checks.get(item.type, ""),
        HEADS[11]: logic or "", "Required Field?": "y" if item.required == ["value", True] else "",
        "Field Annotation": OURS + json.dumps(ours, ensure_ascii=False) if ours else "",
    }  # fmt: skip
    if item.range:
        row["Text Validation Min"], row["Text Validation Max"] = map(_figure, item.range)
    return row


def _score_row(form: Form, score: Score) -> dict[str, str]:
    row = dict.fromkeys(HEADS, "")
    names = {item.name for item in form.items}
    value = re.sub(
        r"[A-Za-z_]\w*",
        lambda found: f"[{found[0]}]" if found[0] in names else found[0],
        written(score.value),
    )
    ours = {"score": {"range": list(score.range)}} if score.range else {}
    return row | {
        HEADS[0]: score.name, HEADS[1]: form.name, "Field Type": "calc", "Field Label": score.name, HEADS[5]: value,
        "Field Annotation": OURS + json.dumps(ours) if ours else "",
    }  # fmt: skip


def _ours_text(tree: Tree) -> str | None:
    """An expression that REDCap has no column for."""
    return None if tree[0] == "value" else written(tree)


def _logic(tree: Tree, form: Form) -> str | None:
    """In REDCap's words; None for what it cannot say."""
    head, *rest = tree
    if head in ("and", "or"):
        parts = [_logic(part, form) for part in rest]
        return None if None in parts else f" {head} ".join(f"({part})" if part and (" and " in part or " or " in part) else str(part) for part in parts)  # fmt: skip
    if head == "answered" and len(rest) == 1 and rest[0][0] == "name":
        return f"[{rest[0][1]}] <> ''"
    if head == "not" and rest[0][0] == "answered" and len(rest[0]) == 2:
        return f"[{rest[0][1][1]}] = ''"
    if head in ("in", "not in") and rest[0][0] == "value" and rest[1][0] == "name":
        return f"[{rest[1][1]}({rest[0][1]})] = '{1 if head == 'in' else 0}'"
    if head in ("==", "!=", "<", "<=", ">", ">=") and rest[0][0] == "name" and rest[1][0] == "value":
        item = form.item(rest[0][1])
        coded = item is not None and rest[1][1] in form.missing
        fits = (
            item is not None
            and (item.type == "number") == (not isinstance(rest[1][1], str))
            and item.type != "yes"
        )
        if fits and not coded:
            return f"[{rest[0][1]}] {({'==': '=', '!=': '<>'}).get(head, head)} '{rest[1][1]}'"
    if head == "name" and (item := form.item(rest[0])) is not None and item.type == "yes":
        return f"[{rest[0]}] = '1'"
    return None


def _figure(number: float) -> str:
    return f"{number:g}"
