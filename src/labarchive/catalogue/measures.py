"""What was measured of scans, in Parquet parts a project: a cache, which nothing is rebuilt from and no backup needs."""

import secrets
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from labarchive.catalogue.disk import folder_made

COLUMNS: Mapping[str, str] = {
    "scan_id": "varchar", "metric": "varchar", "value": "double", "unit": "varchar",
    "tool": "varchar", "version": "varchar", "better": "varchar", "least": "double", "share": "double",
}  # fmt: skip
"""Of a part, beside whose project it is and when it came; ``better`` says which way quality lies (low, high, or neither),
``least`` and ``share`` of the median the smallest spread against which a scan may be an outlier."""
SEEN = ("scan_id", "content", "tool", "version")
"""Of which files what was measured; kept apart, since it tells when they were written."""
MOST = 48
"""Parts of a project; more are written as one."""
_TYPES: Mapping[str, pa.DataType] = {"varchar": pa.string(), "double": pa.float64()}
_MEASURED: Mapping[str, pa.DataType] = {
    **{name: _TYPES[of] for name, of in COLUMNS.items()},
    "project_id": pa.string(),
    "taken": pa.timestamp("us"),
}
_LOOKED: Mapping[str, pa.DataType] = {**dict.fromkeys(SEEN, pa.string()), "taken": pa.timestamp("us")}


class Measures:
    """The folder of all projects. Every method may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._newest: dict[str, int] = {}
        self._added = 0

    @property
    def parts(self) -> int:
        """Grows with every part that was added since this owner began."""
        return self._added

    def newest(self, project_id: str) -> int:
        """The number of the last part; 0 for none."""
        with self._lock:
            if project_id not in self._newest:
                self._newest[project_id] = max((_number(path) for path in self._parts(project_id)), default=0)
            return self._newest[project_id]

    def add(
        self,
        project_id: str,
        rows: Sequence[Mapping[str, Any]],
        seen: Sequence[Mapping[str, str]],
        at: datetime,
    ) -> int:
        """Keep these, and of which files they are; the number of their part."""
        self.newest(project_id)
        more = {"project_id": project_id, "taken": at}
        columns = pa.Table.from_pylist([{**row, **more} for row in rows], pa.schema(_MEASURED))
        looked = pa.Table.from_pylist([{**row, "taken": at} for row in seen], pa.schema(_LOOKED))
        with self._lock:
            place = folder_made(folder_made(self._folder) / project_id)
            number = self._newest[project_id] + 1
            _write(columns, place / f"{number:06d}-00000.parquet")
            _write(looked, place / f"seen-{number:06d}.parquet")
            self._newest[project_id] = number
            self._added += 1
            if len(self._parts(project_id)) > MOST:
                self._newest[project_id] = self._merged(project_id, number + 1)
            return self._newest[project_id]

    def _merged(self, project_id: str, number: int) -> int:
        """The newest of each measure as one part, and of what was looked at."""
        place = self._folder / project_id
        for parts, key, name in (
            (self._parts(project_id), "scan_id, metric, tool", f"{number:06d}-00000.parquet"),
            (sorted(place.glob("seen-*.parquet")), "scan_id, tool", f"seen-{number:06d}.parquet"),
        ):
            with duckdb.connect(config={"threads": 1, "memory_limit": "1GB"}) as tables:
                newest = tables.sql(
                    f"""from read_parquet($1) qualify row_number() over (partition by {key} order by taken desc) = 1
                    order by {key}""",
                    params=[[str(part) for part in parts]],
                )
                _write(newest.to_arrow_table(), place / name)
            for part in parts:
                part.unlink()
        return number

    def link(self, project_id: str, place: Path) -> None:
        """Have all parts in a generation's folder too."""
        with self._lock:
            for part in self._parts(project_id):
                there = place / part.name
                if not there.exists():
                    there.hardlink_to(part)

    def contents(self, project_id: str, tool: str, version: str) -> dict[str, str]:
        """scan -> which files were measured by this version of a tool."""
        with self._lock:
            parts = [str(part) for part in (self._folder / project_id).glob("seen-*.parquet")]
        if not parts:
            return {}
        with duckdb.connect(config={"threads": 1}) as tables:
            found = tables.execute(
                """select scan_id, arg_max(content, taken) from read_parquet($1)
                where tool = $2 and version = $3 group by scan_id""",
                [parts, tool, version],
            )
            return dict(found.fetchall())

    def _parts(self, project_id: str) -> list[Path]:
        return sorted((self._folder / project_id).glob("[0-9]*.parquet"))


def _write(table: pa.Table, place: Path) -> None:
    """Whole or not at all."""
    fresh = place.with_name(f".{secrets.token_hex(8)}.tmp")
    pq.write_table(table, fresh, compression="zstd")
    fresh.chmod(0o600)
    fresh.rename(place)


def _number(part: Path) -> int:
    return int(part.name.partition("-")[0])
