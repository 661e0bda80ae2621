"""Work on images in a process of its own, which a broken codec may take down: one task a line, one answer a line."""

import contextlib
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


def answer_lines(answer: Callable[[dict[str, Any]], Mapping[str, Any]], memory: int) -> int:
    """Answer each line of standard input until it ends, politely, within ``memory`` bytes of addresses. For the process."""
    os.umask(0o077)
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
    return 0


WRONG = (ValueError, TypeError, ArithmeticError, IndexError, KeyError, AttributeError, OSError)
"""What strange images make libraries raise."""


@dataclass(slots=True)
class Hand:
    """The process, as who started it asks it: started when it is first needed, and again when a task took it down.

    One task at a time; the caller sees to that.
    """

    program: Sequence[str]
    patience: float
    """Seconds in which a task is done or given up."""
    _process: "subprocess.Popen[str] | None" = None

    def ask(self, task: Mapping[str, Any]) -> dict[str, Any] | None:
        """Its answer; None when the task took it down. Raises TimeoutError for one that takes too long."""
        process = self._running()
        killer = threading.Timer(self.patience, process.kill)
        killer.start()
        began = time.monotonic()
        try:
            line = _asked(process, task)
        finally:
            killer.cancel()
        if line:
            return dict(json.loads(line))
        self.end()
        if time.monotonic() - began >= self.patience:
            raise TimeoutError
        return None

    @property
    def process_id(self) -> int:
        """0 while none runs."""
        return self._process.pid if self._process else 0

    def end(self) -> None:
        """Stop it; the next task starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # it died with a task on its way
                        pipe.close()
            self._process = None

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                list(self.program), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/"
            )
        return self._process


def _asked(process: "subprocess.Popen[str]", task: Mapping[str, Any]) -> str:
    """Its line for a task; nothing when it died."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(task) + "\n")
        process.stdin.flush()
        return process.stdout.readline()
    except OSError:
        return ""
