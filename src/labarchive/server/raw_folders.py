"""Raw folders follow memberships: the group is changed by a process of root, the person's server by the hub."""

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from labarchive.catalogue.disk import replaced
from labarchive.errors import LabarchiveError, Unreachable, met

WARNING = 60.0
"""Seconds between a revocation and the end of that person's server."""
ENDS = 30.0
"""Seconds in which a server is gone once the hub was asked."""
log = logging.getLogger("labarchive.server")
Proved = Callable[[str, str, bool], None]
"""Called with project, person and whether the folder was found closed."""


@dataclass(slots=True)
class RawFolders:
    """What follows a grant or a revocation outside of the catalogue."""

    socket: str
    """Where the process of root listens (labarchive.hub.groups)."""
    api_url: str
    api_token: str = field(repr=False)
    place: Path
    """The file of those whose servers are about to be ended: a restart of the service forgets nobody."""
    proved: Proved
    _leaving: dict[str, dict[str, Any]] = field(default_factory=dict)
    _ending: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    def start(self) -> "RawFolders":
        if self.place.exists():
            self._leaving = json.loads(self.place.read_text(encoding="utf-8"))
        threading.Thread(target=self._go_on, name="raw-folders", daemon=True).start()
        return self

    def stop(self) -> None:
        """What was announced is kept for the next start."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()

    # the verbs ------------------------------------------------------------------------------------------
    def open_to(self, project: str, user: str) -> bool:
        """Into the group; whether what runs as the person has to be started again to know."""
        self._stay(project, user)
        said = self._ask("admit", project, user)
        return bool(said["member"]) and self._runs(user)

    def close_to(self, project: str, user: str, *, now: bool) -> tuple[float, bool]:
        """Out of the group. When the person's server ends (seconds since 1970), and whether the folder was found closed."""
        said = self._ask("expel", project, user)
        if now or not said["holding"]:
            return time.time(), self._end(project, user)
        until = time.time() + WARNING
        with self._changed:
            self._leaving[user] = {"at": until, "projects": [*self._projects(user), project]}
            self._keep()
        return until, False

    def leaves(self, user: str) -> float:
        """When this person's server ends, or 0."""
        return float(self._leaving.get(user, {}).get("at", 0.0))

    # behind them ----------------------------------------------------------------------------------------
    def _projects(self, user: str) -> list[str]:
        return list(self._leaving.get(user, {}).get("projects", ()))

    def _stay(self, project: str, user: str) -> None:
        """Who is let in again within the minute keeps the server, unless another project closed as well."""
        with self._changed:
            left = [each for each in self._projects(user) if each != project]
            if user in self._leaving:
                self._leaving[user]["projects"] = left
                if not left:
                    del self._leaving[user]
                self._keep()

    def _keep(self) -> None:
        replaced(self.place, json.dumps(self._leaving).encode())
        self._changed.notify_all()

    def _go_on(self) -> None:
        while not self._ending:
            with self._changed:
                due = [user for user, each in self._leaving.items() if each["at"] <= time.time()]
                if not due:
                    self._changed.wait(1.0)
                    continue
            for user in due:
                self._left(user)

    def _left(self, user: str) -> None:
        for project in self._projects(user):
            try:
                self._end(project, user)
            except (LabarchiveError, httpx.HTTPError, OSError) as error:  # the hub is away: tried again
                log.warning("a server that was to end could not be ended: %s", type(error).__name__)
                with self._changed:
                    self._leaving[user]["at"] = time.time() + 5
                    self._keep()
                return
        with self._changed:
            self._leaving.pop(user, None)
            self._keep()

    def _end(self, project: str, user: str) -> bool:
        """End the person's server, and try the folder."""
        answer = self._hub("DELETE", f"/users/{quote(user, safe='')}/server")
        if answer.status_code not in (202, 204, 400, 404):
            raise Unreachable(f"the hub answered {answer.status_code}", hint="labarchive hub check")
        until, closed = time.monotonic() + ENDS, False
        while not closed and time.monotonic() < until:
            closed = bool(self._ask("closed", project, user)["closed"])
            if not closed:
                time.sleep(0.2)
        self.proved(project, user, closed)
        return closed

    def _runs(self, user: str) -> bool:
        answer = self._hub("GET", f"/users/{quote(user, safe='')}")
        return answer.status_code == 200 and bool(answer.json().get("servers"))

    def _hub(self, verb: str, path: str) -> httpx.Response:
        headers = {"Authorization": f"token {self.api_token}"}
        return httpx.request(verb, f"{self.api_url}{path}", headers=headers, timeout=30, trust_env=False)

    def _ask(self, verb: str, project: str, user: str) -> dict[str, Any]:
        """One question to root. Raises what it answers, Unreachable when it is not there."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(15)
                line.connect(self.socket)
                line.sendall(json.dumps({"verb": verb, "project": project, "user": user}).encode() + b"\n")
                with line.makefile("rb") as said:
                    words: dict[str, Any] = json.loads(said.readline(4096) or b"{}")
        except (OSError, ValueError) as error:
            raise Unreachable(
                "who changes the groups of raw folders does not answer",
                hint="systemctl status labarchive-groups",
            ) from error
        if "error" in words:
            raise met(str(words["error"]), str(words["what"]), str(words["hint"]))
        return words


def raw_folders(home: Path, proved: Proved, environment: Mapping[str, str] = os.environ) -> RawFolders | None:
    """As the hub's installation says; None without one."""
    place, api = environment.get("LABARCHIVE_GROUPS", ""), environment.get("JUPYTERHUB_API_URL", "")
    if not place or not api:
        return None
    token = environment.get("JUPYTERHUB_API_TOKEN", "")
    return RawFolders(place, api, token, home / "leaving.json", proved).start()
