"""The Archive kernel: it names its home on its command line and says in one line what it sees."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import labarchive
from labarchive.errors import Unreachable
from labarchive.kernel import open_in
from labarchive.settings import Home

manager = pytest.importorskip("jupyter_client.manager")


def naming(home: Path) -> list[tuple[int, list[bytes]]]:
    """Processes with this home on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit():
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if os.fsencode(home) in words:
                    found.append((int(entry.name), words))
    return found


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Any]:
    home = Home(tmp_path / "home").path
    started = manager.KernelManager()
    started.kernel_spec.argv = [sys.executable, "-m", "labarchive.kernel", "-f", "{connection_file}"]
    started.start_kernel(env={**os.environ, "LABARCHIVE_HOME": str(home)})
    client = started.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield home, client
    finally:
        client.stop_channels()
        started.shutdown_kernel(now=True)
        for pid, _ in naming(home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def said(client: Any, code: str) -> str:
    """What the cell printed."""
    texts: list[str] = []

    def hear(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            texts.append(message["content"]["text"])

    reply = client.execute_interactive(code, timeout=60, output_hook=hear)
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(texts)


def test_the_archive_is_open_in_the_first_cell(kernel: Any) -> None:
    home, client = kernel
    assert said(client, "print(len(archive), like('*x*'))") == "0 like *x*\n"
    assert client.kernel_info(reply=True, timeout=30)["content"]["banner"].endswith(
        "sees it: 0 projects, 0 sessions, 0 scans\n"
    )
    assert any(b"labarchive.kernel" in words and b"--home" in words for _, words in naming(home))


class Shell:
    """As much of a shell as opening needs."""

    def __init__(self) -> None:
        self.names: dict[str, object] = {}
        self.hooks: list[Any] = []
        self.banner2 = ""

    @property
    def events(self) -> "Shell":
        return self

    def push(self, names: dict[str, object]) -> None:
        self.names.update(names)

    def register(self, event: str, hook: Any) -> None:
        self.hooks.append(hook)

    def unregister(self, event: str, hook: Any) -> None:
        self.hooks.remove(hook)


def test_without_an_archive_the_first_cell_says_why_and_what_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def closed(*_: object) -> None:
        raise Unreachable("the owner does not answer", hint="labarchive doctor")

    monkeypatch.setattr(labarchive, "open", closed)
    shell = Shell()
    open_in(shell)
    assert "archive" not in shell.names and "between" in shell.names
    (hook,) = shell.hooks
    hook()
    assert shell.hooks == []
    assert "the owner does not answer: labarchive doctor" in capsys.readouterr().err
