"""What an index run tells: how far it is, and what it did."""

from collections.abc import Callable
from typing import Any

Progress = Callable[[int, int], None]
"""Told how many files were looked at, and how many were found so far."""


class Indexed(dict[str, Any]):
    """What an index run did: ``files, ok, not_imaging, empty, damaged, unreadable, new, changed, gone, seconds``."""

    def __repr__(self) -> str:
        faults = [f"{self[word]:,} {word}" for word in ("empty", "damaged", "unreadable") if self[word]]
        parts = [f"{self['ok']:,} ok", f"{self['not_imaging']:,} not imaging", *faults]
        how = "" if self["complete"] else "stopped: index again and it goes on\n"
        return (
            f"{how}{self['files']:,} files of {self['project']} in {self['seconds']:.1f} s: {', '.join(parts)}\n"
            f"{self['new']:,} new, {self['changed']:,} changed, {self['gone']:,} gone"
        )
