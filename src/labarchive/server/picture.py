"""``python -m labarchive.server.picture``: small pictures of scans, one task a line of standard input, until it ends.

A process of its own, which a broken codec may take down: whoever started it starts another.
"""

import sys
from pathlib import Path
from typing import Any

from labarchive.errors import LabarchiveError
from labarchive.images.apart import WRONG, answer_lines

MEMORY = 6 << 30


def main() -> int:
    """Answers each task with nothing, or with what was wrong."""
    return answer_lines(_answer, MEMORY)


def _answer(asked: dict[str, Any]) -> dict[str, str]:
    try:
        made(asked["files"], asked["modality"], asked["places"])
    except LabarchiveError as error:
        return {"error": type(error).__name__, "what": error.what, "hint": error.hint}
    except MemoryError:
        return {"error": "NoRoom", "what": "this volume is too large to be drawn here", "hint": ""}
    except WRONG as error:
        return {
            "error": "Damaged",
            "what": f"this volume cannot be drawn ({type(error).__name__})",
            "hint": "",
        }
    return {}


def made(files: list[dict[str, Any]], modality: str, places: dict[str, str]) -> None:
    """Write what ``places`` names: ``mosaic``, ``thumbnail``, ``sprite``. Raises what reading the volume raises."""
    from labarchive.images import ImageFile, montage, shrinking
    from labarchive.images.first import first_volume

    given = first_volume([ImageFile.from_row(row) for row in files], modality)
    if "mosaic" in places:
        Path(places["mosaic"]).write_bytes(shrinking.webp(montage.mosaic(given)))
    if "thumbnail" in places:
        Path(places["thumbnail"]).write_bytes(shrinking.webp(montage.thumbnail(given)))
    if "sprite" in places:
        picture, _ = montage.sprite(given)
        Path(places["sprite"]).write_bytes(shrinking.jpeg(picture))


if __name__ == "__main__":
    sys.exit(main())
