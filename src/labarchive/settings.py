"""Where an archive lives on this machine: its home, what lies in it, and its short run-time folder."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from labarchive.errors import BadInput

SCHEMA_VERSION = 1
"""Of the catalogue's tables and the published snapshots; a greater one on disk is `TooNew`."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one archive. Paths only: nothing is opened or made here."""

    path: Path

    @property
    def settings(self) -> Path:
        """What the lab edits: ``[archive] id``, ``[backup] to``."""
        return self.path / "archive.toml"

    @property
    def names(self) -> Path:
        """The lab's rules for subjects, sessions and scans."""
        return self.path / "names.toml"

    @property
    def forms(self) -> Path:
        """The lab's own forms, one TOML file each."""
        return self.path / "forms"

    @property
    def catalogue(self) -> Path:
        return self.path / "catalogue.duckdb"

    @property
    def journal(self) -> Path:
        """Sayings, one JSON envelope a line; payloads lie beside them."""
        return self.path / "journal"

    @property
    def audit(self) -> Path:
        """Who looked at whom: a journal of its own."""
        return self.path / "audit"

    @property
    def observations(self) -> Path:
        """What index runs saw: a folder of Parquet parts a run."""
        return self.path / "observations"

    @property
    def metrics(self) -> Path:
        """What was measured of scans: a folder of Parquet parts a project. Can be measured again."""
        return self.path / "metrics"

    @property
    def snapshots(self) -> Path:
        """What kernels read: ``<project id>/gen-000042/``."""
        return self.path / "snapshots"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def socket(self) -> Path:
        """The owner's Unix socket, in a short folder: a socket's path may have 108 bytes, a home's may not."""
        name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return runtime_folder() / f"{name}.sock"


def runtime_folder() -> Path:
    """The person's own folder for sockets, mode 0700, made when missing.

    The same whether it is asked from a desktop, by ssh or by cron, which differ in XDG_RUNTIME_DIR and TMPDIR:
    else they would not find each other's owner. Raises BadInput when it belongs to somebody else.
    """
    place = Path(os.environ.get("LABARCHIVE_RUNTIME_DIR") or "/tmp")  # noqa: S108  0700 and owned, checked below
    folder = place / f"labarchive-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    seen = folder.lstat()
    if seen.st_uid != os.getuid() or seen.st_mode & 0o077:
        raise BadInput(
            f"{folder} is open to others", hint=f"chmod 700 {folder}, or set LABARCHIVE_RUNTIME_DIR"
        )
    return folder


def service_url() -> str:
    """Where the service answers in a hub's server, as its spawner says; empty at home."""
    return os.environ.get("LABARCHIVE_SERVICE_URL", "")


def home(path: str | os.PathLike[str] | None = None) -> Home:
    """The archive's home: ``path``, else ``$LABARCHIVE_HOME``, else the platform's data folder."""
    given = path or os.environ.get("LABARCHIVE_HOME")
    if given is None:
        from platformdirs import user_data_path

        given = user_data_path("labarchive")
    return Home(Path(os.path.realpath(Path(given).expanduser())))
