"""The end of the demo, which is the last of the hub's tests: nothing that it started is left."""

import os
import pwd
import signal
from pathlib import Path
from urllib.parse import urlsplit

from labarchive.demo.accounts import MARK, PREFIX
from tests.hub.conftest import PATIENCE, Demo


def test_sigterm_leaves_no_process_no_account_and_no_socket(demo: Demo) -> None:
    uids = {each.pw_uid for each in pwd.getpwall() if each.pw_name.startswith(PREFIX)}
    assert uids
    demo.process.send_signal(signal.SIGTERM)
    demo.process.wait(PATIENCE)
    assert not [each.pw_name for each in pwd.getpwall() if each.pw_gecos == MARK]
    assert not [entry.name for entry in os.scandir("/proc") if entry.name.isdigit() and _runs_as(entry, uids)]
    hub = f"127.0.0.1:{urlsplit(demo.url).port + 1}/hub/api".encode()  # type: ignore[operator]
    assert not [
        entry.name for entry in os.scandir("/proc") if entry.name.isdigit() and hub in _environment(entry)
    ]
    assert not [uid for uid in uids if Path(f"/tmp/labarchive-{uid}").exists()]


def _environment(process: "os.DirEntry[str]") -> bytes:
    try:
        return Path(process.path, "environ").read_bytes()
    except OSError:
        return b""


def _runs_as(process: "os.DirEntry[str]", uids: set[int]) -> bool:
    """What is over and only waits for the machine's first process to notice does not run."""
    try:
        state = Path(process.path, "stat").read_text().rpartition(") ")[2][0]
        return process.stat().st_uid in uids and state != "Z"
    except OSError:
        return False
