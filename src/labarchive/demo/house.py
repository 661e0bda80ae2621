"""A real hub on the example archive: three people with accounts of their own, the service, and what each may see."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labarchive import phantom
from labarchive.demo import accounts
from labarchive.demo.accounts import PREFIX, Account
from labarchive.demo.kept import Program, Programs
from labarchive.errors import Busy, Unreachable
from labarchive.hub.places import shipped
from labarchive.settings import Home

PLACE = Path("/var/lib/labarchive-demo")
"""Where the demo lives when root starts it: other accounts must be able to enter it."""
CONFIG = "jupyterhub_config.py"
LOCK = Path("/run/labarchive-demo.lock")
PEOPLE = {
    # name: role in the first project, role in the second; the assistant's server is Voila
    "ines": ("owner", "member"),
    "anna": ("member", ""),
    "otto": ("", "owner"),
}
ASSISTANT = "anna"
PATIENCE = 90.0
Say = Callable[[str], None]


def possible() -> str:
    """Why this machine cannot run the hub, or nothing."""
    if os.geteuid() != 0:
        return "a hub with several people needs root"
    closed = [
        path
        for path in (*Path(sys.executable).resolve().parents, *_here())
        if not path.stat().st_mode & 0o001
    ]
    if closed:
        return f"other accounts may not enter {closed[0]}, and this environment lies there"
    if not Path(accounts.USERADD).exists():
        return "there is no useradd"
    return ""


def _here() -> list[Path]:
    """The folders of this environment and of the package."""
    return [*Path(sys.prefix).parents, *Path(__file__).parents]


@dataclass(slots=True)
class House:
    """Everything that was started; stopped in turn."""

    place: Path
    port: int
    say: Say
    students: int = 0
    people: dict[str, Account] = field(default_factory=dict)
    programs: Programs = field(default_factory=Programs)
    projects: dict[str, Path] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def home(self) -> Home:
        return Home(self.place / "archive")

    @property
    def cast(self) -> dict[str, tuple[str, str]]:
        """Everybody, with their roles in the first and the second project."""
        return PEOPLE | {f"student{n:02}": ("member", "") for n in range(1, self.students + 1)}

    def users(self) -> list[dict[str, Any]]:
        """The people, as ``--json`` tells them: the role is that in the first of their projects."""
        names = list(self.projects)
        listed = []
        for person, roles in self.cast.items():
            theirs = [project for project, role in zip(names, roles, strict=False) if role]
            role = next(role for role in roles if role)
            account = self.people[person]
            listed.append(
                {"name": account.name, "password": account.password, "role": role, "projects": theirs}
            )
        return listed


@contextmanager
def open_house(place: Path, *, port: int, profile: str, students: int = 0, say: Say) -> Iterator[House]:
    """A hub that answers, for three people and so many students; at the end everything it started is stopped, and its accounts are gone."""
    with _alone_on_this_machine():
        gone = accounts.removed()
        if gone:
            say(f"accounts that an earlier demo left were removed: {', '.join(gone)}")
        yield from _opened(House(place, port, say, students), profile)


@contextmanager
def _alone_on_this_machine() -> Iterator[None]:
    """The demo's accounts are there once. Raises Busy while another demo has them."""
    descriptor = os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                "a demo is open on this machine", hint="stop it first, or open one Lab: demo --alone"
            ) from None
        yield
    finally:
        os.close(descriptor)


def _opened(house: House, profile: str) -> Iterator[House]:
    place = house.place
    _proxy_ended(place / "hub")
    _free(house.port)
    try:
        place.mkdir(mode=0o755, parents=True, exist_ok=True)
        _raw(house, profile)
        _people(house)
        _service(house)
        _hub(house)
        yield house
    finally:
        house.programs.stop()  # the hub first, which ends the servers of its people and its proxy
        _proxy_ended(place / "hub")
        accounts.removed()


def _free(port: int) -> None:
    """Raises Busy when somebody has one of the ports: the hub would only say it to its log."""
    for each in (port, port + 1, port + 2, port + 10):
        try:
            socket.create_server(("127.0.0.1", each)).close()
        except OSError:
            raise Busy(f"port {each} is in use", hint=f"labarchive demo --port {port + 100}") from None


def _proxy_ended(state: Path) -> None:
    """The hub's proxy outlives a hub that was killed: end it by its number, if it still is what it was."""
    with contextlib.suppress(OSError, ValueError):
        pid = int((state / "proxy.pid").read_text())
        if b"chp.mjs" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGTERM)
            until = time.monotonic() + 5
            while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
                time.sleep(0.05)


def _raw(house: House, profile: str) -> None:
    """The example on a NAS of its own: each project's folder is its group's alone, and nobody may write."""
    nas = house.place / "nas"
    key = phantom.AnswerKey(nas)
    if (key.place / "summary.json").exists():
        key = phantom.AnswerKey.read(nas)
    else:
        house.say(f"making an invented imaging archive in {nas}")
        shutil.rmtree(nas, ignore_errors=True)
        key = phantom.make(nas, profile=profile, jobs=min(4, os.cpu_count() or 1))
    key.place.chmod(0o700)
    nas.chmod(0o755)
    house.projects = dict(key.projects)
    if len(house.projects) < 2:
        second = nas / "second"
        if not second.exists():
            shutil.copytree(next(iter(house.projects.values())), second)
        house.projects["second"] = second
    for project, folder in house.projects.items():
        group = accounts.group_made(_raw_group(project))
        for path in (folder, *folder.rglob("*")):
            os.chown(path, 0, group, follow_symlinks=False)
            if not path.is_symlink():
                path.chmod(0o2750 if path.is_dir() else 0o640)


def _raw_group(project: str) -> str:
    return f"{PREFIX}raw-{project}"[:31]


def _people(house: House) -> None:
    homes = house.place / "homes"
    homes.mkdir(mode=0o755, exist_ok=True)
    names = list(house.projects)
    for person, roles in house.cast.items():
        groups = [
            _raw_group(project)
            for project, role in zip(names, roles, strict=False)
            if role in ("owner", "member")
        ]
        house.people[person] = accounts.made(f"{PREFIX}{person}", homes, groups)
    groups = [_raw_group(project) for project in names]
    house.people["service"] = accounts.made(f"{PREFIX}service", homes, groups, person=False)


def _service(house: House) -> None:
    """The service as its own account; it indexes both projects, and says who may see them."""
    from labarchive.hub.configure import service_environment, service_token

    lab = _lab(house)
    service = house.people["service"]
    house.home.path.mkdir(mode=0o700, exist_ok=True)
    for path in (house.home.path, *house.home.path.rglob("*")):
        os.chown(path, service.uid, service.gid, follow_symlinks=False)
    environment = {**_plain(service), **service_environment(lab, service_token(Path(lab.hub.state)))}
    root = [
        "-m",
        "labarchive.hub.groups",
        "--lab",
        str(house.place / "lab.toml"),
        "--socket",
        lab.archive.groups,
    ]
    _started(house, root, None, _plain(None), "groups")
    listen = f"127.0.0.1:{lab.archive.port}"
    words = ["-m", "labarchive.server", "--home", str(house.home.path), "--listen", listen]
    started = _started(house, words, service, environment, "service")
    _wait(house, started, f"http://{listen}/services/archive/api/hello", {401})
    for project, folder in house.projects.items():
        house.say(f"indexing {project}")
        command = [sys.executable, "-m", "labarchive", "--home", str(house.home.path), "index", str(folder)]
        subprocess.run(
            [*command, "--project", project, "--json"], env=_plain(service), check=True, cwd="/",
            stdout=subprocess.DEVNULL, **_as(service),
        )  # fmt: skip
    _granted(house, service)


def _granted(house: House, service: Account) -> None:
    """Memberships are said like anything else: over REST, by the archive's own account."""
    program = (
        "import sys, json, httpx\n"
        "from labarchive.settings import Home\nfrom labarchive.wire.place import socket_of\n"
        "from pathlib import Path\n"
        "client = httpx.Client(transport=httpx.HTTPTransport(uds=socket_of(Home(Path(sys.argv[1])))), timeout=60)\n"
        "for project, user, role in json.loads(sys.argv[2]):\n"
        "    answer = client.put(f'http://archive/api/projects/{project}/members/{user}', json={'role': role})\n"
        "    answer.raise_for_status()\n"
    )
    grants = [
        (project, house.people[person].name, role)
        for person, roles in house.cast.items()
        for project, role in zip(house.projects, roles, strict=False)
        if role
    ]
    subprocess.run(
        [sys.executable, "-c", program, str(house.home.path), json.dumps(grants)],
        env=_plain(service), check=True, cwd="/", **_as(service),
    )  # fmt: skip


def _lab(house: House) -> Any:
    """lab.toml of this demo, written and read as a lab's own is."""
    from labarchive.hub import read_lab

    people = ", ".join(f'"{PREFIX}{person}"' for person in house.cast)
    projects = "\n".join(
        f'[project.{project}]\nroots = ["{folder}"]\ngroup = "{_raw_group(project)}"\n'
        for project, folder in house.projects.items()
    )
    text = f"""# The demo's own: made anew at each start.
[hub]
address = "{house.url}/"
state = "{house.place / "hub"}"

[archive]
home = "{house.home.path}"
user = "{PREFIX}service"
port = {house.port + 10}
groups = "{house.place / "run" / "groups.sock"}"

[people]
users = [{people}]
assistants = ["{PREFIX}{ASSISTANT}"]
memory = ""
cpus = 0.0

{projects}"""
    place = house.place / "lab.toml"
    place.write_text(text, encoding="utf-8")
    return read_lab(place)


def _hub(house: House) -> None:
    state = house.place / "hub"
    shutil.rmtree(state / "jupyterhub.sqlite", ignore_errors=True)
    (state / "jupyterhub.sqlite").unlink(missing_ok=True)
    environment = {
        **_plain(None), "LABARCHIVE_LAB": str(house.place / "lab.toml"), "LABARCHIVE_HUB_CLEANUP": "1",
    }  # fmt: skip
    words = ["-m", "jupyterhub", "-f", str(shipped("hub_config", CONFIG) / CONFIG)]
    started = _started(house, words, None, environment, "hub", signal.SIGINT, folder=state)
    _wait(house, started, f"{house.url}/hub/api/", {200})


def _plain(account: Account | None) -> dict[str, str]:
    """An environment with nothing of whoever started the demo but where Python is."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
        if name in os.environ
    }
    kept["PATH"] = f"{Path(sys.executable).parent}:{kept.get('PATH', '/usr/bin:/bin')}"
    if account:
        kept |= {"HOME": str(account.home), "USER": account.name, "LOGNAME": account.name}
    return kept


def _as(account: Account | None) -> Mapping[str, Any]:
    """subprocess' words for running as an account."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": account.groups, "umask": 0o077}


def _started(
    house: House,
    words: list[str],
    account: Account | None,
    environment: dict[str, str],
    name: str,
    ends_by: signal.Signals = signal.SIGTERM,
    folder: Path | None = None,
) -> Program:
    (house.place / "log").mkdir(mode=0o700, exist_ok=True)

    def start() -> "subprocess.Popen[bytes]":
        with open(house.place / "log" / f"{name}.log", "ab") as out:
            return subprocess.Popen(
                [sys.executable, *words], env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                cwd=folder or "/", start_new_session=True, **_as(account),
            )  # fmt: skip

    return house.programs.start(name, start, ends_by)


def _wait(house: House, started: Program, address: str, good: set[int]) -> None:
    """Until it answers with one of these. Raises Unreachable when what was started ended, or is too slow."""
    process = started.process
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310  ours, on 127.0.0.1
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            status = 0
        if status in good:
            return
        time.sleep(0.1)
    raise Unreachable(f"{address} does not answer", hint=f"the last words are in {house.place / 'log'}")
