"""Many hands for far files, one for near ones: threads help only while somebody waits for a server."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Thing = TypeVar("Thing")
Made = TypeVar("Made")

FAR = 0.0003
"""Seconds of waiting a thing from which on its server is far."""
TRIED = 8
"""Things that are done one by one to see how far they are."""
AGAIN = 16
"""Calls after which a far server is tried again: it may be near by now, for what is asked of it is at hand."""


class Hands:
    """So many threads, made when they are first of use and kept."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool: ThreadPoolExecutor | None = None
        self._trusted = 0
        """Calls for which what was found out holds."""

    def far(self) -> bool:
        """Whether the server was far when it was last tried, and need not be tried again yet; counts as a call."""
        self._trusted = max(0, self._trusted - 1)
        return self._trusted > 0

    def all(self, act: Callable[[Thing], Made], things: Sequence[Thing]) -> list[Made]:
        """``act`` of each, in order; raises what one of them raised."""
        if self.far():
            return self.together(act, things)
        tried, rest = things[:TRIED], things[TRIED:]
        wall, work = time.perf_counter(), time.thread_time()
        made = [act(one) for one in tried]
        waited = (time.perf_counter() - wall) - (time.thread_time() - work)
        if self._threads > 1 and waited > FAR * len(tried):
            self._trusted = AGAIN
            return made + self.together(act, rest)
        return made + [act(one) for one in rest]

    def together(self, act: Callable[[Thing], Made], things: Sequence[Thing]) -> list[Made]:
        """The same with all hands, wherever the things are."""
        if len(things) < 2:
            return [act(one) for one in things]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads)
        made: list[Any] = [None] * len(things)
        waiting = iter(enumerate(things))

        def take() -> None:
            # `next` of one iterator is safe among threads, and far cheaper than a future
            for place, one in waiting:
                made[place] = act(one)

        for done in [self._pool.submit(take) for _ in range(min(self._threads, len(things)))]:
            done.result()
        return made

    def close(self) -> None:
        """Ends the threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
