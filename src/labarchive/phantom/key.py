"""The answer key of an invented archive: what is really there, what was broken, what must not leave."""

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """Rows of truth; ``projects`` names each project's folder. Paths in rows are relative to ``folder``."""

    folder: Path
    projects: dict[str, Path] = field(default_factory=dict)
    subjects: list[Row] = field(default_factory=list)
    sessions: list[Row] = field(default_factory=list)
    series: list[Row] = field(default_factory=list)
    """true kind, series_uid, expected_files as acquired, present_files that can be read, status, fault, path."""
    files: list[Row] = field(default_factory=list)
    """path, expected status and form of every file that is not ``ok``."""
    phi: list[Row] = field(default_factory=list)
    """where an identifier was planted: scope, target (series UID or path), where, what, value."""
    tokens: list[Row] = field(default_factory=list)
    """strings that must appear nowhere outside."""
    retain: list[Row] = field(default_factory=list)
    """values that look like identifiers and are none."""
    faults: list[Row] = field(default_factory=list)
    """fault, path, series_uid, status (expected of that one file), detail."""
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    """Project -> expected number of files by status, and ``bytes``."""

    TABLES = ("subjects", "sessions", "series", "files", "phi", "tokens", "retain", "faults")

    @property
    def place(self) -> Path:
        """The key lies beside the tree, never in it."""
        return self.folder.with_name(self.folder.name + "_key")

    @classmethod
    def names(cls) -> set[str]:
        """The files that a key consists of."""
        return {"summary.json", *(f"{table}.csv" for table in cls.TABLES)}

    def take(self, project: str, rows: Mapping[str, Sequence[Row]], counts: Mapping[str, int]) -> None:
        self.projects.setdefault(project, self.folder / project)
        self.counts.setdefault(project, Counter()).update(counts)
        for table, more in rows.items():
            getattr(self, table).extend(more)

    def write(self, **about: Any) -> None:
        """Write the tables as CSV and ``about`` with all counts as summary.json."""
        self.place.mkdir(parents=True, exist_ok=True)
        for table in self.TABLES:
            rows = getattr(self, table)
            with (self.place / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
                writer.writeheader()
                writer.writerows(rows)
        summary = {
            **about,
            "projects": {name: str(path.relative_to(self.folder)) for name, path in self.projects.items()},
            "files": {name: dict(sorted(counts.items())) for name, counts in self.counts.items()},
            "rows": {table: len(getattr(self, table)) for table in self.TABLES},
            "faults": dict(sorted(Counter(row["fault"] for row in self.series if row["fault"]).items())),
            "phi": dict(sorted(Counter(row["what"] for row in self.phi).items())),
        }
        (self.place / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "AnswerKey":
        """The key that lies beside ``folder``; every value in a row is text."""
        key = cls(folder)
        summary = json.loads((key.place / "summary.json").read_text())
        key.projects.update({name: folder / path for name, path in summary["projects"].items()})
        key.counts.update({name: Counter(counts) for name, counts in summary["files"].items()})
        for table in cls.TABLES:
            with (key.place / f"{table}.csv").open(newline="", encoding="utf-8") as file:
                getattr(key, table).extend(csv.DictReader(file))
        return key
