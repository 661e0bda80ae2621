"""The house that people enter: JupyterHub for a lab, from one file. Knows processes and accounts, no images."""

from labarchive.hub.configure import configure
from labarchive.hub.lab import Lab, read_lab

__all__ = ["Lab", "configure", "read_lab"]
