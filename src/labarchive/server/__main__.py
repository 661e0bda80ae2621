"""``python -m labarchive.server --home H``: own an archive until nobody wants it."""

import argparse
import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from labarchive.catalogue import Catalogue
from labarchive.errors import LabarchiveError
from labarchive.index.lean import without_pandas
from labarchive.server.doors import address
from labarchive.server.serving import bind, bind_tcp, serve, tell_starter
from labarchive.server.use import Use
from labarchive.settings import home
from labarchive.wire.protocol import problem

IDLE = 600.0
"""Seconds without use after which the owner leaves."""

SWITCH = 0.0005
"""Seconds after which a thread that computes lets another go on: who speaks while a run is derived is not held up."""


def main(words: Sequence[str] | None = None) -> int:
    """Serve until stopped, unused or broken; the exit code is the error's."""
    given = _arguments(words)
    os.umask(0o077)  # DuckDB's write-ahead log too is nobody else's
    without_pandas()
    sys.setswitchinterval(SWITCH)
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s", level=logging.WARNING)
    place = home(given.home)
    try:
        owner = Catalogue(place)
    except LabarchiveError as error:
        tell_starter(given.tell, problem(error)[1])
        sys.stderr.write(f"labarchive.server: {type(error).__name__}\n")
        return error.exit_code
    use = Use(owner)
    try:
        tcp = bind_tcp(address(given.listen)) if given.listen else None
        listening = bind(place)
        asyncio.run(serve(use, owner, place, listening, idle=given.idle, tell=given.tell, tcp=tcp))
    except LabarchiveError as error:
        tell_starter(given.tell, problem(error)[1])
        sys.stderr.write(f"labarchive.server: {error}\n")
        return error.exit_code
    finally:
        with contextlib.suppress(FileNotFoundError):
            place.socket.unlink()
        _close(owner, use)
    return 1 if use.fatal else 0


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m labarchive.server", description=__doc__)
    parser.add_argument("--home", required=True, type=Path, help="the archive's home")
    parser.add_argument("--idle", type=float, default=IDLE, help="leave after so many seconds without use")
    parser.add_argument("--listen", default="", help="HOST:PORT for REST to whom the hub knows")
    parser.add_argument("--tell", type=int, default=-1, help="a descriptor that hears when the owner answers")
    return parser.parse_args(words)


def _close(owner: Catalogue, use: Use) -> None:
    try:
        owner.close()
    except Exception as error:  # a broken instance cannot be closed cleanly; the next process reads it back
        if not use.fatal:
            raise
        sys.stderr.write(f"labarchive.server: {type(error).__name__} while closing\n")


if __name__ == "__main__":
    sys.exit(main())
