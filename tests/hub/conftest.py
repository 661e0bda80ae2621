"""The real hub of `labarchive demo`, started once: real accounts, PAM, servers of people. Only root can do that."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from labarchive.demo import house

PATIENCE = 180.0


@dataclass(frozen=True, slots=True)
class Demo:
    """What ``labarchive demo --json`` said, and its process."""

    url: str
    api: str
    users: dict[str, dict[str, Any]]
    home: Path
    process: "subprocess.Popen[str]"

    @contextmanager
    def signed_in(self, person: str) -> Iterator[httpx.Client]:
        """A browser's worth of cookies of somebody who signed in with name and password."""
        user = self.users[person]
        with httpx.Client(base_url=self.url, timeout=60, follow_redirects=True, trust_env=False) as client:
            client.get("/hub/login")
            form = {"username": user["name"], "password": user["password"], "_xsrf": xsrf(client)}
            answer = client.post("/hub/login", data=form, params={"next": "/hub/home"})
            assert answer.status_code == 200, answer.text[:300]
            yield client

    def token(self, person: str) -> str:
        """A token of that person's, as the hub's page gives it: it reaches the archive and nothing else."""
        with self.signed_in(person) as client:
            name = self.users[person]["name"]
            words = {"note": "a script", "expires_in": 600, "scopes": ["access:services!service=archive"]}
            headers = {"X-XSRFToken": xsrf(client)}
            answer = client.post(f"/hub/api/users/{name}/tokens", json=words, headers=headers)
            assert answer.status_code == 201, answer.text
            return str(answer.json()["token"])

    def asked(self, person: str, path: str) -> httpx.Response:
        """A GET of the service, through the hub's proxy."""
        headers = {"Authorization": f"Bearer {self.token(person)}"}
        return httpx.get(f"{self.api}/api{path}", headers=headers, timeout=60, trust_env=False)


def xsrf(client: httpx.Client) -> str:
    """What the hub's own page sends with each change."""
    return client.cookies.get("_xsrf", path="/hub/") or ""


def free_port() -> int:
    """The first of some that are free together."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = int(probe.getsockname()[1])
        if port < 60000 and all(_is_free(port + step) for step in (1, 2, 10)):
            return port


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    assert os.geteuid() == 0, "the hub's tests make accounts and sign them in: run them as root"
    why = house.possible()
    if why:
        pytest.skip(f"the hub cannot be tried here: {why}; clone to a folder that other accounts may enter")
    process = subprocess.Popen(
        [sys.executable, "-m", "labarchive", "demo", "--json", "--profile", "tiny", "--port", str(free_port())],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "HOME": "/root"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        people = {user["name"].removeprefix("la-demo-"): user for user in said["users"]}
        yield Demo(said["url"], said["api"], people, Path(said["home"]), process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
