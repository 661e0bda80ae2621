"""What somebody has begun to say and not said yet, one small file each: nothing typed is lost, and nobody else sees it."""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labarchive.catalogue.disk import folder_made, replaced

KEPT = 90 * 86400.0
"""Seconds after which a draft that nobody came back to is forgotten."""


@dataclass(frozen=True, slots=True)
class Drafts:
    """``folder``: ``<home>/drafts``. A file's name tells nobody whose it is or of what."""

    folder: Path

    def read(self, project_id: str, who: str, about: str, form: str) -> dict[str, Any] | None:
        """The draft; None where there is none."""
        try:
            found: dict[str, Any] = json.loads(self._path(project_id, who, about, form).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return found

    def of(self, project_id: str, who: str, things: Iterable[str], form: str) -> dict[str, dict[str, Any]]:
        """The drafts that this person has of these."""
        there = {path.name for path in (self.folder / project_id).glob("*.json")}
        paths = {about: self._path(project_id, who, about, form).name for about in things} if there else {}
        found = {about: self.read(project_id, who, about, form) for about in paths if paths[about] in there}
        return {about: answers for about, answers in found.items() if answers}

    def write(self, project_id: str, who: str, about: str, form: str, answers: Mapping[str, Any]) -> None:
        """Durable when it returns; nothing answered is no draft. Raises NoRoom."""
        path = self._path(project_id, who, about, form)
        if not answers:
            path.unlink(missing_ok=True)
            return
        folder_made(path.parent)
        self._forget_old(path.parent)
        replaced(path, json.dumps(dict(answers)).encode())

    def drop(self, project_id: str, who: str, about: str, form: str) -> None:
        """It was said, or is no longer wanted."""
        self._path(project_id, who, about, form).unlink(missing_ok=True)

    def _path(self, project_id: str, who: str, about: str, form: str) -> Path:
        name = hashlib.sha256("\0".join((who, about, form)).encode()).hexdigest()[:40]
        return self.folder / project_id / f"{name}.json"

    def _forget_old(self, place: Path) -> None:
        now = time.time()
        for path in place.glob("*.json"):
            if now - path.stat().st_mtime > KEPT:
                path.unlink(missing_ok=True)
