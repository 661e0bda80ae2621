"""Where a series belongs: subject, session and scan by the lab's rules in names.toml; decides, and knows no ids."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from labarchive.errors import BadInput
from labarchive.index import persons
from labarchive.records import Proposal

Facts = Mapping[str, Any]

TABLES = ("subject", "session", "scan")
COLUMNS = frozenset(
    [
        "path",
        "folder",
        "file",
        "form",
        "sop_class",
        "sop_uid",
        "study_uid",
        "series_uid",
        "study_date",
        "series_date",
        "study_time",
        "series_time",
        "acquisition_date",
        "acquisition_time",
        "modality",
        "manufacturer",
        "model",
        "station",
        "institution",
        "study_description",
        "description",
        "protocol",
        "sequence_name",
        "body_part",
        "number",
        "acquisition",
        "echo",
        "contrast_agent",
        "field_strength",
        "image_type",
        "kind",
        "patient_id",
        "accession",
    ]
)
"""What a rule may look at and a label may show."""
IDENTIFYING = frozenset(("patient_id", "accession"))
"""Only in rules that say ``research_code = true``."""
NEVER = frozenset(("patient_name", "birth_date", "sex"))
_PATHS = frozenset(("path", "folder", "file"))
_KEYS = frozenset(("from", "match", "label", "map", "why", "research_code", "apart"))
_ONE_GROUP = re.compile(r"\{(\d)\}")
_ODD = re.compile(r"[\x00-\x1f\x7f/\\]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of names.toml."""

    number: int
    why: str
    columns: tuple[str, ...]
    match: re.Pattern[str]
    label: str
    names: Mapping[str, str] = field(default_factory=dict)
    apart: bool = False

    def read(self, facts: Facts) -> tuple[str, str] | None:
        """The label, and the place it is unique in; None when the rule does not match."""
        for column in self.columns:
            text = _text(facts, column)
            hits = list(self.match.finditer(text)) if text else []
            if hits:
                hit = hits[-1] if column in _PATHS else hits[0]
                label = clean(self._label(hit, facts))
                if label:
                    return label, self._place(text, hits, hit) if self.apart else ""
        return None

    def _place(self, text: str, hits: list[re.Match[str]], hit: re.Match[str]) -> str:
        """What stands before the folder that gave the label; the file's name often repeats it."""
        same = next(other for other in hits if other.groups() == hit.groups())
        return text[: same.start()]

    def _label(self, hit: re.Match[str], facts: Facts) -> str:
        if group := _ONE_GROUP.fullmatch(self.label):  # what most rules say
            label = hit[int(group[1])] or ""
            return self.names.get(label.casefold(), label) if self.names else label
        groups = ["" if group is None else group for group in (hit[0], *hit.groups())]
        named = {name: value or "" for name, value in hit.groupdict().items()}
        label = self.label.format(
            *groups, **{name: _text(facts, name) for name in _columns(self.label)} | named
        )
        return self.names.get(label.casefold(), label)


@cache
def _columns(label: str) -> list[str]:
    """The columns that a label of the rules shows."""
    return [name for _, name, _, _ in Formatter().parse(label) if name and name in COLUMNS]


def _text(facts: Facts, column: str) -> str:
    path = str(facts.get("path") or "")
    if column == "file":
        return path.rpartition("/")[2]
    if column == "folder":
        given = facts.get("folder")
        return str(path.rpartition("/")[0] if given is None else given)
    value = facts.get(column)
    return "" if value is None else str(value)


def clean(label: str) -> str:
    """A label that can stand in a path and on a line: no slashes, no control characters, at most 64 characters."""
    return " ".join(_ODD.sub("-", label).split())[:64].strip()


@dataclass(frozen=True, slots=True)
class Rules:
    """The lab's names.toml."""

    subject: tuple[Rule, ...]
    session: tuple[Rule, ...]
    scan: tuple[Rule, ...]
    nobody: re.Pattern[str]

    @classmethod
    def read(cls, text: str | None = None) -> "Rules":
        """The rules in ``text``; tables it has not come from the packaged names.toml, as all do without ``text``.

        Raises BadInput naming table, rule and what would be right.
        """
        tables = _packaged() | (_tables(text) if text is not None else {})
        strange = sorted(set(tables) - {*TABLES, "person"})
        if strange:
            raise BadInput(
                f"names.toml has [{strange[0]}]",
                hint="there are [[subject]], [[session]], [[scan]], [person]",
            )
        rules = {table: _rules(table, tables[table]) for table in TABLES}
        return cls(**rules, nobody=_nobody(tables["person"]))

    def propose(self, facts: Facts) -> Proposal:
        """Where this series belongs, and which rules said so.

        ``facts``: the columns of FILE_SCHEMA of the series' first file, with ``folder`` relative to its root.
        """
        subject, place, why_subject = _first(self.subject, facts, "none: a label is given in order")
        session, _, why_session = _first(self.session, facts, "none")
        scan, _, why_scan = _first(self.scan, facts, "none")
        if subject:
            key, who = persons.labelled(place, subject), "the subject's label"
        else:
            key, who = persons.key(facts, self.nobody)
        why = f"subject: {why_subject}; session: {why_session}; scan: {why_scan}; one person by {who}"
        return Proposal(subject_key=key, subject=subject, session=session, scan=scan, why=why)


def _first(rules: tuple[Rule, ...], facts: Facts, otherwise: str) -> tuple[str, str, str]:
    for rule in rules:
        found = rule.read(facts)
        if found:
            return (*found, f"rule {rule.number}, {rule.why}")
    return "", "", otherwise


@cache
def _packaged() -> dict[str, Any]:
    return _tables(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))


def _tables(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise BadInput(f"names.toml is not TOML: {wrong}", hint="write patterns in 'single' quotes") from None


def _rules(table: str, entries: Any) -> tuple[Rule, ...]:
    if not isinstance(entries, list):
        raise BadInput(f"names.toml: [{table}] is one table", hint=f"write [[{table}]], once for each rule")
    return tuple(
        _rule(f"names.toml, rule {number} of [[{table}]]", number, entry)
        for number, entry in enumerate(entries, 1)
    )


def _rule(where: str, number: int, entry: Mapping[str, Any]) -> Rule:
    strange = sorted(set(entry) - _KEYS)
    if strange:
        raise BadInput(f"{where}: {strange[0]!r} is unknown", hint=f"there are {', '.join(sorted(_KEYS))}")
    missing = [key for key in ("from", "match", "label") if key not in entry]
    if missing:
        raise BadInput(f"{where}: {missing[0]!r} is missing", hint="a rule has from, match and label")
    given = entry["from"]
    columns = tuple(given) if isinstance(given, list) else (str(given),)
    label = str(entry["label"])
    pattern = _pattern(where, entry["match"])
    _check_label(where, label, pattern)
    _check_columns(where, [*columns, *_columns(label)], bool(entry.get("research_code")))
    names = _names(where, entry.get("map", {}))
    why = str(entry.get("why") or f"from {' or '.join(columns)}")
    return Rule(number, why, columns, pattern, label, names, bool(entry.get("apart")))


def _names(where: str, table: Any) -> dict[str, str]:
    if not isinstance(table, dict):
        raise BadInput(f"{where}: map is not a table", hint='write map = { BL = "baseline" }')
    return {str(old).casefold(): str(new) for old, new in table.items()}


def _pattern(where: str, text: Any) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except (re.error, TypeError) as wrong:
        raise BadInput(
            f"{where}: match is not a regular expression ({wrong})", hint="write it in 'single' quotes"
        ) from None


def _check_columns(where: str, columns: list[str], research_code: bool) -> None:
    for column in columns:
        if column in NEVER:
            raise BadInput(f"{where}: {column} may not make a label", hint="labels are shown to everybody")
        if column in IDENTIFYING and not research_code:
            hint = "if it is the study's own code and no identifier, say research_code = true"
            raise BadInput(f"{where}: {column} would be shown in labels", hint=hint)
        if column not in COLUMNS:
            raise BadInput(
                f"{where}: there is no column {column!r}", hint=f"there are {', '.join(sorted(COLUMNS))}"
            )


def _check_label(where: str, label: str, pattern: re.Pattern[str]) -> None:
    try:
        fields = [name for _, name, _, _ in Formatter().parse(label) if name is not None]
        label.format(
            *["1"] * (pattern.groups + 1), **dict.fromkeys((*COLUMNS, *NEVER, *pattern.groupindex), "1")
        )
    except (ValueError, LookupError, AttributeError) as wrong:
        hint = f"match has {pattern.groups} groups: write {{1}}, or a column such as {{station}}"
        raise BadInput(f"{where}: label {label!r} cannot be filled in ({wrong})", hint=hint) from None
    if NEVER.intersection(fields) - set(pattern.groupindex):
        raise BadInput(f"{where}: label {label!r} would name a person", hint="labels are shown to everybody")


def _nobody(table: Any) -> re.Pattern[str]:
    patterns = table.get("nobody", []) if isinstance(table, dict) else None
    if not isinstance(patterns, list):
        raise BadInput("names.toml, [person]: nobody is not a list", hint="write nobody = ['anon.*', 'test']")
    try:
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns or [""]), re.IGNORECASE)
    except re.error as wrong:
        raise BadInput(
            f"names.toml, [person] nobody: {wrong}", hint="write a list of regular expressions"
        ) from None


def preview(rules: Rules, rows: Iterable[Facts]) -> list[dict[str, Any]]:
    """A dry run: where each series would go and why; equal ``person`` numbers are one subject, and name nobody."""
    persons_seen: dict[str, int] = {}
    out = []
    for facts in rows:
        proposal = rules.propose(facts)
        person = persons_seen.setdefault(proposal.subject_key, len(persons_seen) + 1)
        where = {"folder": _text(facts, "folder"), "person": person}
        out.append(where | {table: getattr(proposal, table) for table in TABLES} | {"why": proposal.why})
    return out
