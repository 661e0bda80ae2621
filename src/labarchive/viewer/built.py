"""What widgets are made of: modules built from ``extension/``, and the packages that bring them into a page."""

from importlib import import_module
from importlib.resources import files
from typing import Any

from labarchive.errors import BadInput

_BUILT = files("labarchive.viewer").joinpath("static")


def widgets() -> tuple[Any, Any]:
    """anywidget and traitlets, imported when somebody first looks: they take a while. Raises BadInput where they are missing."""
    try:
        return import_module("anywidget"), import_module("traitlets")
    except ModuleNotFoundError as missing:
        raise BadInput(f"{missing.name} is not installed", hint="pip install 'labarchive[lab]'") from None


def built(name: str) -> str:
    """A module or a stylesheet. Raises BadInput where it was not built."""
    try:
        return _BUILT.joinpath(name).read_text("utf-8")
    except OSError:
        raise BadInput("the viewer was not built here", hint="make install, or install a wheel") from None
