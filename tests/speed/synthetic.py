"""Homes without files: ``python -m tests.speed.synthetic HOME FILES A_SERIES`` observes made rows, as an indexer would.

The catalogue cannot tell: parts, journal, derivation and snapshots are the real ones. Prints JSON: rows a second
taken in, seconds to derive and publish, and the most memory of the process.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from labarchive.catalogue import Catalogue
from labarchive.index.schema import FILE_SCHEMA, HEADER_SCHEMA
from labarchive.settings import Home

PART = 1 << 16
SERIES = 8
"""Of a session; two sessions a subject."""
ROWS = """
with numbered as (
    select range as i, range // $per as series, range // $per // 8 as study, range // $per // 16 as who
    from range($first, $past)
)
select format('/nas/tau/sub-{:05d}/ses-{}/{:02d}/IM{:06d}.dcm', who, study % 2 + 1, series % 8 + 1, i) as path,
    'ok' as status, 'dicom' as form, 180000 + i % 1000 as bytes, 1700000000000000000 + i as mtime_ns, i as inode,
    1700000000000000000 + i as ctime_ns, '1.2.840.10008.1.2.1' as transfer_syntax,
    'ORIGINAL\\PRIMARY\\M\\ND' as image_type, '1.2.840.10008.5.1.4.1.1.4' as sop_class,
    '1.3.12.2.1107.5.2.43.' || study as study_uid, '1.3.12.2.1107.5.2.43.' || study || '.' || series as series_uid,
    '1.3.12.2.1107.5.2.43.' || study || '.' || series || '.' || i as sop_uid,
    strftime(date '2020-01-01' + (study % 1500)::integer, '%Y%m%d') as study_date, study_date as series_date,
    '101010' as study_time, format('10{:02d}10', series % 8) as series_time, 'MR' as modality,
    ['SIEMENS', 'GE MEDICAL SYSTEMS', 'Philips', 'UIH'][who % 4 + 1] as manufacturer, 'Scanner' as model,
    'Hospital' as institution, 'BRAIN' as study_description,
    ['t1_mprage_sag', 't2_tse_tra', 't2_flair_tra', 'ep2d_bold_rest', 'ep2d_diff_mddw_64', 'localizer', 'gre_field_map',
     'asl_3d'][series % 8 + 1] as description,
    description as protocol, 'GR' as scanning_sequence, '3D' as acquisition_type, 'P' || who as patient_id,
    '19700101' as birth_date, 'F' as sex, 1.0 + series % 5 as slice_thickness,
    [2300.0, 4000.0, 9000.0, 800.0, 5000.0, 10.0, 500.0, 4500.0][series % 8 + 1] + study % 7 as tr,
    [2.9, 95.0, 120.0, 30.0, 90.0, 5.0, 4.9, 14.0][series % 8 + 1] as te,
    case series % 8 when 0 then 900.0 when 2 then 2500.0 end as ti, 3.0 as field_strength, 9.0 as flip_angle,
    series % 8 + 1 as number, i % $per + 1 as instance, 256 as rows, 256 as columns, 16 as bits,
    [0.0, 0.0, (i % $per)::double] as position, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0] as orientation,
    [1.0, 1.0] as pixel_spacing
from numbered
"""
HEADERS = """
select substr(sha256(s), 1, 16) as header_key, '1.3.12.2.1107.5.2.43.' || series // 8 as study_uid,
    '1.3.12.2.1107.5.2.43.' || series // 8 || '.' || series as series_uid, '' as path,
    '{"00080060": {"vr": "CS", "Value": ["MR"]}, "00291020": {"vr": "UN", "InlineBinary": "'
    || repeat(sha256(s), $bytes // 64) || '"}}' as header
from (select range as series, range::varchar as s from range($first, $past))
"""


def main(home: Path, files: int, per: int, header_bytes: int = 0) -> None:
    """Make the home and print what it took."""
    catalogue, made = Catalogue(Home(home)), duckdb.connect()
    run = catalogue.begin("tau", "index", ["/nas/tau"]).run
    seconds, number = 0.0, 0
    for kind, table in _tables(made, files, per, header_bytes):
        number, began = number + 1, time.perf_counter()
        catalogue.observe(run, number, kind, table)
        seconds += time.perf_counter() - began
    began = time.perf_counter()
    summary = catalogue.finish(run)
    finish = time.perf_counter() - began
    catalogue.close()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"files": summary.files, "observe": seconds, "finish": finish, "memory": most}))


def _tables(
    made: duckdb.DuckDBPyConnection, files: int, per: int, size: int
) -> Iterator[tuple[str, pa.Table]]:
    for first in range(0, files, PART):
        words = {"per": per, "first": first, "past": min(files, first + PART)}
        yield "files", _in(FILE_SCHEMA, made.sql(ROWS, params=words).to_arrow_table())
    for first in range(0, files // per if size else 0, 1024):
        words = {"bytes": size, "first": first, "past": min(files // per, first + 1024)}
        yield "headers", _in(HEADER_SCHEMA, made.sql(HEADERS, params=words).to_arrow_table())


def _in(schema: pa.Schema, table: pa.Table) -> pa.Table:
    """With the schema's columns: what is not there is null."""
    there = set(table.column_names)
    return pa.Table.from_arrays(
        [
            table[one.name].combine_chunks().cast(one.type)
            if one.name in there
            else pa.nulls(len(table), one.type)
            for one in schema
        ],
        schema=schema,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
