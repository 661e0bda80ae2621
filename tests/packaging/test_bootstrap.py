"""A machine that lacks something is told which Debian package to install."""

import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "tools" / "bootstrap.sh"


def told(tmp_path: Path, python: str) -> subprocess.CompletedProcess[str]:
    """What the script says to an ordinary user."""
    fake = tmp_path / "bin"
    fake.mkdir()
    program(fake / "id", "echo 1000")
    own = {**os.environ, "PYTHON": python, "PATH": f"{fake}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run([SCRIPT, tmp_path / "uv"], env=own, capture_output=True, text=True, timeout=60)


def program(path: Path, line: str) -> Path:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


def test_a_machine_without_a_new_enough_python_is_told_so(tmp_path: Path) -> None:
    done = told(tmp_path, "")
    assert done.returncode == 1
    assert "Python 3.11 or newer: apt install python3" in done.stderr


def test_a_python_that_cannot_make_environments_names_the_package(tmp_path: Path) -> None:
    done = told(tmp_path, str(program(tmp_path / "python", "exit 1")))
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert len(done.stderr.splitlines()) == 1
