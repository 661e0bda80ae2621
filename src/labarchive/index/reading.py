"""A batch of found files to one table of rows: the fast lane first, pydicom under guard for what it refuses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from labarchive.index import contents, glances, images
from labarchive.index.arrow import Table, pa
from labarchive.index.bids import Sidecars
from labarchive.index.dicom import Dicom
from labarchive.index.glances import Seen
from labarchive.index.guarded import Guard
from labarchive.index.hands import Hands
from labarchive.index.rows import row, rows_of
from labarchive.records import Found

OPEN = 256
"""Far files that are open at once in one process."""


@dataclass(slots=True)
class Reader:
    """Reads batches; keeps its threads and its guard between them."""

    hands: Hands = field(default_factory=lambda: Hands(16))
    guard: Guard = field(default_factory=Guard)
    sidecars: Sidecars = field(default_factory=Sidecars)

    def table(self, found: Sequence[Found]) -> Table:
        """FILE_SCHEMA rows of these files, one for each whatever happens."""
        seen = self._seen(found)
        dicom = [i for i, one in enumerate(seen) if one.values is not None or one.asks == "guard"]
        whole = Dicom([found[i] for i in dicom], [seen[i] for i in dicom])
        whole.ask(self.guard)
        other = [i for i, one in enumerate(seen) if one.values is None and one.asks != "guard"]
        self.sidecars.at_hand = _whole_sidecars([(found[i], seen[i]) for i in other])
        rows = [self._other(found[i], seen[i]) for i in other]
        rows += [self._other(one, glances.glanced(one)) for one in whole.not_dicom]
        rows += [row(one, "unreadable", why, "") for one, why in whole.unreadable]
        return pa.concat_tables([whole.table(), rows_of(rows)])

    def close(self) -> None:
        """Ends the guard's child and the threads."""
        self.guard.close()
        self.hands.close()

    def _seen(self, found: Sequence[Found]) -> list[Seen]:
        """A look at each. Far files are waited for together and parsed by one hand: hands that do both keep each other
        from the interpreter, which doubles what a file costs."""
        if not self.hands.far():
            return self.hands.all(glances.read, found)
        chunks = [found[first : first + OPEN] for first in range(0, len(found), OPEN)]
        return [seen for chunk in chunks for seen in self._far(chunk)]

    def _far(self, found: Sequence[Found]) -> list[Seen]:
        begun = self.hands.together(glances.begin, found)
        try:
            seen = list(map(glances.at_once, found, begun))
            late = [place for place, one in enumerate(seen) if one is None]
            read = self.hands.together(lambda place: glances.look(found[place], begun[place]), late)
        finally:
            self.hands.together(glances.end, begun)
        rest = iter(read)
        return [one or next(rest) for one in seen]

    def _other(self, found: Found, seen: Seen) -> dict[str, Any]:
        if seen.problem:
            return row(found, "unreadable", seen.problem, "")
        if not found.size:
            return row(found, "empty", None, "")
        image = images.row(found, seen.glance, self.sidecars)
        if image is not None:
            return row(found, **image)
        form = contents.form_of(found.path, seen.glance.head)
        if contents.named_like_dicom(found.path):
            return row(found, "damaged", f"it is named like DICOM and holds none ({form})", form)
        return row(found, "not_imaging", None, form)


def _whole_sidecars(files: Sequence[tuple[Found, Seen]]) -> dict[bytes, bytes]:
    """Content of the small JSON files: what was read of their beginning is all of them."""
    return {
        one.path: seen.glance.head
        for one, seen in files
        if one.path.endswith(b".json") and one.size == len(seen.glance.head)
    }
