"""Keeps the copy in ``[backup] to`` up to date every minute, so that a lost disk costs a minute."""

import logging
import threading
from typing import TYPE_CHECKING

from labarchive.catalogue import check, keep
from labarchive.errors import LabarchiveError

if TYPE_CHECKING:
    from labarchive.catalogue.owner import Catalogue

EVERY = 60.0
log = logging.getLogger(__name__)


class Copier:
    """A thread of the owner, there only where archive.toml names a folder for copies."""

    def __init__(self, catalogue: "Catalogue") -> None:
        self._catalogue = catalogue
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="copier", daemon=True)
        if check.backup_folder(catalogue.home) is not None:
            self._thread.start()

    def _go_on(self) -> None:
        while not self._end.wait(EVERY):
            self.copy()

    def copy(self) -> None:
        """What goes wrong here the doctor shows: people's work must not stop for it."""
        to = check.backup_folder(self._catalogue.home)
        try:
            if to is not None:
                keep.copy_on(self._catalogue.home, to, self._catalogue.journal.last_seq)
        except (LabarchiveError, OSError) as error:
            log.warning("the copy of the archive could not be written: %s", type(error).__name__)

    def stop(self) -> None:
        """Once more, then no more."""
        if self._thread.is_alive():
            self._end.set()
            self._thread.join(EVERY)
            self.copy()
