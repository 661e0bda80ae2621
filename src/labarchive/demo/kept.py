"""Programs that are there as long as the demo is: what dies is started again, as systemd does in a lab."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

LOOK = 0.25
"""Seconds between two looks."""
LONGEST = 30.0
"""Seconds at most until what died again and again is tried once more."""
STOPS = 25.0
"""Seconds in which a program ends when it is asked to."""
Start = Callable[[], "subprocess.Popen[bytes]"]


@dataclass(slots=True)
class Program:
    """One of them."""

    name: str
    start: Start
    ends_by: signal.Signals
    process: "subprocess.Popen[bytes]"
    pause: float = LOOK
    again: float = 0.0

    def look(self, now: float) -> bool:
        """Start it again when it died; whether it was started now."""
        if self.process.poll() is None:
            return False
        if not self.again:
            self.again = now + self.pause
        if now < self.again:
            return False
        self.again, self.pause = 0.0, min(2 * self.pause, LONGEST)
        self.process = self.start()
        return True

    def stop(self) -> None:
        if self.process.poll() is not None:
            return
        self.process.send_signal(self.ends_by)
        try:
            self.process.wait(STOPS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


@dataclass(slots=True)
class Programs:
    """All of them, in the order in which they were started."""

    all: list[Program] = field(default_factory=list)

    def start(self, name: str, start: Start, ends_by: signal.Signals) -> Program:
        self.all.append(Program(name, start, ends_by, start()))
        return self.all[-1]

    def keep(self, say: Callable[[str], None]) -> None:
        """Stay, and see to it that they do."""
        while True:
            for program in self.all:
                if program.look(time.monotonic()):
                    say(f"the {program.name} had ended and was started again")
            time.sleep(LOOK)

    def stop(self) -> None:
        """The last one first."""
        for program in reversed(self.all):
            program.stop()
