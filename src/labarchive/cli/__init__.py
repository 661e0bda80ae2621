"""The command line: parses words, calls one verb of the archive, renders the answer."""

from labarchive.cli.door import main

__all__ = ["main"]
