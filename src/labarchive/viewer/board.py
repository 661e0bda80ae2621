"""The widget of ``labarchive.dashboard()``: a page of a study in Voila, or in a cell. It knows names, and asks nothing itself."""

from functools import cache
from typing import TYPE_CHECKING, Any

from labarchive.errors import BadInput
from labarchive.viewer.built import built, widgets

if TYPE_CHECKING:
    import anywidget

DASHBOARDS = ("quality-control", "completeness", "scanner-drift", "raters", "forms")


def dashboard(name: str = "quality-control", *, project: str = "") -> "anywidget.AnyWidget":
    """A dashboard: judge scans (``quality-control``), what is missing (``completeness``), ``scanner-drift``, ``raters``, ``forms``.

    ``project``: the one to begin with; else the one that the page's address names, else the first of yours. What it shows comes
    to the browser from the archive's own service, as the person who looks. Raises BadInput for another name, and outside
    Jupyter's own packages.
    """
    if name not in DASHBOARDS:
        raise BadInput(f"there is no dashboard {name!r}", hint=f"there are {', '.join(DASHBOARDS)}")
    shown: anywidget.AnyWidget = _class()(dashboard=name, project=project)
    return shown


@cache
def _class() -> Any:
    anywidget, traitlets = widgets()

    class Board(anywidget.AnyWidget):  # type: ignore[misc, name-defined]
        """What the page is told."""

        _esm = built("board.js")
        _css = built("board.css")
        dashboard = traitlets.Unicode().tag(sync=True)
        project = traitlets.Unicode("").tag(sync=True)

        def __repr__(self) -> str:
            return f"{self.dashboard}, as a page in Jupyter"

    return Board
