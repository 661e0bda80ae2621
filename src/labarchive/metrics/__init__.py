"""Measures of image quality: numbers of a scan's voxels, each with a definition, a unit and a source; knows no catalogue."""

from labarchive.metrics.table import Metric, table

__all__ = ["Metric", "table"]
