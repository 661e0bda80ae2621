"""How long each room's tests took: a table before pytest's last line."""

from collections import Counter
from pathlib import PurePosixPath
from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Seconds of setup, call and teardown, summed over a room's tests (whichever process ran them)."""
    seconds: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration") and hasattr(report, "when"):
                room = room_of(report.nodeid)
                seconds[room] += report.duration
                tests[room] += report.when == "call"
    if seconds:
        terminalreporter.section("minutes per room")
        for room, took in seconds.most_common():
            terminalreporter.write_line(f"{took / 60:7.2f}  {room} ({tests[room]} tests)")


def room_of(nodeid: str) -> str:
    """``tests/files/test_walk.py::test_x`` lies in ``files``."""
    parts = PurePosixPath(nodeid.split("::")[0]).parts
    return parts[1] if len(parts) > 2 else parts[-1]
