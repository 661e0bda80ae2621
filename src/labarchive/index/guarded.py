"""What the fast lane refuses, parsed in a child process that may hang or die: never here, and never a lost file."""

import os
import pickle
import select
import struct
import subprocess
import sys
import time
from typing import Any

PATIENCE = 20.0
"""Seconds a file may take; a child that takes longer is killed and started anew."""


class Guard:
    """A persistent child process; started when first needed, closed with ``close``."""

    def __init__(self, patience: float = PATIENCE, words: tuple[str, ...] = ()) -> None:
        self._patience = patience
        self._words = words
        self._child: subprocess.Popen[bytes] | None = None

    def parse(self, path: bytes, size: int) -> dict[str, Any]:
        """What guarded_child.parsed gives; ``wrong`` says so when it took too long or too much memory."""
        for _ in range(2):  # a child may have died between two files
            child = self._alive()
            try:
                question = pickle.dumps((path, size))
                assert child.stdin is not None
                child.stdin.write(struct.pack("<Q", len(question)) + question)
                child.stdin.flush()
                break
            except OSError:
                self.close()
        try:
            return self._answer(self._alive())
        except TimeoutError:
            self.close()
            return {"wrong": f"reading its header took longer than {self._patience:g} s"}
        except (EOFError, OSError, pickle.UnpicklingError):
            self.close()
            return {"wrong": "reading its header took too much memory or ended its reader"}

    def close(self) -> None:
        """Ends the child."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()

    def _alive(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "labarchive.index.guarded_child", *self._words],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                start_new_session=True,
            )  # fmt: skip
        return self._child

    def _answer(self, child: subprocess.Popen[bytes]) -> dict[str, Any]:
        assert child.stdout is not None
        until = time.monotonic() + self._patience
        (length,) = struct.unpack("<Q", _exactly(child.stdout.fileno(), 8, until))
        answer: dict[str, Any] = pickle.loads(_exactly(child.stdout.fileno(), length, until))  # noqa: S301, our child
        return answer


def _exactly(descriptor: int, size: int, until: float) -> bytes:
    """Raises TimeoutError after ``until``, EOFError when the child has gone."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    pieces = []
    while size:
        if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
            raise TimeoutError
        piece = os.read(descriptor, size)
        if not piece:
            raise EOFError
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
