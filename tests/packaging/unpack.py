"""Installs a wheel without a package manager, as PEP 427 describes it: for an environment that has none."""

import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

SCRIPT = """#!{python}
import sys
from labarchive.cli import main
sys.exit(main())
"""


def unpack(wheel: Path, place: Path, library: Path) -> None:
    """Code to ``library``, shared data to ``place``, and the one script."""
    with tempfile.TemporaryDirectory() as folder:
        zipfile.ZipFile(wheel).extractall(folder)
        for data in Path(folder).glob("*.data"):
            shutil.copytree(data / "data", place, dirs_exist_ok=True)
            shutil.rmtree(data)
        shutil.copytree(folder, library, dirs_exist_ok=True)
    script = place / "bin" / "labarchive"
    script.write_text(SCRIPT.format(python=place / "bin" / "python"))
    script.chmod(0o755)


if __name__ == "__main__":
    unpack(*map(Path, sys.argv[1:]))
