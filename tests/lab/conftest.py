"""A real Jupyter Server with our extension alone, and a real app behind it, over TCP and over a socket."""

import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest

from labarchive.settings import Home
from tests.lab import servers

PREFIX = "/user/anna/"


@dataclass
class Jupyter:
    """A Jupyter Server and the app behind it, which a test may end and start again."""

    address: str
    token: str
    start: Callable[[], subprocess.Popen[bytes]] | None = None
    upstream: subprocess.Popen[bytes] | None = field(default=None)

    def client(self, token: str | None = None) -> httpx.Client:
        says = {"Authorization": f"token {self.token if token is None else token}"}
        return httpx.Client(base_url=f"{self.address}labarchive/", headers=says, timeout=30)

    def up(self) -> None:
        """The app answers."""
        if self.upstream is None and self.start is not None:
            self.upstream = self.start()

    def down(self) -> None:
        if self.upstream is not None:
            servers.end(self.upstream)
            self.upstream = None


@contextlib.contextmanager
def served(folder: Path, own: Mapping[str, str]) -> Iterator[Jupyter]:
    """A Jupyter Server below ``/user/anna/`` with the forwarder and nothing else."""
    alone = {"base_url": PREFIX, "jpserver_extensions": "{'labarchive.lab': True}"}
    own = {**own, "JUPYTER_CONFIG_PATH": str(folder)}
    with servers.jupyter("jupyter_server", folder, own, **alone) as server:
        running = Jupyter(server.address, server.token)
        try:
            yield running
        finally:
            running.down()


@pytest.fixture(scope="session")
def big_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five million bytes that do not repeat."""
    path = tmp_path_factory.mktemp("bytes") / "file"
    path.write_bytes(os.urandom(5_000_000))
    return path


@pytest.fixture(scope="session", params=["service", "owner"])
def jupyter(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, big_file: Path
) -> Iterator[Jupyter]:
    """Once with a service over TCP behind it, once with an owner at its socket."""
    folder = tmp_path_factory.mktemp(request.param)
    upstream = partial(servers.app, "tests.lab.upstream", UPSTREAM_FILE=str(big_file))
    if request.param == "service":
        port = str(servers.free_port())
        own = {
            "LABARCHIVE_SERVICE_URL": f"http://127.0.0.1:{port}/services/archive/",
            "JUPYTERHUB_API_TOKEN": "hubs",
        }
        start = partial(upstream, f"http://127.0.0.1:{port}/api/listening", UPSTREAM_AT=port)
    else:
        home = Home(folder / "home")
        own = {"LABARCHIVE_HOME": str(home.path)}
        place = str(home.socket)
        start = partial(upstream, "http://app/api/listening", place, UPSTREAM_AT=place)
    with served(folder, own) as running:
        running.start = start
        yield running


@pytest.fixture
def through(jupyter: Jupyter) -> Iterator[httpx.Client]:
    """A client of the Jupyter Server, with the app up."""
    jupyter.up()
    with jupyter.client() as client:
        yield client


def words(answer: httpx.Response) -> dict[str, object]:
    return dict(json.loads(answer.content))
