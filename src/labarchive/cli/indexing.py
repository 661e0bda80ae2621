"""Verbs that bring files in and say how things stand: index, status."""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import Any

from labarchive.cli.opening import opened
from labarchive.cli.render import as_json, say
from labarchive.cli.verbs import Verb, json_word, project_word


def _index_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="folders (or files) of one study")
    project_word(parser, required=True)
    parser.add_argument(
        "--quick", action="store_true", help="skip folders whose modification time is unchanged"
    )
    json_word(parser)


def _index(args: argparse.Namespace) -> int:
    begun = time.monotonic()
    progress = Ticker() if sys.stderr.isatty() else None
    done = opened(args).index(*args.paths, project=args.project, quick=args.quick, progress=progress)
    if progress:
        progress.end()
    summary = summary_of(done, time.monotonic() - begun)
    say(as_json(summary)) if args.json else say(*sentences(summary))
    return 0


def summary_of(done: Any, took: float) -> dict[str, Any]:
    """The last line that scripts rely on."""
    found = dict(asdict(done)) if is_dataclass(done) and not isinstance(done, type) else dict(done)
    return {"seconds": round(took, 3), **found}


def sentences(summary: dict[str, Any]) -> list[str]:
    """The same for people."""
    faults = ", ".join(
        f"{summary[word]:,} {word}" for word in ("empty", "damaged", "unreadable") if summary[word]
    )
    rate = summary["files"] / max(summary["seconds"], 1e-9)
    lines = [
        f"{summary['files']:,} files in {summary['seconds']:.1f} s ({rate:,.0f} a second):"
        f" {summary['ok']:,} ok, {summary['not_imaging']:,} not imaging{', ' if faults else ''}{faults}",
        f"{summary['new']:,} new, {summary['changed']:,} changed, {summary['gone']:,} gone",
    ]
    if faults:
        lines.append("look at them: labarchive find files status=empty,damaged,unreadable")
    return lines


class Ticker:
    """One line on stderr, at most four times a second: how many, how fast, how long still."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.begun = clock()
        self.shown = 0.0

    def __call__(self, done: int, found: int) -> None:
        now = self.clock()
        if now - self.shown < 0.25:
            return
        self.shown = now
        rate = done / max(now - self.begun, 1e-9)
        left = f", about {(found - done) / rate:,.0f} s left" if rate and found > done else ""
        sys.stderr.write(f"\r\033[K{done:,} of {found:,} files, {rate:,.0f} a second{left}")
        sys.stderr.flush()

    def end(self) -> None:
        sys.stderr.write("\r\033[K")
        sys.stderr.flush()


def _status(args: argparse.Namespace) -> int:
    archive = opened(args)
    hello = archive.tables.owner.hello()
    if args.json:
        say(as_json(hello))
        return 0
    say(
        repr(archive), f"home {hello['home']}, owner is process {hello['pid']}, labarchive {hello['version']}"
    )
    say(*(f"under way: {work['kind']} of {work['project']}" for work in hello.get("work", ())))
    return 0


VERBS = (
    Verb("index", _index_words, _index,
         example="index /mnt/nas/tau --project tau-pet"),
    Verb("status", json_word, _status),
)  # fmt: skip
