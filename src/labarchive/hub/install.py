"""From lab.toml to a machine that runs the lab: units, secrets, the service's account. Says first what it will do."""

import os
import pwd
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal

from labarchive.catalogue.disk import replaced
from labarchive.errors import NotAllowed
from labarchive.hub.configure import service_environment
from labarchive.hub.lab import Lab, read_lab
from labarchive.hub.places import shipped
from labarchive.hub.proxy import PROGRAM, node

NAMES = ("labarchive-groups", "labarchive-archive", "labarchive-proxy", "labarchive-hub")
"""The units, in the order in which they are started."""
CONFIG = "jupyterhub_config.py"
Does = Literal["make", "change", "keep"]


@dataclass(frozen=True, slots=True)
class Site:
    """Where a machine keeps what is written for it."""

    etc: Path = Path("/etc/labarchive")
    units: Path = Path("/etc/systemd/system")

    @property
    def lab(self) -> Path:
        return self.etc / "lab.toml"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that installing does, or leaves as it is. Without a place it is an account; without content a folder."""

    does: Does
    what: str
    place: Path | None = None
    content: str = ""
    mode: int = 0o644
    owner: str = ""

    def words(self) -> dict[str, str]:
        return {"does": self.does, "what": self.what, "path": str(self.place or "")}


def plan(site: Site) -> Iterator[Step]:
    """What is to be done, in order. Raises BadInput for a lab.toml that cannot be read."""
    example = shipped("hub_config", "lab.toml") / "lab.toml"
    yield _once(site.lab, "lab.toml, for you to edit", example.read_text("utf-8"), 0o644)
    lab = read_lab(site.lab if _is(site.lab) else example)
    user, state = lab.archive.user, Path(lab.hub.state)
    yield Step("keep" if _has_account(user) else "make", "the service's account", owner=user)
    yield _folder(state, "the hub's state", "")
    yield _folder(Path(lab.archive.home), "the archive's home", user)
    token = _read(state / "service.token") or secrets.token_hex(32)
    yield _once(state / "service.token", "what hub and service know each other by", token, 0o600)
    proxy = f"CONFIGPROXY_AUTH_TOKEN={secrets.token_hex(32)}\n"
    yield _once(site.etc / "proxy.env", "what hub and proxy know each other by", proxy, 0o600)
    told = "".join(f"{name}={value}\n" for name, value in service_environment(lab, token).items())
    yield _file(site.etc / "archive.env", "what the service is told of its hub", told, 0o600)
    words = _words(site, lab)
    for name in NAMES:
        text = Template((shipped("hub_config", "units") / "units" / f"{name}.service").read_text("utf-8"))
        yield _file(site.units / f"{name}.service", f"the unit {name}", text.substitute(words), 0o644)


def install(site: Site) -> list[Step]:
    """Do it; what is there is kept, secrets above all. Raises NotAllowed for who is not root."""
    if os.geteuid() != 0:
        raise NotAllowed(
            "installing makes an account and writes below /etc", hint="sudo labarchive hub install; --dry-run only says what it would do"
        )  # fmt: skip
    done = []
    for step in plan(site):  # a step may be read by the next
        if step.does != "keep":
            _do(step)
        done.append(step)
    return done


def next_steps(site: Site) -> list[str]:
    """What is left to a person, as commands."""
    lab = read_lab(site.lab) if _is(site.lab) else Lab()
    groups = [project.group for project in lab.projects.values() if project.group]
    return [
        f"edit {site.lab}, then again: labarchive hub install",
        *(f"usermod -aG {group} {lab.archive.user}" for group in groups),
        "labarchive hub check",
        "systemctl daemon-reload",
        f"systemctl enable --now {' '.join(NAMES)}",
    ]


def _words(site: Site, lab: Lab) -> Mapping[str, str]:
    """What the units leave open."""
    port = lab.hub.port
    return {
        "python": sys.executable, "node": node(), "chp": str(PROGRAM), "etc": str(site.etc), "lab": str(site.lab),
        "config": str(shipped("hub_config", CONFIG) / CONFIG), "groups": lab.archive.groups or "/run/labarchive/groups.sock",
        "user": lab.archive.user, "home": lab.archive.home, "state": lab.hub.state, "archive_port": str(lab.archive.port),
        "listen": lab.hub.host, "port": str(port), "hub_port": str(port + 1), "api_port": str(port + 2),
        "routing": " --host-routing" if lab.hub.subdomains else "",
    }  # fmt: skip


def _once(place: Path, what: str, content: str, mode: int) -> Step:
    """A file that is never written again."""
    return Step("keep" if _is(place) else "make", what, place, content, mode)


def _file(place: Path, what: str, content: str, mode: int) -> Step:
    """A file that follows lab.toml and this version."""
    if not _is(place):
        return Step("make", what, place, content, mode)
    return Step("change" if _read(place) not in ("", content) else "keep", what, place, content, mode)


def _folder(place: Path, what: str, owner: str) -> Step:
    return Step("keep" if _is(place) else "make", what, place, mode=0o700, owner=owner)


def _is(place: Path) -> bool:
    """Whether it is there; what one may not look at is."""
    try:
        place.stat()
    except FileNotFoundError:
        return False
    except PermissionError:
        return True
    return True


def _read(place: Path) -> str:
    """Its text; nothing where it is not, or may not be read."""
    try:
        return place.read_text("utf-8")
    except OSError:
        return ""


def _has_account(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _do(step: Step) -> None:
    if step.place is None:
        words = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", step.owner]
        subprocess.run([shutil.which("useradd", path="/usr/sbin:/usr/bin") or "useradd", *words], check=True)
    elif not step.content:
        step.place.mkdir(mode=step.mode, parents=True)
        if step.owner:
            account = pwd.getpwnam(step.owner)
            os.chown(step.place, account.pw_uid, account.pw_gid)
    else:
        step.place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        replaced(step.place, step.content.encode())  # for its owner alone until its mode is given
        step.place.chmod(step.mode)
