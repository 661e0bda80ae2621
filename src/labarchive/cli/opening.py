"""From ``--home`` to an open archive, and from words to what they select in it."""

import argparse
from typing import Any

import labarchive
from labarchive.archive.opening import Archive
from labarchive.errors import BadInput, NotAllowed
from labarchive.selection.levels import LEVELS, STABLE_ID
from labarchive.selection.queries import where
from labarchive.selection.selection import Selection
from labarchive.selection.words import parse
from labarchive.settings import Home, home, service_url


def home_of(args: argparse.Namespace) -> Home:
    """The home to work in. Raises NotAllowed in a hub's server, whose archive has its home elsewhere."""
    if args.home is None and service_url():
        raise NotAllowed(
            "this is done where the archive lives",
            hint="ask an administrator of it; --home is for an archive of your own",
        )
    return home(args.home)


def opened(args: argparse.Namespace) -> Archive:
    """The archive of ``--home``, started when it sleeps; without it the hub's, or the one of this account."""
    return labarchive.open(args.home, door="cli")


def level_named(word: str) -> str:
    """``scans`` or ``scan``."""
    for level in LEVELS.values():
        if word in (level.name, level.plural):
            return level.name
    raise BadInput(f"there are no {word!r} to find", hint="find scans, sessions, subjects, projects or files")


def checked(level: str, terms: list[str]) -> None:
    """Refuse a wrong word before anything is opened."""
    where(LEVELS[level], [parse(level, text) for text in terms])


def selected(archive: Archive, level: str, terms: list[str], project: str | None) -> Selection:
    """The rows of ``level`` that fit the words."""
    start: Selection = archive[project] if project else archive
    return start.to(level)(*terms)


def found(archive: Archive, word: str) -> Any:
    """One thing: a stable id, or labels from the project down: ``tau-pet/S014/baseline/T1w``."""
    if STABLE_ID.match(word):
        return archive[word]
    thing: Any = archive
    for label in word.strip("/").split("/"):
        thing = thing[label]
    return thing


def told(archive: Archive, words: list[str], project: str | None) -> list[Selection]:
    """What a saying is about: ids and paths each, or filter words that select scans together."""
    terms = [word for word in words if not (STABLE_ID.match(word) or _is_path(word))]
    things = [found(archive, word) for word in words if word not in terms]
    return things + ([selected(archive, "scan", terms, project)] if terms else [])


def _is_path(word: str) -> bool:
    return "/" in word and "=" not in word and ":" not in word
