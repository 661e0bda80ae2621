"""What every room's tests share: the real files of many vendors, and a run-time folder of their own."""

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.minutes import pytest_terminal_summary as pytest_terminal_summary
from tests.together import pytest_xdist_make_scheduler as pytest_xdist_make_scheduler

PACKED = Path(__file__).parents[2] / "shared" / "data" / "dev.tar.xz"


@pytest.fixture(scope="session")
def dev_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,849 real files of many vendors, unpacked once to a cache; says so and skips where they are not there."""
    given = os.environ.get("LABARCHIVE_DEV_DATA")
    if given:
        return Path(given)
    if not PACKED.exists():
        pytest.skip("the real files of many vendors (shared/data/dev.tar.xz beside the project) are not here")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "labarchive-tests"
    name = f"dev-{PACKED.stat().st_size}"
    if not (cache / name).exists():
        cache.mkdir(parents=True, exist_ok=True)
        fresh = tmp_path_factory.mktemp("unpacked")
        with tarfile.open(PACKED) as packed:
            packed.extractall(fresh, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
        _move(fresh, cache / name)
    return cache / name


def _move(fresh: Path, place: Path) -> None:
    import shutil

    try:
        shutil.move(fresh, place)
    except OSError:  # another worker was first
        if not place.exists():
            raise


@pytest.fixture(scope="session", autouse=True)
def runtime_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Sockets of the tests' owners lie apart from those of the person who runs them."""
    before = os.environ.get("LABARCHIVE_RUNTIME_DIR")
    folder = tmp_path_factory.mktemp("run")
    folder.chmod(0o700)
    os.environ["LABARCHIVE_RUNTIME_DIR"] = str(folder)
    yield
    if before is None:
        del os.environ["LABARCHIVE_RUNTIME_DIR"]
    else:
        os.environ["LABARCHIVE_RUNTIME_DIR"] = before
