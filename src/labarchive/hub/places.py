"""Where this installation keeps what comes with it: beside the sources, or where the wheel put it."""

import sys
from pathlib import Path

from labarchive.errors import NotFound


def shipped(name: str, holds: str) -> Path:
    """The folder ``name`` (hub_config, notebooks/dashboards) that has ``holds`` in it."""
    source = Path(__file__).parents[3]
    for place in (source / name, Path(sys.prefix) / "share" / "labarchive" / name):
        if (place / holds).exists():
            return place
    raise NotFound(f"{name} of labarchive is not installed", hint="pip install 'labarchive[hub]' again")
