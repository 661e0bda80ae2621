"""What MRIQC measured elsewhere, as measures of the archive's scans: its JSON beside each image, or its group tables."""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labarchive.errors import BadInput, NotFound
from labarchive.metrics.table import table
from labarchive.selection.amounts import count
from labarchive.selection.tables import Tables, rows

if TYPE_CHECKING:
    from labarchive.selection.selection import Selection

TOOL = "mriqc"
HIGH = ("snr", "cnr", "tsnr", "fber")
LOW = ("cjv", "efc", "qi_", "fwhm", "fd_", "dvars", "aor", "aqi", "gsr", "inu_range", "rpve")
"""Beginnings of names of measures whose quality lies high, or low (MRIQC's documentation)."""
PLAIN = ("size_", "spacing_")
"""Beginnings of what says how an image is made, not how good it is."""
SHARE = 0.05
"""Of the median: the smallest spread against which a scan is an outlier."""


@dataclass(frozen=True, slots=True, repr=False)
class MetricsPlan:
    """What would be kept. Nothing is before ``apply()``; it takes the place of what was imported of these scans before."""

    tables: Tables = field(compare=False)
    project: str
    rows: tuple[Mapping[str, Any], ...]
    unmatched: tuple[str, ...]
    """Names for which the project has no scan, or several."""

    def __len__(self) -> int:
        return len({row["scan_id"] for row in self.rows})

    def apply(self) -> None:
        """Keep them: ``metric`` and ``outlier`` have them within a second."""
        seen = [
            {"scan_id": scan, "content": "", "tool": TOOL, "version": version}
            for scan, version in {row["scan_id"]: row["version"] for row in self.rows}.items()
        ]
        self.tables.owner.do(
            "measured", project=self.project, rows=[dict(row) for row in self.rows], seen=seen
        )
        self.tables.refresh()

    def __repr__(self) -> str:
        words = [
            f"plan: {count(len(self.rows), 'measure')} of {count(len(self), 'scan')} of {self.project}, nothing done yet"
        ]
        if self.unmatched:
            names = ", ".join(self.unmatched[:3]) + (" ..." if len(self.unmatched) > 3 else "")
            words.append(f"{len(self.unmatched)} left out, for which there is no one scan: {names}")
        return "\n".join([*words, ".apply()"])


def planned(selection: "Selection", folder: Path) -> MetricsPlan:
    """Raises NotFound where nothing of MRIQC's lies, BadInput for more than one project."""
    projects = selection.projects
    if len(projects) != 1:
        raise BadInput(
            "measures are imported for one project", hint='archive["tau-pet"].import_mriqc(folder)'
        )
    project = str(projects[0].label)
    scans = selection.scans
    asked = scans._query("scan_id")
    found = rows(
        scans.tables,
        f"select scan_id, path from file where status = 'ok' and scan_id in ({asked.text})",
        asked.params,
        project,
    )
    by_name: dict[str, set[str]] = {}
    for row in found:
        by_name.setdefault(_stem(row["path"]), set()).add(row["scan_id"])
    made: list[Mapping[str, Any]] = []
    unmatched: list[str] = []
    for name, version, values in _all(folder):
        ids = by_name.get(name, set())
        if len(ids) != 1:
            unmatched.append(name)
        else:
            made += _rows(next(iter(ids)), version, values)
    if not made and not unmatched:
        raise NotFound(
            f"nothing that MRIQC wrote lies in {folder}", hint="give its output folder, or a group table"
        )
    return MetricsPlan(scans.tables, project, tuple(made), tuple(unmatched))


def _stem(path: str) -> str:
    """The BIDS name of an image: ``sub-01_ses-01_T1w``."""
    return Path(path).name.removesuffix(".gz").removesuffix(".nii").removesuffix(".json")


def _all(folder: Path) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Name, version of the tool, and values of each image; a group table where there are no files beside images."""
    if folder.is_file():
        yield from _table(folder)
        return
    single = sorted(folder.rglob("sub-*.json"))
    for path in single:
        words = json.loads(path.read_text("utf-8"))
        if isinstance(words, dict) and "provenance" in words:
            yield _stem(path.name), str(words["provenance"].get("version", "")), words
    if not single:
        for path in sorted(folder.glob("group_*.tsv")):
            yield from _table(path)


def _table(path: Path) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield _stem(row.pop("bids_name", "")), "", row


def _rows(scan: str, version: str, values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name, value in values.items():
        number = _number(value)
        if number is None or name.startswith(PLAIN):
            continue
        ours = table().get(name)
        yield {
            "scan_id": scan, "metric": name, "value": number, "unit": ours.unit if ours else "", "tool": TOOL,
            "version": version, "better": "high" if name.startswith(HIGH) else "low" if name.startswith(LOW) else "",
            "least": ours.least if ours else 0.0, "share": SHARE,
        }  # fmt: skip


def _number(value: Any) -> float | None:
    try:
        number = (
            float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
        )
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) else None
