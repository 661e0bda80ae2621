"""The demo's own Unix accounts and groups: made for it, marked as its, and gone after it. No other is ever touched."""

import contextlib
import grp
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labarchive.errors import BadInput

PREFIX = "la-demo-"
MARK = "labarchive demo account"
"""In the GECOS field of each: an account without it is somebody's."""
USERADD, USERDEL, GROUPADD, GROUPDEL, CHPASSWD = (
    f"/usr/sbin/{name}" for name in ("useradd", "userdel", "groupadd", "groupdel", "chpasswd")
)


@dataclass(frozen=True, slots=True)
class Account:
    """One of the demo's."""

    name: str
    uid: int
    gid: int
    home: Path
    password: str = ""

    @property
    def groups(self) -> list[int]:
        """Its supplementary groups, as they are now."""
        return os.getgrouplist(self.name, self.gid)


def group_made(name: str) -> int:
    """The group's number. Raises BadInput for a name that is not the demo's."""
    _ours(name)
    with contextlib.suppress(KeyError):
        return grp.getgrnam(name).gr_gid
    subprocess.run([GROUPADD, name], check=True, capture_output=True)
    return grp.getgrnam(name).gr_gid


def made(name: str, homes: Path, groups: Sequence[str] = (), *, person: bool = True) -> Account:
    """A fresh account with a home and a generated password; who is no person cannot sign in."""
    _ours(name)
    home = homes / name
    words = ["--create-home", "--home-dir", str(home), "--comment", MARK, "--groups", ",".join(groups)]
    shell = "/bin/bash" if person else "/usr/sbin/nologin"
    subprocess.run([USERADD, *words, "--shell", shell, name], check=True, capture_output=True)
    home.chmod(0o700)
    password = ""
    if person:
        password = secrets.token_urlsafe(9)
        subprocess.run([CHPASSWD], input=f"{name}:{password}\n".encode(), check=True, capture_output=True)
    seen = pwd.getpwnam(name)
    return Account(name, seen.pw_uid, seen.pw_gid, home, password)


def removed() -> list[str]:
    """End what runs as the demo's accounts, and take these and their groups away; the names that there were."""
    names = [
        each.pw_name for each in pwd.getpwall() if each.pw_name.startswith(PREFIX) and each.pw_gecos == MARK
    ]
    for name in names:
        uid = pwd.getpwnam(name).pw_uid
        _ended(uid)
        subprocess.run([USERDEL, "--remove", name], check=False, capture_output=True)
        shutil.rmtree(Path("/tmp") / f"labarchive-{uid}", ignore_errors=True)  # noqa: S108  its sockets
    for each in grp.getgrall():
        if each.gr_name.startswith(PREFIX) and not each.gr_mem:
            subprocess.run([GROUPDEL, each.gr_name], check=False, capture_output=True)
    return names


def _ours(name: str) -> None:
    if not name.startswith(PREFIX):
        raise BadInput(f"{name!r} is no account of the demo", hint=f"they are called {PREFIX}...")
    with contextlib.suppress(KeyError):
        if pwd.getpwnam(name).pw_gecos != MARK:
            raise BadInput(
                f"somebody has the account {name}", hint="the demo touches only accounts that it made"
            )


def _ended(uid: int) -> None:
    """End all processes of an account; five seconds to leave by themselves."""
    for number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        until = time.monotonic() + patience
        for pid in _processes(uid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        while _processes(uid) and time.monotonic() < until:
            time.sleep(0.05)


def _processes(uid: int) -> list[int]:
    found = []
    for entry in os.scandir("/proc"):
        with contextlib.suppress(OSError, IndexError):
            if entry.name.isdigit() and entry.stat().st_uid == uid and not _is_over(entry.path):
                found.append(int(entry.name))
    return found


def _is_over(place: str) -> bool:
    """A zombie runs no more; its parent will hear of it."""
    return Path(place, "stat").read_text().rpartition(") ")[2][:1] == "Z"
