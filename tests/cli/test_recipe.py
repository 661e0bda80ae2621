"""The Recipe kernel: everything can be read, and nothing be written but results."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labarchive.files.fence import version
from labarchive.kernel.recipe import Unfenced
from labarchive.phantom.making import make
from labarchive.settings import Home
from labarchive.wire import connect
from tests.cli.test_kernel import naming, said

manager = pytest.importorskip("jupyter_client.manager")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The kernel, and the folder above its results: raw files, the home, and what else there is."""
    if not version():
        pytest.fail("this machine has no Landlock, without which a recipe is not kept inside its folder")
    place = tmp_path_factory.mktemp("recipe")
    make(place / "raw", profile="tiny", seed=3)
    started = manager.KernelManager()
    started.kernel_spec.argv = [
        sys.executable,
        "-m",
        "labarchive.kernel",
        "--recipe",
        "-f",
        "{connection_file}",
    ]
    started.start_kernel(
        env={**os.environ, "LABARCHIVE_HOME": str(place / "home"), "LABARCHIVE_CACHE": str(place / "cache")}, cwd=str(place)
    )  # fmt: skip
    client = started.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield place, client
    finally:
        client.stop_channels()
        started.shutdown_kernel(now=True)
        for pid, _ in naming(Home(place / "home").path):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def test_results_are_written_and_the_archive_is_open(kernel: Any) -> None:
    place, client = kernel
    assert (
        said(client, "(results / 'mask.nii').write_bytes(b'x'); print(results)") == f"{place / 'results'}\n"
    )
    assert (place / "results" / "mask.nii").read_bytes() == b"x"
    assert said(client, "print(len(archive))") == "0\n"


def test_nothing_else_is_written_by_whatever_way(kernel: Any) -> None:
    place, client = kernel
    raw = next((place / "raw").rglob("*.dcm"))
    before = seen_in(place)
    attempts = (
        f"open({str(raw)!r}, 'r+b')", f"open({str(raw)!r}, 'wb')", f"open({str(place / 'new')!r}, 'xb')",
        f"os.unlink({str(raw)!r})", f"os.rename({str(raw)!r}, results / 'raw.dcm')", f"os.truncate({str(raw)!r}, 0)",
        f"os.link({str(raw)!r}, results / 'linked.dcm')", f"os.mkdir({str(place / 'folder')!r})",
        f"os.symlink('x', {str(place / 'link')!r})", "open(os.path.expanduser('~/labarchive-recipe'), 'x')",
        "open('/tmp/labarchive-recipe-out', 'x')", "open('/etc/labarchive-recipe', 'x')",
        f"subprocess.run(['sh', '-c', 'echo x > {place / 'new'}'], check=True)",
        f"subprocess.run(['rm', '-rf', {str(place / 'raw')!r}], check=True, stderr=-3)",
        f"archive.tables._memory.connection.execute(\"copy (select 1) to '{place / 'new.csv'}'\")",
    )  # fmt: skip
    for attempt in attempts:
        code = f"import os, subprocess\ntry:\n    {attempt}; print('done')\nexcept Exception as error: print(type(error).__name__)"
        assert said(client, code).strip() in (
            "PermissionError",
            "OSError",
            "CalledProcessError",
            "IOException",
        ), attempt
    assert seen_in(place) == before


def seen_in(place: Path) -> dict[Path, tuple[int, int]]:
    """What lies there beside results, copies and the archive's own home, and when it was last changed."""
    ours = [
        path
        for path in place.rglob("*")
        if path.relative_to(place).parts[0] not in ("results", "cache", "home")
    ]
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in ours}


def test_raw_files_are_read(kernel: Any) -> None:
    place, client = kernel
    raw = next((place / "raw").rglob("*.dcm"))
    assert said(client, f"print(len(open({str(raw)!r}, 'rb').read()))") == f"{raw.stat().st_size}\n"


def test_the_owner_beside_it_goes_on_writing(kernel: Any) -> None:
    """It was there before the fence was drawn."""
    place, client = kernel
    before = connect(Home(place / "home")).hello()["journal_seq"]
    said(
        client,
        "from labarchive.records import Saying\narchive.tables.owner.say([Saying('project', 'new', '')])",
    )
    assert connect(Home(place / "home")).hello()["journal_seq"] > before


def test_temporary_files_are_the_process_s_own(kernel: Any) -> None:
    _, client = kernel
    code = "import tempfile, multiprocessing as m\nwith tempfile.TemporaryFile() as f: f.write(b'x')\nm.Lock(); print('ok')"
    assert said(client, code) == "ok\n"


def test_temporary_files_go_with_the_process(tmp_path: Path) -> None:
    words = {**os.environ, "LABARCHIVE_SERVICE_URL": "x", "LABARCHIVE_CACHE": str(tmp_path / "cache"), "LABARCHIVE_RESULTS": str(tmp_path / "r")}  # fmt: skip
    code = "from labarchive.kernel.recipe import enclose; enclose(); import tempfile; print(tempfile.mkstemp()[1])"
    done = subprocess.run([sys.executable, "-c", code], env=words, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(tmp_path / "cache" / "recipe-"))
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_machine_without_a_fence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from labarchive.kernel import recipe

    monkeypatch.setattr(recipe, "write_only_below", lambda folders: bool([*folders]) and False)
    environment = {"LABARCHIVE_RESULTS": str(tmp_path / "r"), "LABARCHIVE_SERVICE_URL": "x", "LABARCHIVE_CACHE": str(tmp_path)}  # fmt: skip
    with pytest.raises(Unfenced, match="could write anywhere"):
        recipe.enclose(environment)
