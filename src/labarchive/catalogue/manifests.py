"""What says which files make up a published generation."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from labarchive.catalogue.disk import replaced
from labarchive.records import Manifest


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Durably, into a generation's folder."""
    words = {
        "project": manifest.project, "project_id": manifest.project_id, "schema_version": manifest.schema_version,
        "facts_generation": manifest.facts_generation, "journal_seq": manifest.journal_seq,
        "files": dict(manifest.files), "written": manifest.written.isoformat(), "identified": manifest.identified,
        "measured": manifest.measured,
    }  # fmt: skip
    replaced(folder / "manifest.json", json.dumps(words, indent=1).encode())


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a generation's folder, or None where there is none that can be read."""
    try:
        words = json.loads((folder / "manifest.json").read_bytes())
        return Manifest(**{**words, "folder": folder, "written": datetime.fromisoformat(words["written"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def missing_files(manifest: Manifest) -> Sequence[str]:
    """Tables of a generation whose files are not there."""
    return [name for name, place in manifest.files.items() if not any(manifest.folder.glob(place))]
