"""How one speaks to the owner of an archive: at its socket as its own user, or through the service beside a hub."""

from labarchive.wire.client import Wire, connect
from labarchive.wire.remote import Remote, served

__all__ = ["Remote", "Wire", "connect", "served"]
