"""The second pass gives every instance's header as a patch, and loses none that cannot be read."""

import json
import os
from pathlib import Path

import pyarrow as pa
import pytest

from labarchive.index import headers
from labarchive.index.instances import Wanted, read_instances
from labarchive.index.tasks import header_key

pytestmark = pytest.mark.data


def wanted_of(paths: list[Path]) -> list[Wanted]:
    """As the owner would ask: the first file's header is its series'."""
    header = headers.read_header(os.fsencode(paths[0]))
    text = headers.dumps(header)
    key = header_key("1.2", "1.2.3")
    return [Wanted(os.fsencode(path), "1.2", "1.2.3", key, text) for path in paths]


@pytest.mark.parametrize("little", [1000, 2])
def test_series_header_and_patch_give_the_instances_header(
    dev_data: Path, monkeypatch: pytest.MonkeyPatch, little: int
) -> None:
    monkeypatch.setattr("labarchive.index.instances.LITTLE", little)
    paths = sorted((dev_data / "dcmstack").rglob("*.dcm"))[:8]
    wanted = wanted_of(paths)
    rows = pa.concat_tables(read_instances(wanted, batch=3)).to_pylist()
    assert sorted(row["path"] for row in rows) == [str(path) for path in paths]
    for row in rows:
        whole = headers.apply(json.loads(wanted[0].series), json.loads(row["patch"]))
        assert whole == json.loads(headers.dumps(headers.read_header(row["path"])))
        assert row["sop_uid"] == headers.sop_uid(whole)


def test_what_cannot_be_read_is_a_row_with_its_reason(dev_data: Path, tmp_path: Path) -> None:
    paths = sorted((dev_data / "dcmstack").rglob("*.dcm"))[:2]
    (tmp_path / "junk.dcm").write_bytes(b"junk" * 100)
    wanted = wanted_of([*paths, tmp_path / "junk.dcm", tmp_path / "missing.dcm"])
    rows = {Path(row["path"]).name: row for table in read_instances(wanted) for row in table.to_pylist()}
    assert len(rows) == 4
    for name in ("junk.dcm", "missing.dcm"):
        assert rows[name]["patch"] is None
        assert rows[name]["reason"]
