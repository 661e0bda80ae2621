"""A JupyterLab of one's own on 127.0.0.1: started, waited for, and stopped by its own process id."""

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from labarchive.errors import Unreachable
from labarchive.settings import Home

PATIENCE = 90.0
"""Seconds that JupyterLab may take to answer; a cold start on a busy machine takes ten."""


@dataclass(frozen=True, slots=True)
class Lab:
    """A running JupyterLab."""

    process: subprocess.Popen[bytes]
    token: str
    log: Path

    @classmethod
    @contextmanager
    def started(
        cls, home: Home, folder: Path, *, port: int, open_browser: bool, page: str
    ) -> Iterator["Lab"]:
        """Run it on the first free port from ``port``; kernels find the archive by ``LABARCHIVE_HOME``."""
        token = secrets.token_hex(24)
        home.log.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = home.log / "jupyterlab.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                command(folder, port=port, open_browser=open_browser, page=page),
                env={**os.environ, "LABARCHIVE_HOME": str(home.path), "JUPYTER_TOKEN": token},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C is ours to pass on: Jupyter would ask a question
            )
        lab = cls(process, token, log)
        try:
            yield lab
        finally:
            lab.stop()

    def wait_until_it_answers(self) -> str:
        """The server's address. Raises Unreachable when it has ended or does not answer in time."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            address = self._address()
            if address and _answers(address):
                return address
            time.sleep(0.1)
        raise Unreachable("JupyterLab did not start", hint=f"its last words are in {self.log}")

    def _address(self) -> str | None:
        from jupyter_core.paths import jupyter_runtime_dir

        said = Path(jupyter_runtime_dir()) / f"jpserver-{self.process.pid}.json"
        try:
            return str(json.loads(said.read_text())["url"])
        except (OSError, ValueError, KeyError):
            return None

    def stop(self) -> None:
        """End it and, through it, its kernels; 15 seconds is all it gets."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(15)


def command(folder: Path, *, port: int, open_browser: bool, page: str) -> list[str]:
    """The token is not among the words: every user of a machine can read those."""
    words = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": str(port),
        "ServerApp.port_retries": "50",
        "ServerApp.root_dir": str(folder),
        "ServerApp.open_browser": str(open_browser),
        "LabApp.default_url": f"/lab/tree/{page}",
        "LabApp.news_url": "None",
        "MultiKernelManager.default_kernel_name": "labarchive",
    }
    allowed = ["--allow-root"] if os.geteuid() == 0 else []
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        *(f"--{name}={value}" for name, value in words.items()),
        *allowed,
    ]


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}api", timeout=2) as answer:  # noqa: S310  ours, on 127.0.0.1
            return bool(answer.status == 200)
    except OSError:
        return False
