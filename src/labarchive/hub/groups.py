"""The small process of root: it puts people into the Unix groups of raw folders, takes them out, and does nothing else.

The service is never root. It asks here, over a Unix socket, for one of four verbs about a person and a project of
lab.toml. Who asks is told by the kernel (SO_PEERCRED); whom it may be about, by the machine's accounts and lab.toml.
    python -m labarchive.hub.groups --lab lab.toml --socket /run/labarchive/groups.sock
"""

import argparse
import contextlib
import grp
import json
import logging
import os
import pwd
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labarchive.errors import BadInput, LabarchiveError, NotAllowed, NotFound
from labarchive.hub.lab import Lab, Project, read_lab

GPASSWD = "/usr/bin/gpasswd"
LEAST_UID = 1000
"""Accounts of people begin here (login.defs UID_MIN); those below are the machine's."""
LONGEST = 4096
"""Bytes of a question."""
PATIENCE = 5.0
"""Seconds that somebody who is connected may be silent."""
log = logging.getLogger("labarchive.groups")


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one lab.toml."""

    lab: Lab

    def admit(self, project: str, user: str) -> dict[str, Any]:
        """Into the project's group. Who is in it already stays."""
        return self._changed("--add", project, user)

    def expel(self, project: str, user: str) -> dict[str, Any]:
        """Out of the project's group; what runs as the person holds it until it ends."""
        return self._changed("--delete", project, user)

    def members(self, project: str, user: str) -> dict[str, Any]:
        """Whether the person is in the group now, and whether all that runs as the person knows."""
        group = self._group(self._project(project))
        account = _person(user)
        inside = group.gr_gid in os.getgrouplist(account.pw_name, account.pw_gid)
        return {"member": inside, "holding": len(_holding(account.pw_uid, group.gr_gid))}

    def closed(self, project: str, user: str) -> dict[str, Any]:
        """Tried, not reckoned: a fresh process of the person opens each root, and nothing older may hold the group."""
        given = self._project(project)
        account = _person(user)
        opened = any(_may_open(account, root) for root in given.roots)
        holding = _holding(account.pw_uid, self._group(given).gr_gid)
        return {"closed": not opened and not holding, "holding": len(holding)}

    def _changed(self, way: str, project: str, user: str) -> dict[str, Any]:
        group, account = self._group(self._project(project)), _person(user)
        if account.pw_name == self.lab.archive.user:
            raise NotAllowed("the service's own account stays as it is", hint="name a person")
        before = account.pw_name in group.gr_mem
        if before != (way == "--add"):
            done = subprocess.run(
                [GPASSWD, way, account.pw_name, group.gr_name],
                capture_output=True,
                check=False,
                env={"LC_ALL": "C"},
            )
            if done.returncode:
                raise LabarchiveError(
                    f"the group {group.gr_name} could not be changed",
                    hint="is it a group of this machine? A directory's groups are changed in the directory",
                )
            log.info("%s %s %s", way.removeprefix("--"), group.gr_name, account.pw_name)
        return self.members(project, user)

    def _project(self, name: str) -> Project:
        given = self.lab.projects.get(name)
        if given is None or not given.group:
            raise NotFound(f"lab.toml has no group for {name}", hint="[project.NAME] group = ...")
        return given

    def _group(self, project: Project) -> grp.struct_group:
        try:
            group = grp.getgrnam(project.group)
        except KeyError:
            raise NotFound(f"there is no group {project.group}", hint=f"groupadd {project.group}") from None
        if group.gr_gid < LEAST_UID and not project.group.startswith("la-demo-"):
            raise NotAllowed(f"{project.group} is a group of the machine's", hint="make one for the raw data")
        return group


VERBS: Mapping[str, Callable[[Groups, str, str], dict[str, Any]]] = {
    "admit": Groups.admit, "expel": Groups.expel, "members": Groups.members, "closed": Groups.closed,
}  # fmt: skip
"""All that root does for the service."""


def _person(user: str) -> pwd.struct_passwd:
    try:
        account = pwd.getpwnam(user)
    except (KeyError, ValueError):
        raise NotFound(
            "there is no such account on this machine", hint="people need one: see people.md"
        ) from None
    if account.pw_uid < LEAST_UID:
        raise NotAllowed("this is an account of the machine's", hint="name a person")
    return account


def _holding(uid: int, gid: int) -> list[int]:
    """Processes of the person that have the group."""
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, KeyError):
            lines = (
                line.split(":", 1)
                for line in Path(entry.path, "status").read_text().splitlines()
                if ":" in line
            )
            said = {name: value.split() for name, value in lines}
            if (
                said["State"][0] != "Z"
                and str(uid) in said["Uid"]
                and str(gid) in (*said["Groups"], *said["Gid"])
            ):
                found.append(int(entry.name))
    return found


def _may_open(account: pwd.struct_passwd, place: str) -> bool:
    child = os.fork()
    if not child:
        code = 1
        with contextlib.suppress(OSError):
            os.setgroups(os.getgrouplist(account.pw_name, account.pw_gid))
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
            os.close(os.open(place, os.O_RDONLY))
            code = 0
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def answer(groups: Groups, question: bytes) -> dict[str, Any]:
    """What is answered to one line. Never raises."""
    try:
        asked = json.loads(question)
        verb, project, user = (asked.get(name) for name in ("verb", "project", "user"))
        if set(asked) != {"verb", "project", "user"} or not all(
            isinstance(each, str) for each in (verb, project, user)
        ):
            raise BadInput("the question is not understood", hint='{"verb", "project", "user"}')
        if verb not in VERBS:
            raise BadInput(f"{verb!r} is none of the verbs", hint=", ".join(VERBS))
        return VERBS[verb](groups, project, user)
    except LabarchiveError as error:
        return {"error": type(error).__name__, "what": error.what, "hint": error.hint}
    except (ValueError, AttributeError, OSError) as error:
        log.error("a question met %s", type(error).__name__)
        return {
            "error": "BadInput",
            "what": "the question is not understood",
            "hint": "send one line of JSON",
        }


def listen(place: Path, user: pwd.struct_passwd) -> socket.socket:
    """A socket that the service's account may speak to, and nobody else."""
    place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(str(place))
    finally:
        os.umask(before)
    os.chown(place, user.pw_uid, user.pw_gid)
    listening.listen(16)
    return listening


def serve(groups: Groups, listening: socket.socket, user: pwd.struct_passwd) -> None:
    """One question after the other, until SIGTERM."""
    while True:
        line, _ = listening.accept()
        with line, contextlib.suppress(OSError):
            line.settimeout(PATIENCE)
            if _peer(line) not in (user.pw_uid, 0):
                continue
            with line.makefile("rb") as said:
                question = said.readline(LONGEST)
            line.sendall(json.dumps(answer(groups, question)).encode() + b"\n")


def _peer(line: socket.socket) -> int:
    credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m labarchive.hub.groups", description=__doc__)
    parser.add_argument("--lab", required=True, type=Path)
    parser.add_argument("--socket", required=True, type=Path)
    given = parser.parse_args(words)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        lab = read_lab(given.lab)
        user = pwd.getpwnam(lab.archive.user)
        listening = listen(given.socket, user)
    except (LabarchiveError, KeyError, OSError) as error:
        sys.stderr.write(f"labarchive.hub.groups: {error}\n")
        return 1
    try:
        serve(Groups(lab), listening, user)
    finally:
        given.socket.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
