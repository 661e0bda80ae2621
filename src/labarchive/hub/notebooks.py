"""The notebooks that come with labarchive, and a person's own copy of them."""

import shutil
import site
import sys
from pathlib import Path

from labarchive.errors import NotFound

START = "start/01-find.ipynb"


def shipped() -> Path:
    """Where this installation keeps its notebooks: beside the sources, or where the wheel put them."""
    source = Path(__file__).parents[3]
    places = [
        *([source / "notebooks"] if (source / "pyproject.toml").exists() else []),
        *(Path(root) / "share" / "labarchive" / "notebooks" for root in (sys.prefix, site.getuserbase())),
    ]
    for place in places:
        if (place / START).exists():
            return place
    raise NotFound(
        "the notebooks of labarchive are not installed", hint="pip install 'labarchive[demo]' again"
    )


def copied(folder: Path) -> Path:
    """Copy what is not there yet into ``folder``: a notebook that somebody worked in is left as it is."""
    source = shipped()
    for path in sorted(source.rglob("*.ipynb")):
        place = folder / path.relative_to(source)
        if not place.exists() and ".ipynb_checkpoints" not in path.parts:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    return folder
