"""Folders and bytes of the indexed trees: walks them, reads beginnings and digests, never writes."""

from labarchive.files.read import digest, edge_digest, read_at, read_prefix
from labarchive.files.walk import Walk, walk

__all__ = ["Walk", "digest", "edge_digest", "read_at", "read_prefix", "walk"]
