"""An archive to try: an invented study, indexed, in JupyterLab with the first notebook open."""

from labarchive.demo.trying import OWN, run

__all__ = ["OWN", "run"]
