"""The levels of an archive as a table: which view holds their rows, and how the levels hang together."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """One kind of row that can be selected."""

    name: str
    """The SQL view, singular."""
    plural: str
    key: str
    """The column that identifies a row."""
    label: str
    """The column people call it by."""
    links: tuple[str, ...]
    """Columns shared with other levels, widest first; two levels meet in the narrowest they share."""
    order: str
    shown: tuple[str, ...]
    """Columns of the short table in a repr."""
    values: tuple[str, ...] = ()
    """Columns with few values, worth listing when a filter matches nothing."""


LEVELS: dict[str, Level] = {
    level.name: level
    for level in (
        Level("project", "projects", "project", "project", ("project",), "project", ()),
        Level(
            "subject",
            "subjects",
            "subject_id",
            "subject",
            ("project", "subject_id"),
            "project, subject, subject_id",
            ("subject", "n_sessions", "tags", "note"),
        ),
        Level(
            "session",
            "sessions",
            "session_id",
            "session",
            ("project", "subject_id", "session_id"),
            "project, subject, acquired nulls last, session, session_id",
            ("subject", "session", "acquired", "n_scans", "scanner"),
            ("session", "manufacturer", "model", "station"),
        ),
        Level(
            "scan",
            "scans",
            "scan_id",
            "scan",
            ("project", "subject_id", "session_id", "scan_id"),
            "project, subject, session, number nulls last, scan, scan_id",
            ("subject", "session", "kind", "quality", "acquired", "tr", "voxel", "scanner"),
            (
                "session",
                "kind",
                "modality",
                "quality",
                "format",
                "manufacturer",
                "model",
                "station",
                "project",
            ),
        ),
        Level(
            "file",
            "files",
            "path",
            "path",
            ("project", "scan_id"),
            "project, scan_id, instance nulls last, path",
            ("path", "status", "bytes", "reason"),
            ("status", "form"),
        ),
        Level(
            "gone",
            "gone files",
            "path",
            "path",
            ("project", "scan_id"),
            "project, path",
            ("path", "bytes", "since"),
        ),
        Level(
            "conflict",
            "conflicts",
            "about",
            "about",
            ("project",),
            "project, what, about",
            ("project", "about", "what", "detail"),
        ),
        Level(
            "duplicate",
            "duplicates",
            "key",
            "key",
            ("project",),
            "project, what, n desc, key",
            ("project", "what", "n", "paths", "digested_share"),
        ),
        Level(
            "saying",
            "sayings",
            "seq",
            "seq",
            ("project",),
            "seq desc",
            ("seq", "at", "who", "verb", "payload", "about"),
        ),
    )
}

NESTED = ("project", "subject", "session", "scan")
"""From the widest to the narrowest."""


def link(one: Level, other: Level) -> str:
    """The column in which rows of two levels meet.

    >>> link(LEVELS["scan"], LEVELS["session"])
    'session_id'
    """
    return [column for column in one.links if column in other.links][-1]


STABLE_ID = re.compile(r"^(subj|sess|scan|proj)_[a-z2-7]{10}$")
"""How ids read; a label never does by chance."""
_PREFIX = {"subj": "subject", "sess": "session", "scan": "scan", "proj": "project"}


def level_of(key: str) -> str:
    """The level a stable id is of.

    >>> level_of("subj_abcdefghij")
    'subject'
    """
    return _PREFIX[key[:4]]
