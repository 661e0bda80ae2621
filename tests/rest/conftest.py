"""A service on 127.0.0.1 before a small archive, and a hub's answers to who asks: real processes, real HTTP."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from labarchive.phantom.making import make
from labarchive.settings import Home
from labarchive.wire import connect

TOKENS = {
    "token-olga": "olga", "token-mia": "mia", "token-carl": "carl", "token-rhea": "rhea", "token-sam": "sam",
    "token-ada": "ada",
}  # fmt: skip
"""An owner, a member, a collaborator, a blinded reader, a stranger and an administrator."""
ROLES = {"olga": "owner", "mia": "member", "carl": "collaborator", "rhea": "reader"}
PROJECT, OTHER = "tau-pet", "onc02"


@dataclass
class Seen:
    """What the hub was asked, and how many asked at once; ``slow`` seconds are taken for each."""

    asked: Counter[str] = field(default_factory=Counter)
    slow: float = 0
    now: int = 0
    most: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def question(self, token: str) -> Iterator[None]:
        with self._lock:
            self.asked[token] += 1
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.slow)
        yield
        with self._lock:
            self.now -= 1


class _HubHandler(BaseHTTPRequestHandler):
    """What JupyterHub answers to ``GET /hub/api/user``; the hub itself is proven in tests/hub."""

    def do_GET(self) -> None:
        token = self.headers.get("Authorization", "").partition(" ")[2]
        with self.server.seen.question(token):  # type: ignore[attr-defined]
            self._answer(token)

    def _answer(self, token: str) -> None:
        known = self.server.tokens.get(token)  # type: ignore[attr-defined]
        words: dict[str, Any] = {
            "kind": "user",
            "name": known,
            "groups": [],
            "scopes": ["access:services!service=archive"],
        }
        if token == "token-other-service":
            words = {"kind": "service", "name": "dash", "scopes": ["access:services!service=archive"]}
            known = "dash"
        if token == "token-narrow":
            words, known = {**words, "name": "mia", "scopes": ["read:users:name!user=mia"]}, "mia"
        body = json.dumps(words if known else {"status": 403}).encode()
        self.send_response(200 if known else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@dataclass
class Service:
    """The service under test."""

    url: str
    home: Home
    process: "subprocess.Popen[bytes]"
    hub: ThreadingHTTPServer
    seen: Seen
    tokens: dict[str, str] = field(default_factory=dict)
    start: Callable[[], "subprocess.Popen[bytes]"] = field(repr=False, default=lambda: None)  # type: ignore[assignment,return-value]

    def kill(self) -> None:
        """As a machine that goes down."""
        self.process.kill()
        self.process.wait(30)

    def again(self) -> None:
        """The service at the same address over the same home."""
        self.process = self.start()
        assert wait(self), "the service does not answer"

    def stop_hub(self) -> None:
        """The hub is gone, and its port answers nobody."""
        self.hub.shutdown()
        self.hub.server_close()

    def client(self, person: str = "olga") -> httpx.Client:
        """As this person, by their token."""
        headers = {"Authorization": f"Bearer token-{person}"} if person else {}
        return httpx.Client(base_url=f"{self.url}/api", headers=headers, timeout=30, trust_env=False)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """The command line on the service's own machine."""
        command = [sys.executable, "-m", "labarchive", "--home", str(self.home.path), *words]
        return subprocess.run(command, check=True, capture_output=True, text=True)

    def get(self, path: str, person: str = "olga", **words: Any) -> Any:
        """The JSON of a GET that succeeds."""
        with self.client(person) as client:
            answer = client.get(path, params=words)
            assert answer.status_code == 200, answer.text
            return answer.json()

    def post(self, path: str, words: Any, person: str = "olga") -> Any:
        """The JSON of a POST that succeeds."""
        with self.client(person) as client:
            answer = client.post(path, json=words)
            assert answer.status_code == 200, answer.text
            return answer.json()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny example archive's folder."""
    folder = tmp_path_factory.mktemp("nas") / "tau"
    make(folder, profile="tiny", seed=3)
    return folder


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, example: Path) -> Iterator[Service]:
    """One for a module: two projects, a person of each role, a hub that knows them."""
    with serving(Home(tmp_path_factory.mktemp("service") / "home")) as found:
        fill(found, example)
        yield found


@contextmanager
def serving(home: Home, *, environment: Mapping[str, str] = os.environ, **whom: Any) -> Iterator[Service]:
    """The service over one home, and a hub that knows its people; ``whom``: another account, for Popen."""
    hub = ThreadingHTTPServer(("127.0.0.1", 0), _HubHandler)
    hub.tokens, hub.seen = dict(TOKENS), Seen()  # type: ignore[attr-defined]
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    environment = {
        **environment,
        "JUPYTERHUB_API_URL": f"http://127.0.0.1:{hub.server_port}/hub/api",
        "JUPYTERHUB_API_TOKEN": "the-service-s-own",
        "JUPYTERHUB_SERVICE_NAME": "archive",
        "JUPYTERHUB_SERVICE_PREFIX": "/services/archive/",
        "LABARCHIVE_ADMINISTRATORS": "ada",
    }

    def start(port: int) -> "subprocess.Popen[bytes]":
        words = ["--home", str(home.path), "--listen", f"127.0.0.1:{port}"]
        return subprocess.Popen([sys.executable, "-m", "labarchive.server", *words], env=environment, **whom)

    def made() -> Service:
        port = free_port()
        url = f"http://127.0.0.1:{port}/services/archive"
        return Service(url, home, start(port), hub, hub.seen, hub.tokens, partial(start, port))  # type: ignore[attr-defined]

    found = made()
    try:
        for _ in range(2):
            if not wait(found):  # somebody else was quicker at this port
                found.process.wait(30)
                found = made()
        assert wait(found), "the service does not answer"
        yield found
    finally:
        found.process.terminate()
        found.process.wait(30)
        hub.shutdown()


def wait(service: Service) -> bool:
    """Whether it comes to answer; it may have ended instead."""
    until = time.monotonic() + 60
    while time.monotonic() < until and service.process.poll() is None:
        try:
            if httpx.get(f"{service.url}/api/hello", trust_env=False).status_code == 401:
                return service.process.poll() is None
        except httpx.TransportError:
            time.sleep(0.05)
    return False


def fill(service: Service, folder: Path) -> None:
    environment = {**os.environ, "LABARCHIVE_HOME": str(service.home.path)}
    for project in (PROJECT, OTHER):
        command = [sys.executable, "-m", "labarchive", "index", str(folder), "--project", project, "--json"]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    assert connect(service.home).hello()["projects"]
    with service.client("ada") as admin:
        for person, role in ROLES.items():
            admin.put(f"/projects/{PROJECT}/members/{person}", json={"role": role}).raise_for_status()
        admin.put(f"/projects/{OTHER}/members/sam", json={"role": "owner"}).raise_for_status()
