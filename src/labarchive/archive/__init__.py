"""Opening an archive: its owner found or started, its newest snapshots loaded, and folders indexed."""

from labarchive.archive.opening import Archive, open  # noqa: A004

__all__ = ["Archive", "open"]
