"""Makes the home in data/version-N: run once for each schema version, before it is left behind."""

import shutil
import sys
from pathlib import Path

import duckdb
import pyarrow as pa

from labarchive.settings import SCHEMA_VERSION
from tests.catalogue.conftest import ROOT, Bench, nifti, study


def make(folder: Path) -> None:
    bench = Bench(folder)
    bench.index(study(1), study(2), [nifti(f"{ROOT}/sub-1/anat/sub-1_T1w.nii.gz", "a")])
    scans = bench.ids("scan")
    bench.say("rating", scans[0], quality="unusable", reason="motion")
    bench.say("tag", scans[0], tag="pilot")
    bench.say("note", scans[1], note="ask the technician")
    bench.say("undo", "", seq=bench.say("tag", scans[2], tag="wrong").last)
    one, two = bench.ids("subject")[:2]
    bench.say("merge", two, into=one)
    bench.index([{**study(1)[3], "mtime_ns": 2}], gone=[row["path"] for row in study(1)[:3]])
    header = {
        "header_key": "1.2|1.2.1",
        "study_uid": "1.2",
        "series_uid": "1.2.1",
        "path": study(2)[0]["path"],
        "header": "{}",
    }
    run = bench.catalogue.begin("tau", "headers", [ROOT]).run
    bench.catalogue.observe(run, 1, "headers", pa.Table.from_pylist([header]))
    bench.catalogue.finish(run)
    bench.catalogue.close()
    shutil.rmtree(folder / "snapshots")
    shrink(folder / "catalogue.duckdb")
    (folder / "owner.lock").unlink()


def shrink(file: Path) -> None:
    """Small blocks, so that the file may lie in the repository."""
    small = file.with_suffix(".small")
    with duckdb.connect() as connection:
        connection.execute(
            f"attach '{file}' as big (read_only); attach '{small}' as small (block_size 16384)"
        )
        connection.execute("copy from database big to small")
    small.replace(file)


if __name__ == "__main__":
    make(
        Path(sys.argv[1])
        if len(sys.argv) > 1
        else Path(__file__).parent / "data" / f"version-{SCHEMA_VERSION}"
    )
