"""Refusals that only the service knows, beside those of ``labarchive.errors``."""

from labarchive.errors import LabarchiveError, NotAllowed


class Unknown(NotAllowed):
    """Nobody knows this token, or there was none: 401."""


class TooLarge(LabarchiveError):
    """A body or an answer that is larger than the limit: 413."""


class TooMany(LabarchiveError):
    """More requests than one person's share: 429."""


class Outdated(LabarchiveError):
    """If-Match names another generation than is there now: 412."""


class UnderWay(LabarchiveError):
    """The same is being done already, and is not disturbed: 409."""
