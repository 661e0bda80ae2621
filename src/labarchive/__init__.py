"""A research archive for clinical imaging labs: ``archive = labarchive.open()`` and narrow from there."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labarchive.archive import Archive as Archive
    from labarchive.archive import open as open  # noqa: A004
    from labarchive.errors import (
        Ambiguous as Ambiguous,
    )
    from labarchive.errors import (
        BadInput as BadInput,
    )
    from labarchive.errors import LabarchiveError as LabarchiveError
    from labarchive.errors import NotFound as NotFound
    from labarchive.selection.terms import between as between
    from labarchive.selection.terms import like as like
    from labarchive.selection.terms import not_ as not_
    from labarchive.viewer import dashboard as dashboard

__version__ = "0.1.0"

_PLACES = {
    "labarchive.archive": ("Archive", "open"),
    "labarchive.errors": (
        "Ambiguous", "BadInput", "Busy", "Damaged", "LabarchiveError", "NoRoom", "NotAllowed", "NotFound",
        "TooNew", "Unreachable",
    ),
    "labarchive.viewer": ("dashboard",),
    "labarchive.selection.terms": ("between", "like", "not_"),
}  # fmt: skip
"""Where each name lies: it is imported when somebody asks for it, so that ``import labarchive`` costs nothing."""

_PLACE = {name: place for place, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _PLACE:
        raise AttributeError(f"module 'labarchive' has no attribute {name!r}")
    value = getattr(import_module(_PLACE[name]), name)
    globals()[name] = value
    return value


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext labarchive`` in any notebook: ``%%sql`` over the archive that is open there."""
    import_module("labarchive.kernel.cells").load(shell)


def __dir__() -> list[str]:
    return sorted([*_PLACE, "__version__"])
