"""Draws what nobody has asked for yet, in the background: so that a lightbox of a hundred scans is there at once."""

import logging
import threading
import time
from dataclasses import dataclass, field

from labarchive.errors import LabarchiveError
from labarchive.server.allowed import Holds
from labarchive.server.moved import Moved
from labarchive.server.pictures import Pictures
from labarchive.server.scan_files import found, openable

BEGIN = 60.0
"""Seconds after the service has begun until it draws by itself: who signs in comes first."""
LOOK = 20.0
"""Seconds between two looks at whether there is something new."""
REST = 1.0
"""Rest after each scan, of the time that it took: half a core at most."""
SEEN = """select f.scan_id, bit_xor(hash(f.path, f.bytes, f.mtime_ns))::varchar as seen
from file f join scan s on s.scan_id = f.scan_id where f.status = 'ok' and not s.gone
group by f.scan_id, s.acquired order by s.acquired desc nulls last, f.scan_id"""
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Drawing:
    """A thread that ends with its process. A service that is started again finds what was drawn."""

    given: Holds
    pictures: Pictures
    ending: threading.Event
    """Set when the process is to end: no more scans after the one in hand."""
    _done: dict[str, str] = field(default_factory=dict)
    """scan -> a hash of its files as they were when it was drawn, or found not to be drawable."""
    _moved: Moved = field(init=False)

    def __post_init__(self) -> None:
        self._moved = Moved(self.given)

    def start(self) -> None:
        """Begin, and come back."""
        threading.Thread(target=self._go_on, name="drawing", daemon=True).start()

    def _go_on(self) -> None:
        wait = BEGIN
        while not self.ending.wait(wait):
            wait = LOOK
            try:
                self.catch_up()
            except Exception as error:  # a look that failed is made again
                log.warning("scans could not be drawn: %s", type(error).__name__)

    def catch_up(self) -> int:
        """Draw what is not drawn yet of projects whose facts have changed; how many scans that were."""
        drawn = 0
        for project, generation in self._moved:
            for row in self.given.reading.rows(SEEN, (), project):
                if self.ending.is_set():
                    return drawn
                if self._done.get(row["scan_id"]) != row["seen"]:
                    began = time.monotonic()
                    drawn += self._draw(project, row["scan_id"])
                    self._done[row["scan_id"]] = row["seen"]
                    self.ending.wait(REST * (time.monotonic() - began))
            self._moved.done(project, generation)
        return drawn

    def _draw(self, project: str, scan: str) -> bool:
        """Whether it was drawn now. What cannot be drawn is told to who asks for it, and nobody here."""
        try:
            files = found(self.given, project, scan)
            if not files.rows or self.pictures.has(files.key(), "mosaic"):
                return False
            openable(self.given, project, files)
            self.pictures.made(files.key(), "mosaic", files.rows, files.modality)
        except LabarchiveError:
            return False
        return True
