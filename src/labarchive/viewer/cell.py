"""The widget of ``selection.view()``. It holds no picture: a saved notebook has ids and labels, and nothing of a patient's image."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from labarchive.viewer.built import built, widgets

if TYPE_CHECKING:
    import anywidget

MOST = 120
"""Scans of one cell: more are for the lightbox."""
MOST_VOLUMES = 4
"""Volumes beside or over each other: more would be too small, and too much for a page."""
Manner = Literal["mosaics", "over", "beside", "itk"]
"""A mosaic of each; each over the first; volumes side by side; in itk-vtk-viewer."""


class Shown(NamedTuple):
    """One scan, and what stands below its picture."""

    project: str
    id: str
    path: str
    quality: str
    modality: str
    format: str


def in_cell(
    scans: Sequence[Shown], left_out: int = 0, columns: int = 1, manner: Manner = "mosaics"
) -> "anywidget.AnyWidget":
    """A widget with a mosaic of each, where a click opens its volume in three linked planes; or with volumes at once.

    ``left_out``: how many more there are. Raises BadInput where no widget can be made.
    """
    told = [scan._asdict() for scan in scans]
    view: anywidget.AnyWidget = _class()(scans=told, left_out=left_out, columns=columns, manner=manner)
    return view


@cache
def _class() -> Any:
    anywidget, traitlets = widgets()

    class View(anywidget.AnyWidget):  # type: ignore[misc, name-defined]
        """What the page is told."""

        _esm = built("view.js")
        _css = built("view.css")
        scans: Any = traitlets.List().tag(sync=True)
        left_out = traitlets.Int(0).tag(sync=True)
        columns = traitlets.Int(3).tag(sync=True)
        manner = traitlets.Unicode("mosaics").tag(sync=True)

        def __repr__(self) -> str:
            return f"{len(self.scans)} scan{'s' if len(self.scans) != 1 else ''}, as pictures in Jupyter"

    return View
