"""The SQL of this room, from its .sql files; values are parameters, only table prefixes and times are filled in."""

import re
from datetime import datetime
from functools import cache
from pathlib import Path

from labarchive.errors import BadInput

HERE = Path(__file__).parent

PUBLIC = (
    "project", "saying", "rating_history", "rating", "entry_history", "entry", "answer", "tag", "note", "said", "quality", "subject", "session", "scan", "file",
    "gone", "header", "instance_header", "person", "duplicate", "conflict",
    "measured", "metric", "departure", "outlier",
    "campaign", "protocol", "planned_visit", "planned_limit", "visit", "visit_status", "compliance", "deviation",
)  # fmt: skip
"""The views that views.sql makes."""

_ALIAS = re.compile(r"^[a-z_]*\.?$")


@cache
def text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


@cache
def statements(name: str) -> dict[str, str]:
    """The named statements of a .sql file: each begins with a line ``-- name: words``."""
    return statements_in(__file__, name)


@cache
def statements_in(module: str, name: str) -> dict[str, str]:
    """The same of a .sql file beside another room's module."""
    content = Path(module).with_name(name).read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)$", content, flags=re.MULTILINE)
    return dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))


def views(at: datetime | None = None, *, base: str = "", into: str = "") -> str:
    """``create or replace view`` for every public view, now or as things were ``at`` a moment (UTC, naive).

    ``base`` stands before the base tables (``main.``), ``into`` before the views (``then.``).
    """
    if not _ALIAS.match(base) or not _ALIAS.match(into):
        raise BadInput(f"{base!r} and {into!r} are not both schemas", hint="write them as main. or then.")
    script = text("views.sql").replace("{base}", base).replace("{into}", into)
    words = _moments(at)
    return re.sub(r"\{(\w+) ?(\w*)\}", lambda found: words[found[1]].format(found[2]), script)


def _moments(at: datetime | None) -> dict[str, str]:
    """What ``{live f}``, ``{past g}``, ``{until s}``, ``{seen h}`` and ``{today}`` of views.sql stand for."""
    if at is None:
        return {
            "live": "{0}.valid_to is null",
            "past": "true",
            "until": "true",
            "seen": "true",
            "today": "current_date",
        }
    if at.tzinfo is not None:
        raise BadInput(
            "a moment in the tables is in UTC and naive", hint="at.astimezone(UTC).replace(tzinfo=None)"
        )
    moment = f"timestamp '{at.isoformat(sep=' ', timespec='microseconds')}'"
    return {
        "live": f"{{0}}.valid_from <= {moment} and ({{0}}.valid_to is null or {{0}}.valid_to > {moment})",
        "past": f"{{0}}.valid_to <= {moment}",
        "until": f'{{0}}."at" <= {moment}',
        "seen": f"{{0}}.taken <= {moment}",
        "today": f"date '{at.date().isoformat()}'",
    }
