"""Real servers for tests of the extension: each below an address of its own, each ended by its own process id."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Server:
    """Answers at ``address`` to who has the token."""

    address: str
    token: str
    process: subprocess.Popen[bytes]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until_it_answers(address: str, process: subprocess.Popen[bytes], uds: str | None = None) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(uds=uds)) as client:
        for _ in range(1200):
            assert process.poll() is None, "ended before it answered"
            with contextlib.suppress(httpx.HTTPError):
                client.get(address)
                return
            time.sleep(0.05)
    raise AssertionError(f"{address} does not answer")


@contextlib.contextmanager
def jupyter(module: str, folder: Path, own: Mapping[str, str], **words: str) -> Iterator[Server]:
    """A Jupyter Server (``jupyter_server`` or ``jupyterlab``) in ``folder``, with ``own`` in its environment."""
    port, token = free_port(), secrets.token_hex(16)
    given = {
        "ip": "127.0.0.1", "port": str(port), "port_retries": "0", "open_browser": "False", "root_dir": str(folder),
    }  # fmt: skip
    more = ["--LabApp.expose_app_in_browser=True"] if module == "jupyterlab" else []
    flags = [f"--ServerApp.{name}={value}" for name, value in (given | words).items()]
    environment = {
        **os.environ, **own, "JUPYTER_TOKEN": token, "HOME": str(folder), "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"), "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
    }  # fmt: skip
    with (folder / "jupyter.log").open("wb") as log:
        command = [sys.executable, "-m", module, "--allow-root", *flags, *more]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
    base = words.get("base_url", "/")
    try:
        until_it_answers(f"http://127.0.0.1:{port}{base}api", process)
        yield Server(f"http://127.0.0.1:{port}{base}", token, process)
    finally:
        process.terminate()
        process.wait(30)


def app(module: str, address: str, uds: str | None = None, **own: str) -> subprocess.Popen[bytes]:
    """A small app of the tests; who starts it ends it."""
    process = subprocess.Popen([sys.executable, "-m", module], env={**os.environ, **own}, cwd=ROOT)
    until_it_answers(address, process, uds)
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(15)
