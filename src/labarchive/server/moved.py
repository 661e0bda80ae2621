"""Projects whose facts have changed since somebody was done with them: what works in the background begins with them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from labarchive.server.allowed import Holds


@dataclass(slots=True)
class Moved:
    """All of them at first."""

    given: Holds
    _done: dict[str, int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Each with its facts generation."""
        for each in self.given.catalogue.projects():
            manifest = self.given.reading.manifest(each["project"])
            if manifest and manifest.facts_generation != self._done.get(each["project"]):
                yield each["project"], manifest.facts_generation

    def done(self, project: str, generation: int) -> None:
        """This one is left out until its facts change again."""
        self._done[project] = generation
