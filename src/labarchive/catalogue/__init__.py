"""The tables of an archive: journal and observations make them, snapshots show them; knows no socket."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labarchive.catalogue.keep import backup, rebuild, restore
    from labarchive.catalogue.owner import Catalogue
    from labarchive.catalogue.queries import views

__all__ = ["Catalogue", "backup", "rebuild", "restore", "views"]

_PLACES = {"Catalogue": "owner", "backup": "keep", "rebuild": "keep", "restore": "keep", "views": "queries"}


def __getattr__(name: str) -> Any:
    # DuckDB and Arrow are heavy: they are imported when somebody opens a catalogue, not before.
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
