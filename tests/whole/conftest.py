"""The whole thing as a lab uses it: an example archive, the command line, real processes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labarchive import phantom
from labarchive.settings import Home


@dataclass(frozen=True, slots=True)
class Example:
    """A tree with its answer key, made once for all tests: nobody may write to it."""

    tree: Path
    key: Any

    @property
    def project(self) -> tuple[str, Path]:
        return next(iter(self.key.projects.items()))


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    tree = tmp_path_factory.mktemp("example") / "nas"
    return Example(tree, phantom.make(tree, profile="tiny", seed=7))


@dataclass(frozen=True, slots=True)
class Door:
    """The command line on one home."""

    home: Path

    def run(self, *words: str | os.PathLike[str], check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=300, cwd=self.home.parent
        )
        if check:
            assert done.returncode == 0, done.stderr
        return done

    def command(self, *words: str | os.PathLike[str]) -> list[str]:
        return [sys.executable, "-m", "labarchive", "--home", str(self.home), *map(os.fspath, words)]

    def index(self, *paths: Path, project: str = "tau-pet", words: Sequence[str] = ()) -> dict[str, Any]:
        out = self.run("index", *paths, "--project", project, "--json", *words).stdout
        return json.loads(out.strip().splitlines()[-1])

    def sql(self, query: str) -> list[dict[str, Any]]:
        return json.loads(self.run("sql", query, "--format", "json").stdout)

    def processes(self) -> list[int]:
        """Every process that names this home on its command line, but for ourselves."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    line = (entry / "cmdline").read_bytes()
                except OSError:
                    continue
                if os.fsencode(self.home) in line.split(b"\0"):
                    found.append(int(entry.name))
        return found

    def stop(self) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    opened = Door(Home(tmp_path / "home").path)
    yield opened
    opened.stop()
