"""What is built with Node: there after ``make install``, taken by JupyterLab, and not built twice."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tools import extension

BIN = Path(sys.executable).parent


def said(*words: str | Path) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_jupyterlab_takes_the_extension() -> None:
    listed = re.sub(r"\x1b\[\d+m", "", said(BIN / "jupyter", "labextension", "list"))
    assert re.search(r"^\s+labarchive v\S+ enabled OK", listed, re.MULTILINE), listed


def test_what_is_fresh_is_not_built_again() -> None:
    assert extension.fresh(extension.digest())


def test_a_changed_source_is_noticed(monkeypatch) -> None:
    changed = Path(__file__)
    before = extension.digest()
    monkeypatch.setattr(extension, "sources", lambda: [changed])
    assert extension.digest() != before


def test_nothing_that_is_built_is_committed() -> None:
    built = [extension.BUILT, extension.PROXY, extension.STAMP, extension.EXTENSION / "node_modules"]
    held = subprocess.run(["git", "ls-files", *built], cwd=extension.ROOT, capture_output=True, text=True)
    assert held.stdout == ""


def test_the_lock_names_no_host() -> None:
    assert '"resolved"' not in (extension.EXTENSION / "package-lock.json").read_text()


def test_the_proxy_runs_on_the_wheels_node() -> None:
    node = extension.Node.of_wheel().program
    without = {"PATH": os.devnull}
    done = subprocess.run(
        [node, extension.PROXY / "bin" / "chp.mjs", "--version"], env=without, capture_output=True, text=True
    )
    assert done.stdout.strip() == "5.3.0", done.stderr
