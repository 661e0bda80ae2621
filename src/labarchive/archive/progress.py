"""How far an index run is, shown where it was asked for: a line in a terminal, a line under a notebook's cell."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from labarchive.archive.indexed import Progress

EVERY = 0.25
"""Seconds between two looks."""


def sentence(done: int, found: int, seconds: float) -> str:
    """How many, how fast, how long still.

    >>> sentence(5000, 20000, 2.0)
    '5,000 of 20,000 files, 2,500 a second, about 6 s left'
    """
    rate = done / seconds if seconds > 0 else 0.0
    left = f", about {(found - done) / rate:,.0f} s left" if rate and found > done else ""
    return f"{done:,} of {found:,} files, {rate:,.0f} a second{left}"


class Line:
    """Shows progress on one line; ``write`` draws it."""

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write, self._clock = write, clock
        self._began = clock()
        self._shown = self._began

    def __call__(self, done: int, found: int) -> None:
        now = self._clock()
        if now - self._shown >= EVERY:
            self._shown = now
            self._write(sentence(done, found, now - self._began))

    def end(self) -> None:
        """Nothing is left of it."""
        self._write("")


def here() -> Line | None:
    """A line that fits where this runs: a notebook, a terminal, or nowhere."""
    if _in_kernel():
        return Line(_in_notebook())
    return Line(_in_terminal) if sys.stderr.isatty() else None


@contextmanager
def shown(progress: Progress | None = None) -> Iterator[Progress | None]:
    """What is told how far it is: ``progress``, else a line here, of which nothing is left afterwards."""
    if progress is not None:
        yield progress
        return
    line = here()
    try:
        yield line
    finally:
        if line:
            line.end()


def _in_kernel() -> bool:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None


def _in_terminal(text: str) -> None:
    sys.stderr.write(f"\r\033[K{text}")
    sys.stderr.flush()


def _in_notebook() -> Callable[[str], None]:
    from IPython.display import display

    shown: list[Any] = []

    def write(text: str) -> None:
        plain = {"text/plain": text}
        if shown:
            shown[0].update(plain, raw=True)
        elif text:
            shown.append(display(plain, raw=True, display_id=True))  # type: ignore[no-untyped-call]

    return write
