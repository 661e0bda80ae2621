"""MRIQC's output becomes measures of the scans that it is about; names that fit no scan are said."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

import labarchive
from labarchive.archive import indexing
from labarchive.errors import BadInput, NotFound
from labarchive.selection.archive import Archive
from labarchive.settings import Home

N = 8


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Eight subjects as BIDS."""
    folder = tmp_path_factory.mktemp("mriqc") / "bids"
    for n in range(N):
        place = folder / f"sub-{n:02d}" / "anat" / f"sub-{n:02d}_T1w.nii.gz"
        place.parent.mkdir(parents=True)
        nib.save(nib.Nifti1Image(np.full((4, 4, 4), n, np.int16), np.eye(4)), place)
    home = Home(tmp_path_factory.mktemp("mriqc-home") / "home")
    indexing.index(home, [folder], "study")
    found = labarchive.open(home.path)
    yield found
    os.kill(found.tables.owner.hello()["pid"], signal.SIGTERM)


def written(folder: Path, n: int, **more: object) -> None:
    place = folder / f"sub-{n:02d}" / "anat" / f"sub-{n:02d}_T1w.json"
    place.parent.mkdir(parents=True)
    words = {
        "cjv": 0.4 + 0.01 * n, "snr_total": 12.0, "size_x": 176, "summary_bg_k": None, "bids_meta": {"modality": "T1w"},
        "provenance": {"version": "24.1.0", "software": "mriqc"}, **more,
    }  # fmt: skip
    place.write_text(json.dumps(words))


def test_json_beside_each_image(archive: Archive, tmp_path: Path) -> None:
    for n in range(N):
        written(tmp_path, n, **({"snr_total": 3.0} if n == 5 else {}))
    written(tmp_path, 77)
    plan = archive["study"].import_mriqc(tmp_path)
    assert (len(plan), plan.unmatched) == (N, ("sub-77_T1w",))
    assert "nothing done yet" in repr(plan)
    assert archive.sql("select count(*) from metric where tool = 'mriqc'").fetchall() == [(0,)]
    plan.apply()
    kept = archive.sql(
        "select metric, version, count(*) from metric where tool = 'mriqc' group by all order by 1"
    )
    assert kept.fetchall() == [("cjv", "24.1.0", N), ("snr_total", "24.1.0", N)]
    out = archive.sql("select subject, metric from outlier join scan using (scan_id)").fetchall()
    assert out == [("05", "snr_total")]
    plan.apply()  # again: in the place of what was there
    assert archive.sql("select count(*) from metric where tool = 'mriqc'").fetchall() == [(2 * N,)]


def test_a_group_table(archive: Archive, tmp_path: Path) -> None:
    lines = ["bids_name\tefc\tsize_x\tnote", *(f"sub-{n:02d}_T1w\t0.5{n}\t176\tn/a" for n in range(3))]
    (tmp_path / "group_T1w.tsv").write_text("\n".join(lines))
    for given in (tmp_path, tmp_path / "group_T1w.tsv"):
        plan = archive["study"].import_mriqc(given)
        assert [(row["metric"], row["value"]) for row in plan.rows] == [
            ("efc", 0.5),
            ("efc", 0.51),
            ("efc", 0.52),
        ]


def test_what_is_no_output_says_so(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing that MRIQC wrote"):
        archive["study"].import_mriqc(tmp_path)
    with pytest.raises(BadInput, match="one project"):
        archive.scans(kind="none").import_mriqc(tmp_path)
