"""One machine with several accounts: what each of them can open, by processes that really are theirs."""

import contextlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from labarchive.phantom.key import AnswerKey
from labarchive.phantom.making import make
from labarchive.settings import Home
from tests.isolation.people import CARL, MIA, RAW_GROUP, SAM, SERVICE, TRYING, Account
from tests.rest.conftest import OTHER, PROJECT, ROLES, Service, serving


@dataclass
class House:
    """A machine's folders, its service, and what was seen of its processes while it ran."""

    place: Path
    raw: Path
    service: Service
    lines: set[str] = field(default_factory=set)
    """Command lines of every process that belongs to one of the accounts."""

    def environment(self, who: Account) -> dict[str, str]:
        """Of somebody's server, as the hub's spawner sets it."""
        return who.environment(
            self.place, LABARCHIVE_SERVICE_URL=self.service.url, JUPYTERHUB_API_TOKEN=f"token-{who.name}", JUPYTERHUB_USER=who.name
        )  # fmt: skip

    def tries(self, who: Account, *places: tuple[Path, str]) -> dict[tuple[str, str], str]:
        asked = json.dumps([(str(path), how) for path, how in places])
        return {(path, how): what for path, how, what in who.run(TRYING, self.environment(who), asked)}

    def kernel(self, who: Account, code: str) -> Any:
        """What a kernel of somebody prints, in which ``archive`` is open."""
        opening = "import json, labarchive\narchive = labarchive.open()"
        return who.run(f"{opening}\n{code}", self.environment(who))

    def cache(self, who: Account) -> Path:
        (found,) = (self.place / who.name / ".cache" / "labarchive").iterdir()
        return found


@pytest.fixture(scope="module", autouse=True)
def root() -> None:
    """Only root can be several people."""
    if os.getuid() != 0:
        pytest.fail(
            "isolation is proven by processes of other accounts: run these tests as root (make test does, as root)"
        )


@pytest.fixture(scope="module")
def house(root: None) -> Iterator[House]:
    place = Path(tempfile.mkdtemp(prefix="la-house-", dir="/tmp"))
    place.chmod(0o711)
    try:
        yield from _opened(place)
    finally:
        shutil.rmtree(place)


def _opened(place: Path) -> Iterator[House]:
    raw = place / "raw" / "tau"
    raw.parent.mkdir(mode=0o711)
    make(raw, profile="tiny", seed=5)
    _owned(raw, 0, RAW_GROUP)
    (place / "run").mkdir(mode=0o777)
    (place / "run").chmod(0o1777)
    home = Home(place / "archive" / "home")
    home.path.parent.mkdir()
    os.chown(home.path.parent, SERVICE.number, SERVICE.number)
    log = place / "service.log"
    with (
        log.open("wb") as said,
        serving(
            home, environment=SERVICE.environment(place), stdout=said, stderr=said, **SERVICE.whom
        ) as service,
    ):
        house = House(place, raw, service)
        with _watched(house):
            _filled(house)
            yield house


def _owned(folder: Path, owner: int, group: int) -> None:
    """As a NAS gives it: for its owner and one group."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner, group)
        path.chmod(0o750 if path.is_dir() else 0o640)


@contextlib.contextmanager
def _watched(house: House) -> Iterator[None]:
    """Look at every command line that there is, as anybody on the machine can, until the end."""
    end = threading.Event()

    def watch() -> None:
        while not end.wait(0.01):
            for entry in Path("/proc").iterdir():
                with contextlib.suppress(OSError):
                    if entry.name.isdigit() and entry.stat().st_uid in range(SERVICE.number, SAM.number + 1):
                        line = (entry / "cmdline").read_bytes().replace(b"\0", b" ")
                        house.lines.add(line.decode("utf-8", "replace"))

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    yield
    end.set()
    watching.join()


def _filled(house: House) -> None:
    """Indexed by the service's own account, with a person of each role."""
    words = {**SERVICE.environment(house.place), "LABARCHIVE_HOME": str(house.service.home.path)}
    for project in (PROJECT, OTHER):
        command = [
            sys.executable,
            "-m",
            "labarchive",
            "index",
            str(house.raw),
            "--project",
            project,
            "--json",
        ]
        subprocess.run(command, env=words, check=True, stdout=subprocess.DEVNULL, **SERVICE.whom)
    with house.service.client("ada") as admin:
        for person, role in ROLES.items():
            admin.put(f"/projects/{PROJECT}/members/{person}", json={"role": role}).raise_for_status()
        admin.put(f"/projects/{OTHER}/members/sam", json={"role": "owner"}).raise_for_status()


@pytest.fixture(scope="module")
def planted(house: House) -> list[str]:
    """Strings of the answer key."""
    found = {str(row["token"]).casefold() for row in AnswerKey.read(house.raw).tokens}
    return sorted(each for each in found if len(each) > 2)


def places_of(house: House) -> list[tuple[Path, str]]:
    """What is the archive's own: its home and all in it, its socket, its snapshots."""
    home = house.service.home
    files = [path for path in home.path.rglob("*") if path.is_file()]
    (socket,) = (path for path in (house.place / "run").rglob("*.sock"))
    folders = (home.path, home.snapshots, home.journal, home.observations, home.audit, home.log)
    tried = [(folder, "list") for folder in folders] + [(folder, "make") for folder in folders]
    tried += [(path, how) for path in files for how in ("read", "write")]
    return [*tried, (socket, "connect"), (socket.parent, "list")]


@pytest.mark.parametrize("who", [MIA, CARL, SAM], ids=lambda who: who.name)
def test_nothing_of_the_archive_s_own_can_be_opened_by_anybody_else(house: House, who: Account) -> None:
    places = places_of(house)
    assert len(places) > 60
    assert set(house.tries(who, *places).values()) == {"PermissionError"}


def test_the_service_opens_them_so_the_trial_tries(house: House) -> None:
    places = [(path, how) for path, how in places_of(house) if how in ("read", "list", "connect")]
    assert set(house.tries(SERVICE, *places).values()) <= {"read", "listed", "connected"}


def test_raw_files_are_read_by_their_group_and_written_by_nobody(house: House) -> None:
    files = list(house.raw.rglob("*.dcm"))[:20]
    reads = [(house.raw, "list"), *((path, "read") for path in files)]
    writes = [(house.raw, "make"), *((path, "write") for path in files)]
    for who in (MIA, SERVICE):
        assert set(house.tries(who, *reads).values()) == {"listed", "read"}, who.name
        assert set(house.tries(who, *writes).values()) == {"PermissionError"}, who.name
    for who in (CARL, SAM):
        assert set(house.tries(who, *reads, *writes).values()) == {"PermissionError"}, who.name


def test_the_key_of_the_hub_is_nobody_s_to_read(house: House) -> None:
    """Tokens stand in environments: the kernel shows one to its own account only."""
    pid = house.service.process.pid
    for who in (MIA, SAM):
        assert set(house.tries(who, (Path(f"/proc/{pid}/environ"), "read")).values()) == {"PermissionError"}
    assert Path(f"/proc/{pid}").stat().st_uid == SERVICE.number


def test_a_kernel_sees_its_person_s_projects_and_no_others(house: House) -> None:
    seen = {
        who.name: house.kernel(who, "print(json.dumps(sorted(project.label for project in archive)))")
        for who in (MIA, CARL, SAM)
    }
    assert seen == {"mia": [PROJECT], "carl": [PROJECT], "sam": [OTHER]}


def test_a_copy_is_its_person_s_alone(house: House) -> None:
    house.kernel(MIA, "archive.sql('from header limit 1').fetchall(); print(1)")
    cache = house.cache(MIA)
    inside = [*cache.rglob("*")]
    assert any("identified" in path.parts for path in inside)
    for path in (cache, *inside):
        seen = path.stat()
        assert (seen.st_uid, stat.S_IMODE(seen.st_mode) & 0o077) == (MIA.number, 0), path
    tried = [(path, "list" if path.is_dir() else "read") for path in (cache.parent, cache, *inside)]
    for who in (CARL, SAM):
        assert set(house.tries(who, *tried).values()) == {"PermissionError"}


SCAN = """
scan = archive.projects[0].scans(kind="T1w", format="DICOM")[0] if hasattr(archive, "projects") else archive.scans(kind="T1w", format="DICOM")[0]
try:
    open(scan.paths[0], "rb").close(); opened = "opened"
except OSError as error:
    opened = type(error).__name__
image = scan.load()
print(json.dumps([opened, list(image.shape), float(image.get_fdata().sum()), "PatientName" in scan.header]))
"""


def test_who_may_identify_loads_raw_files_and_who_may_not_loads_what_the_service_makes(house: House) -> None:
    mia, carl = house.kernel(MIA, SCAN), house.kernel(CARL, SCAN)
    assert mia[0] == "opened"
    assert carl[0] in ("FileNotFoundError", "PermissionError")
    assert mia[1:3] == carl[1:3]
    assert (mia[3], carl[3]) == (True, False)


def test_a_revoked_member_s_kernel_is_refused_and_its_copy_is_gone(house: House) -> None:
    """In a kernel that is running: from its next request on."""
    code = """
import sys, pathlib, time
print(json.dumps(len(archive.scans)), flush=True)
sys.stdin.readline()
try:
    archive.tables.owner.manifest(sys.argv[1]); told = "answered"
except labarchive.NotFound as error:
    told = str(error)
time.sleep(1.2)  # tables in memory are looked at again once a second
print(json.dumps([told, len(archive.scans), len(list(pathlib.Path(archive.tables.home.path).rglob("*.parquet")))]))
"""
    running = subprocess.Popen(
        [sys.executable, "-c", f"import json, labarchive\narchive = labarchive.open()\n{code}", PROJECT],
        env=house.environment(MIA), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **MIA.whom,
    )  # fmt: skip
    assert running.stdin and running.stdout
    assert int(running.stdout.readline()) > 0
    with house.service.client("ada") as admin:
        admin.delete(f"/projects/{PROJECT}/members/mia").raise_for_status()
        try:
            told, scans, files = json.loads(running.communicate("go\n", timeout=60)[0])
        finally:
            admin.put(f"/projects/{PROJECT}/members/mia", json={"role": "member"}).raise_for_status()
    assert "ask an owner" in told
    assert (scans, files) == (0, 0)


def test_a_volume_and_a_question_are_made_by_the_service_s_account(house: House) -> None:
    scan = house.service.get(f"/projects/{PROJECT}/scans", "carl", kind="T1w")["items"][0]["scan_id"]
    with house.service.client("carl") as carl:
        carl.get(f"/projects/{PROJECT}/scans/{scan}/volume.nii.gz").raise_for_status()
        carl.post(f"/projects/{PROJECT}/sql", json={"sql": "select count(*) from scan"}).raise_for_status()
    until = time.monotonic() + 5
    while time.monotonic() < until and not any("sql_worker" in line for line in house.lines):
        carl_again = house.service.client("carl")
        carl_again.post(f"/projects/{PROJECT}/sql", json={"sql": "select count(*) from scan"})
    assert any("labarchive.server.sql_worker" in line for line in house.lines)


# last: what the machine shows of a whole run -----------------------------------------------------------
def test_no_command_line_tells_anybody(house: House, planted: list[str]) -> None:
    assert any("labarchive.server" in line for line in house.lines)
    for line in house.lines:
        small = line.casefold().replace(str(house.raw).casefold(), "")
        assert [each for each in planted if each in small] == []
        assert "token-" not in small
        assert "select" not in small


def test_no_log_line_tells_anybody(house: House, planted: list[str]) -> None:
    logs = [house.place / "service.log", *house.service.home.log.iterdir()]
    assert any(path.stat().st_size for path in logs) or logs
    for path in logs:
        if path.is_file():
            small = path.read_text("utf-8", "replace").casefold()
            assert [each for each in planted if each in small] == [], path.name
            assert "token-" not in small


def test_everything_in_the_home_is_for_its_owner_alone(house: House) -> None:
    for path in (house.service.home.path, *house.service.home.path.rglob("*")):
        seen = path.lstat()
        assert (seen.st_uid, stat.S_IMODE(seen.st_mode) & 0o077) == (SERVICE.number, 0), path
