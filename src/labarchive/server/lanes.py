"""Threads for what may wait long (a disk of the lab's, a process, a large index): so many of a kind, and apart from
those in which requests are answered, so that a NAS that hangs does not hang the service."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import anyio
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync

from labarchive.errors import Busy

T = TypeVar("T")


@dataclass(frozen=True)
class Lane:
    """``size`` calls at a time; who waits longer than ``patience`` seconds for a place is told to come again."""

    name: str
    size: int
    patience: float
    _places: RunVar[anyio.CapacityLimiter] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", RunVar(self.name))

    async def run(self, call: Callable[..., T], *words: object) -> T:
        """What the call gives. Raises Busy, and what the call raises."""
        places, place = self._limiter(), object()
        try:
            with anyio.fail_after(self.patience):
                await places.acquire_on_behalf_of(place)
        except TimeoutError:
            raise Busy(f"{self.size} {self.name} are under way", hint="try again in a minute") from None
        try:
            return await run_sync(call, *words, limiter=anyio.CapacityLimiter(1))
        finally:
            places.release_on_behalf_of(place)

    def _limiter(self) -> anyio.CapacityLimiter:
        """One for each event loop."""
        found = self._places.get(None)
        if found is None:
            found = anyio.CapacityLimiter(self.size)
            self._places.set(found)
        return found


QUESTIONS = Lane("questions in SQL", 3, 10)
VOLUMES = Lane("volumes", 2, 60)
PICTURES = Lane("pictures", 16, 60)
DISKS = Lane("readings of files", 24, 60)
SNAPSHOTS = Lane("snapshots", 8, 60)
