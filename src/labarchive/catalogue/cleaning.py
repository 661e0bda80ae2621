"""``python -m labarchive.catalogue.cleaning``: parts of headers, cleaned, in a process of its own.

It is told what to do on its standard input, because a salt is a secret and a command line is none.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from labarchive.catalogue.cleaned import cleaned
from labarchive.catalogue.identified import surrogate
from labarchive.catalogue.observations import ROW_GROUP
from labarchive.index.lean import without_pandas

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "headers": ("header_key", "study_uid", "series_uid", "path", "header", "project_id", "run", "taken"),
    "instances": (
        "header_key", "study_uid", "series_uid", "sop_uid", "path", "patch", "project_id", "run", "taken",
    ),
}  # fmt: skip
"""What of a part is published."""
DOCUMENT = {"headers": "header", "instances": "patch"}


def main() -> int:
    """Clean every part that is asked for; a part is there whole or not at all."""
    without_pandas()
    os.nice(5)
    asked = json.load(sys.stdin)
    for each in asked["parts"]:
        clean_part(Path(each["from"]), Path(each["to"]), each["kind"], asked["salt"], asked["words"])
    return 0


def clean_part(source: Path, place: Path, kind: str, salt: str, words: Mapping[str, Sequence[str]]) -> None:
    """One part, a row group at a time. ``words``: study -> what its person's headers say who they are."""
    fresh = place.with_name(f".{place.name}.tmp")
    with pq.ParquetFile(source) as file:
        known = [name for name in COLUMNS[kind] if name in file.schema_arrow.names]
        schema = pa.schema([file.schema_arrow.field(name) for name in known])
        with pq.ParquetWriter(fresh, schema, compression="zstd") as out:
            for batch in file.iter_batches(batch_size=ROW_GROUP[kind], columns=known):
                rows: list[dict[str, Any]] = batch.select(known).to_pylist()
                table = pa.Table.from_pylist([_row(row, DOCUMENT[kind], salt, words) for row in rows], schema)
                out.write_table(table)
    fresh.chmod(0o600)
    fresh.replace(place)


def _row(row: dict[str, Any], document: str, salt: str, words: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    header = cleaned(json.loads(row[document]), words.get(row["study_uid"] or "", ())).header
    return {
        **row,
        document: json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
        "path": surrogate(salt, row["path"] or ""),
    }


if __name__ == "__main__":
    sys.exit(main())
