"""The catalogue of an invented archive says what its answer key says: of every file, series and kind."""

from collections import Counter
from pathlib import Path

import pytest

from labarchive import phantom
from labarchive.phantom import AnswerKey
from tests.whole.conftest import Door


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> AnswerKey:
    return phantom.make(tmp_path_factory.mktemp("faults") / "nas", profile="faults", seed=11)


def test_files_series_and_kinds_are_what_the_key_says(door: Door, key: AnswerKey) -> None:
    for project, folder in key.projects.items():
        door.index(folder, project=project)
    files = door.sql("select path, status, form from file")
    seen = {str(Path(row["path"]).relative_to(key.folder)): row["status"] for row in files}
    odd = {row["path"]: row["status"] for row in key.files}
    assert {path: seen.get(path) for path in odd} == odd
    assert Counter(status for path, status in seen.items() if path not in odd) == {"ok": len(seen) - len(odd)}

    wanted = {row["series_uid"]: row["kind"] for row in key.series if row.get("series_uid")}
    scans = {row["series_uid"]: row for row in door.sql("select series_uid, kind, n_files from scan")}
    assert {uid: scans[uid]["kind"] for uid in wanted if uid in scans} == {
        uid: kind for uid, kind in wanted.items() if uid in scans
    }
    assert len([uid for uid in wanted if uid in scans]) > 30
