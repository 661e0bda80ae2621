"""A catalogue to say ratings in."""

from tests.catalogue.conftest import bench

__all__ = ["bench"]
