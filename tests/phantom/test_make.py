"""An archive is made to measure, the same for the same seed, and nowhere but where it was asked for."""

import hashlib
import shutil
from pathlib import Path

import pydicom
import pytest

from labarchive import phantom
from labarchive.errors import BadInput
from labarchive.phantom import making
from labarchive.phantom.plain import Batch, make_batch
from labarchive.phantom.vocabulary import SEQUENCES


def digests(tree: Path) -> dict[str, str]:
    return {
        str(path.relative_to(tree)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in tree.rglob("*")
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_processes(tmp_path: Path) -> None:
    phantom.make(tmp_path / "one", sessions=3, seed=5)
    phantom.make(tmp_path / "two", sessions=3, seed=5, jobs=2)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert digests(tmp_path / "one_key") == digests(tmp_path / "two_key")


def test_another_seed_gives_another_archive(tmp_path: Path) -> None:
    phantom.make(tmp_path / "one", sessions=1, seed=5)
    phantom.make(tmp_path / "two", sessions=1, seed=6)
    assert digests(tmp_path / "one") != digests(tmp_path / "two")


def test_only_the_folder_and_its_key_are_written(tmp_path: Path) -> None:
    phantom.make(tmp_path / "nas", sessions=1)
    assert {path.name for path in tmp_path.iterdir()} == {"nas", "nas_key"}


def test_progress_comes_once_a_session(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    phantom.make(tmp_path / "nas", sessions=2, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("name", "sessions", "least", "most"),
    [("tiny", 4, 100, 500), ("demo", 40, 2_000, 4_500), ("lab", 600, 80_000, 120_000)],
)
def test_profiles_are_as_large_as_they_say(name: str, sessions: int, least: int, most: int) -> None:
    profile = phantom.PROFILES[name]
    plan = making.planned(profile, seed=1, sessions=None)
    assert len(plan) == sessions
    files = sum(
        round(profile.slices * SEQUENCES[kind].share) * SEQUENCES[kind].volumes
        for visit in plan
        for kind in visit.kinds
    )
    assert least < files < most


def test_people_come_again_and_a_few_change_site() -> None:
    plan = making.planned(phantom.PROFILES["lab"], seed=1, sessions=None)
    sites: dict[int, set[str]] = {}
    for visit in plan:
        sites.setdefault(visit.who.number, set()).add(visit.site.code)
    assert 0.3 < len(sites) / len(plan) < 0.7
    assert 0 < sum(len(codes) > 1 for codes in sites.values()) / len(sites) < 0.2
    assert len({visit.spelling for visit in plan}) > 6


@pytest.mark.parametrize("number", range(4))
def test_a_vendor_header_is_as_long_as_a_scanners(number: int, tmp_path: Path) -> None:
    make_batch(Batch(tmp_path, seed=1, number=number, files=1, vendor=True))
    (path,) = tmp_path.rglob("*.dcm")
    header = pydicom.dcmread(path)
    elements = list(header.iterall())
    assert len(header) >= 250
    assert len(elements) > len(header)
    private = {element.tag.group for element in header if element.tag.is_private}
    assert private
    content = path.read_bytes()
    assert content.find(b"\x20\x00\x32\x00") < content.find(b"\x28\x00\x10\x00") < 8192
    assert header.pixel_array.shape == (32, 32)


def test_tiny_files_are_tiny_and_as_many_as_asked_for(tmp_path: Path) -> None:
    key = phantom.make(tmp_path / "nas", profile="scale", files=2_150, jobs=2)
    paths = list(key.folder.rglob("*.dcm"))
    assert len(paths) == 2_150 == sum(row["present_files"] for row in key.series)
    assert max(path.stat().st_size for path in paths) < 1_400
    phantom.make(tmp_path / "again", profile="scale", files=2_150)
    assert digests(tmp_path / "nas_key") == digests(tmp_path / "again_key")


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(BadInput, match="holds something"):
        phantom.make(tmp_path)
    (tmp_path / "nas_key").mkdir()
    (tmp_path / "nas_key" / "mine.txt").write_text("precious")
    with pytest.raises(BadInput, match="nas_key holds something"):
        phantom.make(tmp_path / "nas")


def test_an_unknown_profile_is_told_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="demo"):
        phantom.make(tmp_path / "nas", profile="huge")


def test_a_missing_extra_is_named_with_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "find_spec", lambda name: None if name == "nilearn" else object())
    with pytest.raises(BadInput, match=r"needs nilearn: pip install 'labarchive\[phantom\]'"):
        phantom.make(tmp_path / "nas")
    assert not (tmp_path / "nas").exists()


def test_the_key_of_an_archive_that_was_deleted_is_replaced(tmp_path: Path) -> None:
    phantom.make(tmp_path / "nas", sessions=1, seed=5)
    shutil.rmtree(tmp_path / "nas")
    key = phantom.make(tmp_path / "nas", sessions=1, seed=6)
    assert phantom.AnswerKey.read(tmp_path / "nas").sessions[0]["study_uid"] == key.sessions[0]["study_uid"]
