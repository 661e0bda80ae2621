"""The kernel of a recipe: it reads what its person may read, and writes into one folder, whatever runs in it.

What it starts is bound too, and root as well (`files.fence`). It is a rail and no wall against its own person, who
has other kernels; raw folders are read-only to everybody by their own permissions.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

from labarchive.errors import LabarchiveError
from labarchive.files.fence import write_only_below
from labarchive.settings import home
from labarchive.wire import connect

RESULTS = "LABARCHIVE_RESULTS"
DEVICES = ("/dev/null", "/dev/zero", "/dev/tty", "/dev/ptmx", "/dev/pts", "/dev/shm")  # noqa: S108


class Unfenced(LabarchiveError, RuntimeError):
    """This machine cannot keep a process from writing."""


def enclose(environment: MutableMapping[str, str] = os.environ) -> Path:
    """From now on only the results' folder can be written; it is made when it is missing.

    ``$LABARCHIVE_RESULTS``, else ``results`` beside the notebook. Raises Unfenced where the kernel has no Landlock.
    """
    results = Path(environment.get(RESULTS) or "results").absolute()
    results.mkdir(parents=True, exist_ok=True)
    environment[RESULTS] = str(results)
    copies = _copies(environment)
    _scratch(environment, copies)
    if not environment.get("LABARCHIVE_SERVICE_URL"):
        connect(home())  # an owner that is started inside could write no journal
    if not write_only_below([results, copies, *filter(Path.exists, map(Path, DEVICES))]):
        raise Unfenced(
            "a recipe could write anywhere here",
            hint="it needs Linux 5.13 with Landlock; or take the Archive kernel",
        )
    return results


def _scratch(environment: MutableMapping[str, str], below: Path) -> None:
    """A folder of this process alone, where libraries keep what they cannot be without; it goes with the process."""
    place = Path(tempfile.mkdtemp(prefix="recipe-", dir=below))
    environment.update(TMPDIR=str(place), IPYTHONDIR=str(place), MPLCONFIGDIR=str(place))
    tempfile.tempdir = None
    atexit.register(shutil.rmtree, place, ignore_errors=True)


def _copies(environment: MutableMapping[str, str]) -> Path:
    """Where copies of a service's snapshots lie."""
    from platformdirs import user_cache_path

    place = Path(environment.get("LABARCHIVE_CACHE") or user_cache_path("labarchive"))
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place
