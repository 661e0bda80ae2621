"""Plan: what a study expects, its visits, kinds and limits, as a TOML file says it; knows no catalogue and no door."""

from labarchive.protocols.drafting import Seen, draft
from labarchive.protocols.protocol import COLUMNS, planned, read

__all__ = ["COLUMNS", "Seen", "draft", "planned", "read"]
