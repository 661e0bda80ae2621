"""Where the owner listens: it says so in its home, because XDG_RUNTIME_DIR differs between a login, cron and a hub."""

import contextlib
import os
from pathlib import Path

from labarchive.settings import Home


def _note(home: Home) -> Path:
    return home.log / "owner.socket"


def announce(home: Home) -> None:
    """Say where this owner listens."""
    home.log.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = _note(home).with_suffix(".tmp")
    fresh.write_bytes(os.fsencode(home.path) + b"\0" + os.fsencode(home.socket))
    fresh.replace(_note(home))


def socket_of(home: Home) -> str:
    """Where the last owner said it listens; else where one of ours would."""
    with contextlib.suppress(OSError):
        whose, _, said = _note(home).read_bytes().partition(b"\0")
        if said and whose == os.fsencode(home.path):  # not of a home that this one was copied from
            return os.fsdecode(said)
    return str(home.socket)
