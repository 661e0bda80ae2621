"""Small pictures of scans over REST: drawn once, for who may see the voxels now, and kept by nobody's browser."""

import io
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import labarchive
from labarchive.errors import Damaged
from labarchive.server import drawing as drawing_module
from labarchive.server import scan_files
from labarchive.server.drawing import Drawing
from labarchive.server.pictures import KINDS, Pictures, Worker
from tests.server.conftest import OTHER, PROJECT, Service

AT = f"/projects/{PROJECT}/scans"
SIZES = {"mosaic": (960, 640), "thumbnail": (160, 160), "sprite": (2048, 128)}


def scans(service: Service, **words: str) -> list[dict[str, Any]]:
    return list(service.get(AT, limit=1000, **words)["items"])


def address(scan: str, kind: str) -> str:
    return f"{AT}/{scan}/{kind}.{KINDS[kind]}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["DICOM", "NIfTI"])
def test_a_scan_is_drawn_and_no_browser_keeps_it(service: Service, kind: str, form: str) -> None:
    scan = scans(service, kind="T1w", format=form)[0]["scan_id"]
    with service.client("carl") as client:
        answer = client.get(address(scan, kind))
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == f"image/{KINDS[kind]}"
        assert answer.headers["cache-control"] == "no-store"
        picture = Image.open(io.BytesIO(answer.content))
        assert picture.size[0] == SIZES[kind][0]
        assert picture.size[1] % SIZES[kind][1] == 0
        assert np.asarray(picture.convert("L")).max() > 200
        assert client.get(address(scan, kind)).content == answer.content


def test_every_scan_of_the_example_archive_is_drawn_or_says_why_not(service: Service) -> None:
    with service.client("mia") as client:
        found = {scan["scan_id"]: client.get(address(scan["scan_id"], "mosaic")) for scan in scans(service)}
    assert {answer.status_code for answer in found.values()} == {200}


def test_what_was_drawn_is_there_without_its_file_and_what_was_not_is_not(service: Service) -> None:
    scan = scans(service, kind="T1w", format="NIfTI")[0]
    with service.client("mia") as client:
        before = client.get(address(scan["scan_id"], "thumbnail")).content
        kept = sorted((service.home.path / "pictures").rglob("*.thumbnail.webp"))
        place = Path(service.get(f"{AT}/{scan['scan_id']}/files", "mia")["items"][0]["path"])
        aside = place.with_name("aside")
        shutil.copy2(place, aside)
        try:
            place.unlink()
            for sprite in (service.home.path / "pictures").rglob("*.sprite.jpeg"):
                sprite.unlink()
            assert client.get(address(scan["scan_id"], "thumbnail")).content == before
            assert client.get(address(scan["scan_id"], "sprite")).status_code == 404
        finally:
            aside.rename(place)
    assert sorted((service.home.path / "pictures").rglob("*.thumbnail.webp")) == kept
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)


@pytest.mark.parametrize(("person", "status"), [("", 401), ("sam", 404), ("rhea", 404)])
def test_who_may_not_see_the_voxels_gets_no_picture_that_is_there(
    service: Service, person: str, status: int
) -> None:
    scan = scans(service, kind="T1w")[0]["scan_id"]
    with service.client("mia") as client:
        client.get(address(scan, "mosaic")).raise_for_status()
    with service.client(person) as client:
        for kind in KINDS:
            assert client.get(address(scan, kind)).status_code == status


def test_a_scan_of_another_project_is_not_here(service: Service) -> None:
    other = service.get(f"/projects/{OTHER}/scans", "sam")["items"][0]["scan_id"]
    with service.client("mia") as client:
        assert client.get(address(other, "mosaic")).status_code == 404


def test_many_who_ask_at_once_have_it_drawn_once(service: Service) -> None:
    scan = scans(service, kind="FLAIR", format="DICOM")[0]["scan_id"]

    def ask(_: int) -> bytes:
        with service.client("mia") as client:
            return client.get(address(scan, "mosaic")).raise_for_status().content

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(ask, range(6)))) == 1


# in the background ---------------------------------------------------------------------------------------------
class Rows:
    """Published tables, as the background reads them."""

    def __init__(self, service: Service) -> None:
        self.service, self.tables = service, labarchive.open(service.home.path).tables

    def rows(self, query: str, params: Sequence[Any], project: str) -> list[dict[str, Any]]:
        relation = self.tables.sql(query, params, project)
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]

    def manifest(self, project: str) -> Any:
        return self.tables.loaded.get(project)


@dataclass
class Held:
    catalogue: Any
    reading: Any


@pytest.fixture
def drawing(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drawing]:
    """Of the same archive, into a folder of its own."""
    rows = Rows(service)
    monkeypatch.setattr(scan_files, "place_of", lambda *_: ([b"/"], "salt"))
    monkeypatch.setattr(drawing_module, "REST", 0)
    found = Drawing(Held(rows.tables.owner, rows), Pictures(tmp_path / "pictures"), threading.Event())
    yield found
    found.pictures.close()


def test_what_nobody_asked_for_is_drawn_once_and_again_when_its_files_are_others(
    service: Service, drawing: Drawing
) -> None:
    there = len(scans(service)) + len(service.get(f"/projects/{OTHER}/scans", "sam", limit=1000)["items"])
    drawn = drawing.catch_up()
    kept = sorted(drawing.pictures._folder.rglob("*.mosaic.webp"))
    assert (
        0 < len(kept) == drawn <= there
    )  # both projects were made of one folder: the same voxels are drawn once
    assert drawing.catch_up() == 0
    again = Drawing(drawing.given, drawing.pictures, drawing.ending)  # as after a restart
    assert again.catch_up() == 0
    kept[0].unlink()
    drawing._moved._done.clear()
    assert drawing.catch_up() == 0  # nobody looks for what was drawn before
    assert Drawing(drawing.given, drawing.pictures, drawing.ending).catch_up() == 1


def test_it_stops_when_it_is_told(drawing: Drawing) -> None:
    drawing.ending.set()
    assert drawing.catch_up() == 0


# the process that draws ---------------------------------------------------------------------------------------
@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.end()


@pytest.fixture
def row(example: Path) -> dict[str, Any]:
    path = sorted(example.rglob("*.nii.gz"))[0]
    return {"path": str(path), "path_bytes": None, "form": "nifti"}


def test_one_that_was_killed_is_started_again(worker: Worker, row: dict[str, Any], tmp_path: Path) -> None:
    worker.draw([row], "MR", {"thumbnail": str(tmp_path / "one")})
    first = worker.process_id
    os.kill(first, signal.SIGKILL)
    time.sleep(0.2)
    worker.draw([row], "MR", {"thumbnail": str(tmp_path / "two")})
    assert worker.process_id != first
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_one_that_dies_over_a_volume_is_told_as_damage(
    row: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labarchive.server.pictures.PROGRAM", ("/bin/sh", "-c", "read line; kill -9 $$"))
    worker = Worker()
    with pytest.raises(Damaged, match="takes down"):
        worker.draw([row], "MR", {"thumbnail": str(tmp_path / "one")})


def test_what_cannot_be_drawn_is_tried_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.nii.gz"
    broken.write_bytes(b"nothing of an image")
    pictures = Pictures(tmp_path / "pictures")
    rows = [{"path": str(broken), "path_bytes": None, "form": "nifti"}]
    with pytest.raises(Damaged) as first:
        pictures.made("ab12", "mosaic", rows, "MR")
    monkeypatch.setattr(Worker, "draw", lambda *_: pytest.fail("drawn again"))
    with pytest.raises(Damaged) as second:
        pictures.made("ab12", "thumbnail", rows, "MR")
    assert (first.value.what, str(broken) in first.value.what) == (second.value.what, False)
    assert not list((tmp_path / "pictures").rglob("*.tmp"))
    pictures.close()


def test_older_recipes_go_and_sprites_do_not_fill_the_disk(
    row: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "pictures" / "recipe-0" / "ab"
    older.mkdir(parents=True)
    (older / "ab.mosaic.webp").write_bytes(b"by an older recipe")
    monkeypatch.setattr("labarchive.server.pictures.EVERY", 1)
    monkeypatch.setattr("labarchive.server.pictures.SPRITES", 1)
    pictures = Pictures(tmp_path / "pictures")
    try:
        assert pictures.made("ab12", "thumbnail", [row], "MR")
        assert pictures.made("ab12", "sprite", [row], "MR")
        assert not list((tmp_path / "pictures").rglob("*.sprite.jpeg"))
        assert list((tmp_path / "pictures").rglob("*.thumbnail.webp"))
        until = time.monotonic() + 10
        while older.exists() and time.monotonic() < until:
            time.sleep(0.05)
        assert not older.exists()
    finally:
        pictures.close()


def test_the_worker_ends_with_the_service(worker: Worker, row: dict[str, Any], tmp_path: Path) -> None:
    worker.draw([row], "MR", {"thumbnail": str(tmp_path / "one")})
    process = worker._hand._process
    assert process is not None
    process.stdin.close()  # type: ignore[union-attr]
    assert process.wait(10) == 0
    assert subprocess.run(["ps", "-p", str(process.pid)], check=False, capture_output=True).returncode == 1
