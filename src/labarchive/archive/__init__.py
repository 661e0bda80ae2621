"""Opening an archive: its owner found or started, its newest snapshots loaded, and folders indexed."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labarchive.archive.indexing import index
    from labarchive.archive.opening import Archive, open  # noqa: A004

__all__ = ["Archive", "index", "open"]

_PLACES = {"Archive": "opening", "index": "indexing", "open": "opening"}


def __getattr__(name: str) -> Any:
    # The indexer's processes come through here too: DuckDB and selections are for those who look.
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
