"""How one speaks to the owner of an archive: one table of routes, and a client that outlives the owner."""

from labarchive.wire.client import Wire, connect

__all__ = ["Wire", "connect"]
