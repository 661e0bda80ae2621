"""Starting the owner of an archive: one process, however many ask for it at once."""

import contextlib
import fcntl
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO

from labarchive.errors import Busy, NoRoom, NotAllowed, Unreachable
from labarchive.index.lean import environment
from labarchive.settings import Home
from labarchive.wire.protocol import read_problem

PATIENCE = 60.0
"""Seconds: an owner replays the journal's tail before it answers."""


def start(home: Home, answers: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Return when an owner of ``home`` answers, started here if need be.

    Raises what keeps the owner from starting: TooNew, Damaged, NoRoom, BadInput; Busy when somebody who does not
    answer holds the archive.
    """
    until = time.monotonic() + patience
    with _turn(home, until, answers) as mine:
        while mine and not answers():
            try:
                _started(home, until)
                return
            except Busy:  # an owner on its way out, or a rebuild
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)


@contextlib.contextmanager
def _turn(home: Home, until: float, answers: Callable[[], bool]) -> Iterator[bool]:
    """True for the one of many callers that is to start the owner; False once somebody else's answers."""
    path = home.socket.with_suffix(".start")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _locked(descriptor):
            if answers():
                yield False
                return
            if time.monotonic() > until:
                raise Unreachable(
                    f"the owner of {home.path} does not start", hint=f"see {home.log}/owner.log"
                )
            time.sleep(0.02)
        yield True
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _started(home: Home, until: float) -> None:
    """Start an owner and wait for its word that it answers."""
    said, tell = os.pipe()
    try:
        with _log(home) as log:
            owner = subprocess.Popen(
                [sys.executable, "-m", "labarchive.server", "--home", str(home.path), "--tell", str(tell)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[tell], start_new_session=True,
                cwd="/", env=environment(), close_fds=True,
            )  # fmt: skip
        threading.Thread(target=owner.wait, name="labarchive-owner-reaper", daemon=True).start()
        os.close(tell)
        tell = -1
        _hear(home, said, until)
    finally:
        for descriptor in (said, tell):
            if descriptor >= 0:
                os.close(descriptor)


def _log(home: Home) -> BinaryIO:
    try:
        home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        home.log.mkdir(mode=0o700, parents=True, exist_ok=True)
        return open(home.log / "owner.log", "ab", opener=_private)
    except PermissionError as error:
        raise NotAllowed(f"{home.path} may not be written", hint="ask who owns the archive's home") from error
    except OSError as error:
        raise NoRoom(f"{home.log} cannot be made ({error.strerror})", hint="give another --home") from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _hear(home: Home, said: int, until: float) -> None:
    """Wait for ``{"ready": true}``, or raise the problem that is said instead."""
    words = b""
    while True:
        left = until - time.monotonic()
        if left <= 0 or not select.select([said], [], [], left)[0]:
            raise Unreachable(f"the owner of {home.path} is slow to start", hint=f"see {home.log}/owner.log")
        piece = os.read(said, 65536)
        if not piece:
            break
        words += piece
    if not words:
        raise Unreachable(f"the owner of {home.path} ended while starting", hint=f"see {home.log}/owner.log")
    if not json.loads(words).get("ready"):
        raise read_problem(words)
