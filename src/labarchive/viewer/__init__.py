"""Look: scans as pictures in a cell. Knows names and ids; pictures and voxels come to the browser from the archive's own service."""

from labarchive.viewer.board import DASHBOARDS, dashboard
from labarchive.viewer.cell import MOST, MOST_VOLUMES, Shown, in_cell

__all__ = ["DASHBOARDS", "MOST", "MOST_VOLUMES", "Shown", "dashboard", "in_cell"]
