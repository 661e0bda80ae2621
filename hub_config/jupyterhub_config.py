"""JupyterHub's configuration, from lab.toml: `jupyterhub -f jupyterhub_config.py`, with LABARCHIVE_LAB naming lab.toml."""

import os
from pathlib import Path

from labarchive.hub import configure, read_lab

c = get_config()  # noqa: F821  jupyterhub gives it
configure(c, read_lab(Path(os.environ.get("LABARCHIVE_LAB", Path(__file__).with_name("lab.toml")))))
