"""From the files of a scan to images in patient space: volumes, mosaics, multi-frame; knows no catalogue."""

from typing import TYPE_CHECKING, Any

from labarchive.images.files import ImageFile

if TYPE_CHECKING:
    from labarchive.images.bare import plain
    from labarchive.images.loading import load
    from labarchive.images.parts import Part, volumes

__all__ = ["ImageFile", "Part", "load", "plain", "volumes"]

_ROOMS = {
    "load": "labarchive.images.loading",
    "Part": "labarchive.images.parts",
    "plain": "labarchive.images.bare",
    "volumes": "labarchive.images.parts",
}


def __getattr__(name: str) -> Any:  # numpy and nibabel come with the first volume, not with the import
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_ROOMS[name]), name)
