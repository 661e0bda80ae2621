"""Accounts of one machine, by their numbers: a process of each does what a person's server would do."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RAW_GROUP = 61100
"""Of the raw folder of the first project."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody on this machine."""

    name: str
    number: int
    groups: tuple[int, ...] = ()

    @property
    def whom(self) -> dict[str, Any]:
        """For Popen: this account and nothing of root's."""
        return {"user": self.number, "group": self.number, "extra_groups": list(self.groups), "cwd": "/"}

    def environment(self, place: Path, **more: str) -> dict[str, str]:
        """What a login would give them, below ``place``."""
        home = place / self.name
        home.mkdir(mode=0o700, exist_ok=True)
        os.chown(home, self.number, self.number)
        base = {"PATH": "/usr/bin:/bin", "HOME": str(home), "USER": self.name, "LANG": "C.UTF-8"}
        return {**base, "LABARCHIVE_RUNTIME_DIR": str(place / "run"), **more}

    def run(self, code: str, environment: dict[str, str], told: str = "") -> Any:
        """The JSON that this Python prints last, run as this account and ``told`` on its standard input."""
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=told, env=environment, capture_output=True, text=True, timeout=120, check=False, **self.whom,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


SERVICE = Account("labarchive", 61000, (RAW_GROUP,))
MIA = Account("mia", 61001, (RAW_GROUP,))
CARL = Account("carl", 61002)
SAM = Account("sam", 61003)

TRYING = """
import json, os, socket, sys
def tried(path, how):
    try:
        if how == "list": os.listdir(path); return "listed"
        if how == "read": return open(path, "rb").read(1) and "read" or "read"
        if how == "write": open(path, "ab").close(); return "written"
        if how == "make": open(os.path.join(path, "made"), "xb").close(); return "made"
        if how == "connect":
            s = socket.socket(socket.AF_UNIX); s.connect(path); return "connected"
    except OSError as error:
        return type(error).__name__
print(json.dumps([[path, how, tried(path, how)] for path, how in json.load(sys.stdin)]))
"""
"""What an account can do with each place: what it did, or the error's name."""
