"""An archive opened in a hub's server: the same as at home, as the person that the token names, from their own cache."""

import contextlib
import errno
import hashlib
import io
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import labarchive
from labarchive.archive import tables as of_archive
from labarchive.archive.opening import Archive
from labarchive.errors import BadInput, Busy, Damaged, NoRoom, NotAllowed, NotFound, Unreachable
from labarchive.records import Saying
from labarchive.settings import Home
from labarchive.wire import cache, connect, copies, served
from labarchive.wire.cache import Cache, Piece
from tests.rest.conftest import OTHER, PROJECT, Service, example, service, serving

__all__ = ["example", "service"]
Open = Callable[[str], Archive]


@pytest.fixture
def opened(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """``labarchive.open()`` in this person's server."""
    monkeypatch.setattr(of_archive, "LOOK", 0)
    monkeypatch.setattr(of_archive, "ASK", 0)
    monkeypatch.delenv("LABARCHIVE_HOME", raising=False)

    def now(person: str) -> Archive:
        for name, value in environment(service, person, tmp_path).items():
            monkeypatch.setenv(name, value)
        return labarchive.open()

    return now


def environment(service: Service, person: str, place: Path) -> dict[str, str]:
    """What a spawner tells a person's server."""
    return {
        "LABARCHIVE_SERVICE_URL": service.url, "JUPYTERHUB_API_TOKEN": f"token-{person}", "JUPYTERHUB_USER": person,
        "LABARCHIVE_CACHE": str(place / "cache"),
    }  # fmt: skip


def in_a_kernel(service: Service, person: str, place: Path, code: str) -> str:
    """What a process of this person's server prints."""
    words = {**os.environ, **environment(service, person, place)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=words, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_open_needs_no_argument_and_sees_the_caller_s_projects_only(opened: Open) -> None:
    assert [project.label for project in opened("mia")] == [PROJECT]
    assert [project.label for project in opened("sam")] == [OTHER]
    assert sorted(project.label for project in opened("ada")) == sorted((PROJECT, OTHER))
    assert list(opened("rhea")) == []
    assert opened("mia").who == "mia"


def test_finding_is_the_same_as_at_home(opened: Open, service: Service) -> None:
    archive, at_home = opened("mia"), labarchive.open(service.home.path)
    for ask in (
        lambda tau: tau.scans(kind="T1w").df(), lambda tau: tau.sessions.df(), lambda tau: tau.files.df(),
        lambda tau: tau.sql("select kind, count(*) n from scan group by all order by 1").df(),
    ):  # fmt: skip
        here, there = ask(archive[PROJECT]), ask(at_home[PROJECT])
        assert len(here)
        assert here.equals(there)
    scan = archive[PROJECT].scans(format="DICOM").sample(1)[0]
    assert scan.header["PatientName"] == at_home[scan.id].header["PatientName"]


def test_who_speaks_is_seen_at_once_and_by_others_too(opened: Open, service: Service) -> None:
    archive = opened("mia")
    scan = archive[PROJECT].scans(kind="T1w")[0]
    before = datetime.now(UTC)
    said = scan.rate("unusable", reason="motion")
    again = archive[scan.id]
    assert (again.quality, again.quality_by) == ("unusable", "mia")
    assert labarchive.open(service.home.path)[scan.id].quality == "unusable"
    assert archive.at(before)[scan.id].quality != "unusable"
    assert archive.history(about=scan.id)[0]["door"] == "python"
    said.undo()
    assert archive[scan.id].quality != "unusable"
    scan.tag("nice")
    archive.undo()
    assert archive[scan.id].tags == []


def test_many_things_are_said_and_taken_back_together(opened: Open) -> None:
    archive = opened("mia")
    scans = archive[PROJECT].scans
    said = scans.tag("all")
    assert len(archive[PROJECT].scans(tag="all")) == len(scans)
    said.undo()
    assert len(archive[PROJECT].scans(tag="all")) == 0


def test_without_identify_no_copy_of_a_person_is_fetched(opened: Open) -> None:
    archive = opened("carl")
    (row,) = archive.sql("select count(*), count(path) filter (path not like 'file_%') from file").fetchall()
    assert row[0] > 0
    assert row[1] == 0
    assert not list(_cache(archive).rglob("identified"))
    assert not list(_cache(archive).rglob("person_fact*"))
    assert archive[PROJECT].scans(format="DICOM")[0].header  # a cleaned one
    with pytest.raises(NotAllowed):
        archive[PROJECT].scans[0].rate("usable")


def test_a_revoked_member_loses_project_and_copy_and_a_granted_one_gains_them(
    opened: Open,
    service: Service,
) -> None:
    archive = opened("mia")
    assert len(archive[PROJECT].scans)
    (copies,) = _cache(archive).joinpath("snapshots").iterdir()
    with service.client("olga") as olga:
        olga.delete(f"/projects/{PROJECT}/members/mia").raise_for_status()
        try:
            with pytest.raises(NotFound):
                archive.tables.owner.manifest(PROJECT)
            assert not copies.exists()
            with pytest.raises(NotFound):
                archive[PROJECT]
            assert list(archive.scans) == []
            assert archive.sql("from file").fetchall() == []
        finally:
            olga.put(f"/projects/{PROJECT}/members/mia", json={"role": "member"}).raise_for_status()
    assert len(archive[PROJECT].scans)


def test_who_loses_identify_loses_what_it_opened(opened: Open, service: Service) -> None:
    archive = opened("mia")
    identified = "select count(path) filter (path not like 'file_%') from file"
    assert archive.sql(identified).fetchall() != [(0,)]
    with service.client("olga") as olga:
        olga.put(f"/projects/{PROJECT}/members/mia", json={"role": "collaborator"}).raise_for_status()
        try:
            assert archive.sql(identified).fetchall() == [(0,)]
            assert not list(_cache(archive).rglob("identified/*.parquet"))
        finally:
            olga.put(f"/projects/{PROJECT}/members/mia", json={"role": "member"}).raise_for_status()
    assert archive.sql(identified).fetchall() != [(0,)]


def test_a_copy_is_fetched_once_and_is_its_person_s_alone(
    opened: Open,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    archive = opened("mia")
    files = {path: path.stat().st_ino for path in _cache(archive).rglob("*.parquet")}
    assert files
    for path in _cache(archive).rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(_cache(archive).stat().st_mode) == 0o700
    with service.client("ada") as admin:
        before = len(admin.get("/audit", params={"project": PROJECT, "limit": 1000}).json()["items"])
    opened("mia")
    assert {path: path.stat().st_ino for path in _cache(archive).rglob("*.parquet")} == files
    with service.client("ada") as admin:
        after = len(admin.get("/audit", params={"project": PROJECT, "limit": 1000}).json()["items"])
    assert after == before


def test_a_project_that_cannot_be_fetched_is_said_and_keeps_no_other_from_opening(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = cache._link

    def full(whole: Path, path: Path) -> None:
        if full.left == 0:  # type: ignore[attr-defined]
            raise OSError(errno.ENOSPC, "No space left on device")
        full.left -= 1  # type: ignore[attr-defined]
        link(whole, path)

    full.left = 0  # type: ignore[attr-defined]
    monkeypatch.setattr(cache, "_link", full)
    with pytest.warns(UserWarning, match="could not be fetched: the cache cannot be written .No space left"):
        archive = opened("mia")
    with pytest.raises(NoRoom, match="No space left"):
        archive.tables.sql("from scan", project=PROJECT)
    full.left = -1  # type: ignore[attr-defined]
    assert len(archive[PROJECT].scans)


def test_one_header_comes_by_itself_and_all_of_them_when_a_question_is_about_them(opened: Open) -> None:
    archive = opened("mia")
    scan = archive[PROJECT].scans(format="DICOM")[0]
    one = dict(scan.header)
    with pytest.raises(NotFound):
        _ = archive[PROJECT].scans(format="NIfTI")[0].header
    assert not list(_cache(archive).rglob("header_fact"))
    assert len(archive.sql("from header").fetchall())
    assert list(_cache(archive).rglob("header_fact/*.parquet"))
    assert dict(scan.header) == one


def test_the_archive_kernel_of_a_hub_s_server_is_its_person_s(service: Service, tmp_path: Path) -> None:
    manager = pytest.importorskip("jupyter_client.manager")
    kernel = manager.KernelManager()
    kernel.kernel_spec.argv = [sys.executable, "-m", "labarchive.kernel", "-f", "{connection_file}"]
    kernel.start_kernel(env={**os.environ, **environment(service, "carl", tmp_path)})
    client = kernel.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        banner = client.kernel_info(reply=True, timeout=30)["content"]["banner"]
        assert "archive, as carl sees it: 1 project, " in banner
        words = Path(f"/proc/{kernel.provisioner.pid}/cmdline").read_bytes()
        assert b"token-carl" not in words
        assert PROJECT.encode() not in words
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)


@pytest.mark.parametrize(
    ("person", "words", "code", "told"),
    [
        ("mia", ["find", "scans", "kind=T1w", "--project", PROJECT], 0, "T1w"),
        ("mia", ["status"], 0, "services/archive, labarchive"),
        ("sam", ["find", "scans", "--project", PROJECT], 3, f"no {PROJECT}"),
        ("carl", ["rate", "kind=T1w", "usable", "--project", PROJECT], 4, "collaborator may not rate"),
        ("olga", ["audit", PROJECT], 0, "the whole project"),
        ("mia", ["audit", PROJECT], 4, "member may not manage"),
        ("ada", ["fsck"], 4, "where the archive lives"),
        ("ada", ["rebuild"], 4, "where the archive lives"),
        ("mia", ["index", "--project", PROJECT], 0, f"files of {PROJECT} in"),
        ("mia", ["index", ".", "--project", PROJECT], 2, "an administrator adds one where the archive lives"),
        ("carl", ["index", "--project", PROJECT], 4, "collaborator may not import"),
    ],
)
def test_the_command_line_in_a_hub_s_terminal_is_its_person_s_too(
    service: Service, tmp_path: Path, person: str, words: list[str], code: int, told: str
) -> None:
    command = [sys.executable, "-m", "labarchive", *words]
    settings = {**os.environ, **environment(service, person, tmp_path)}
    settings.pop("LABARCHIVE_HOME", None)
    settings["XDG_DATA_HOME"] = str(tmp_path / "data")
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False, timeout=60)
    assert not (tmp_path / "data").exists()  # no archive was made by the way
    assert (done.returncode, told in done.stdout + done.stderr) == (code, True), done


def test_several_kernels_at_once_share_one_copy(service: Service, tmp_path: Path) -> None:
    code = "import labarchive; print(len(labarchive.open().scans))"
    told: list[str] = []
    kernels = [
        threading.Thread(target=lambda: told.append(in_a_kernel(service, "mia", tmp_path, code)))
        for _ in range(4)
    ]
    for kernel in kernels:
        kernel.start()
    for kernel in kernels:
        kernel.join()
    assert len(told) == 4
    assert len(set(told)) == 1
    assert not list(tmp_path.rglob("*.part"))


def test_a_dead_service_is_done_without_and_spoken_to_again_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Home(tmp_path / "home")) as one:
        connect(one.home).say([Saying("project", "tau", "", {})])
        words = environment(one, "ada", tmp_path)
        for name, value in words.items():
            monkeypatch.setenv(name, value)
        archive = labarchive.open()
        assert [project.label for project in archive] == ["tau"]
        command, own = one.process.args, _environment(one.process.pid)
        one.process.kill()
        one.process.wait()
        assert [project.label for project in archive] == ["tau"]
        with pytest.warns(UserWarning, match="reading only: the archive does not answer"):
            assert [project.label for project in labarchive.open()] == ["tau"]
        with pytest.raises(Unreachable):
            served({name: word for name, word in words.items() if name != "JUPYTERHUB_USER"})
        with pytest.raises(Unreachable):
            archive["tau"].tag("x")
        again = subprocess.Popen(command, env=own)
        try:
            archive["tau"].tag("x")  # asked again until it answers
            assert len(archive.sql("from tag").fetchall()) == 1
        finally:
            again.terminate()
            again.wait(30)


def _environment(pid: int) -> dict[str, str]:
    words = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(word.split("=", 1) for word in words if word)


@pytest.mark.parametrize(
    ("token", "what"),
    [("", "is not set"), ("token-wrong", "nobody knows"), ("token-narrow", "something else")],
)
def test_without_a_token_of_this_hub_nothing_is_opened(
    service: Service,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    token: str,
    what: str,
) -> None:
    words = {**environment(service, "mia", tmp_path), "JUPYTERHUB_API_TOKEN": token}
    for name, value in words.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NotAllowed, match=what):
        labarchive.open()


def test_a_token_that_ended_ends_the_answers(opened: Open, service: Service) -> None:
    service.tokens["token-guest"] = "mia"
    archive = opened("guest")
    assert len(archive.scans)
    del service.tokens["token-guest"]
    with contextlib.suppress(NotAllowed):  # the service remembers a token for five seconds
        for _ in range(80):
            len(archive.scans)
            threading.Event().wait(0.1)
        pytest.fail("still answered")


def test_a_project_s_own_folders_are_indexed_by_the_service(opened: Open, example: Path) -> None:
    archive = opened("olga")
    seen: list[tuple[int, int]] = []
    done = archive.index(project=PROJECT, progress=lambda *words: seen.append(words))
    assert (done["complete"], done["new"], done["files"]) == (True, 0, len(archive[PROJECT].files))
    assert all(reached <= found for reached, found in seen)
    assert archive.index(example, project=PROJECT, quick=True)["quick"]


def test_a_new_folder_is_named_where_the_archive_lives(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not one of the folders") as refused:
        opened("olga").index(tmp_path, project=PROJECT)
    assert "where the archive lives" in refused.value.hint
    with pytest.raises(NotAllowed, match="may not import"):
        opened("carl").index(project=PROJECT)


def test_who_asks_for_what_goes_on_already_is_told(opened: Open, service: Service) -> None:
    archive = opened("mia")
    begun = threading.Thread(target=archive.index, kwargs={"project": PROJECT})
    begun.start()
    try:
        until = time.monotonic() + 20
        while not service.get(f"/projects/{PROJECT}/index")["work"] and time.monotonic() < until:
            time.sleep(0.01)
        with pytest.raises(Busy, match="being indexed already"):
            archive.index(project=PROJECT)
    finally:
        begun.join()


def test_images_are_read_where_they_lie(opened: Open, service: Service) -> None:
    scan = opened("mia")[PROJECT].scans(kind="T1w", format="DICOM")[0]
    assert (scan.load().get_fdata() == labarchive.open(service.home.path)[scan.id].load().get_fdata()).all()
    assert not list(_cache(scan).rglob(".images"))


def test_images_that_cannot_be_read_here_are_fetched_once(
    opened: Open, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = opened("mia")[PROJECT].scans(kind="T1w", format="DICOM")[0]
    at_home = labarchive.open(service.home.path)[scan.id].load()
    monkeypatch.setattr(os, "access", lambda *_: False)  # an account outside the raw folder's group
    assert (scan.load().get_fdata() == at_home.get_fdata()).all()
    copies = {path: path.stat().st_ino for path in _cache(scan).rglob(".images/*/*/*")}
    assert len(copies) == scan.n_files + 1
    assert {path.name for path in copies}.isdisjoint(path.name for path in scan.paths)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in copies)
    assert [part.name for part in scan.volumes()] == ["image"]
    assert {path: path.stat().st_ino for path in _cache(scan).rglob(".images/*/*/*")} == copies


def test_without_identify_an_image_has_no_header_and_the_same_voxels(opened: Open, service: Service) -> None:
    scan = opened("carl")[PROJECT].scans(kind="T1w", format="DICOM")[0]
    at_home = labarchive.open(service.home.path)[scan.id].load()
    image = scan.load()
    assert (image.get_fdata() == at_home.get_fdata()).all()
    assert abs(image.affine - at_home.affine).max() < 1e-4
    assert [part.name for part in scan.volumes()] == ["image"]
    assert [path.name for path in _cache(scan).rglob(".images/*/*/*")] == ["volume.nii.gz"]


def test_old_images_make_room_for_new_ones(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(copies, "MOST", 1)
    for scan in opened("mia")[PROJECT].scans(kind="T1w", format="DICOM").sample(3):
        scan.load()
        assert [place.parent.name for place in _cache(scan).rglob(".images/*/*")] == [scan.id]


def _cache(archive: Any) -> Path:
    return Path(archive.tables.home.path)


# the cache by itself ------------------------------------------------------------------------------------
CONTENT = os.urandom(3 << 20)
PIECE = Piece("scan_fact.parquet", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


def words(generation: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "project": "tau", "project_id": "proj_a", "generation": generation, "seq": 3, "facts_generation": 2,
        "schema_version": 1, "written": "2026-01-02T03:04:05", "identified": True,
        "files": {"scan_fact": [PIECE._asdict()]}, **more,
    }  # fmt: skip


def test_a_download_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    copy, starts = Cache(tmp_path / "cache"), []

    def breaking(piece: Piece, into: io.BufferedRandom) -> None:
        start = into.seek(0, os.SEEK_END)
        starts.append(start)
        into.write(CONTENT[start : start + (1 << 20)])
        if len(starts) == 1:
            raise Unreachable("gone")
        into.write(CONTENT[start + (1 << 20) :])

    with copy.turn("proj_a", 1):
        with pytest.raises(Unreachable):
            copy.take(words(), breaking, whole=True)
        manifest = copy.take(words(), breaking, whole=True)
    assert starts == [0, 1 << 20]
    assert (manifest.folder / "scan_fact.parquet").read_bytes() == CONTENT


def test_what_arrives_otherwise_than_it_was_listed_is_refused(tmp_path: Path) -> None:
    copy = Cache(tmp_path / "cache")
    with copy.turn("proj_a", 1), pytest.raises(Damaged, match="arrived otherwise"):
        copy.take(words(), lambda piece, into: into.write(b"other") and None, whole=True)
    assert not list(tmp_path.rglob("*.parquet"))
    assert not list(tmp_path.rglob("manifest.json"))


def test_old_generations_go_and_their_files_with_them(tmp_path: Path) -> None:
    copy = Cache(tmp_path / "cache")

    def write(piece: Piece, into: io.BufferedRandom) -> None:
        into.write(CONTENT)

    with copy.turn("proj_a", 1):
        for generation in range(1, 6):
            folder = copy.take(words(generation), write, whole=True).folder
            os.utime(folder / "manifest.json", (0, 0))
        assert sorted(path.name for path in folder.parent.glob("gen-*")) == ["gen-000004", "gen-000005"]
        assert (folder / "scan_fact.parquet").stat().st_nlink == 3  # the two, and the one they are links of
        copy.take(words(1), write, whole=True)  # of an archive that was begun anew
        assert [path.name for path in folder.parent.glob("gen-*")] == ["gen-000001"]
        copy.take(words(2, files={}), write, whole=True)
        os.utime(folder.parent / "gen-000001" / "manifest.json", (0, 0))
        copy.take(words(3, files={}), write, whole=True)
        copy.take(words(4, files={}), write, whole=True)
    assert not list((folder.parent / ".whole").iterdir())


def test_one_kernel_at_a_time_fetches_a_project(tmp_path: Path) -> None:
    copy = Cache(tmp_path / "cache")
    with copy.turn("proj_a", 1):
        with pytest.raises(Busy, match="another kernel"), copy.turn("proj_a", 0.05):
            pass
        with copy.turn("proj_b", 1):
            pass


def test_a_cache_that_others_can_reach_into_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o755)
    with pytest.raises(BadInput, match="open to others"), Cache(folder).turn("proj_a", 1):
        pass
