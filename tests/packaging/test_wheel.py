"""What people get from the package index: the wheel alone, in an environment that never saw this repository."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import urllib.request
import venv
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by hatchling, without a network."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return next(out.glob("*.whl"))


@pytest.fixture(scope="session")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; what it depends on is borrowed from the one that the suite runs in."""
    place = tmp_path_factory.mktemp("fresh") / "env"
    venv.create(place, symlinks=True)
    library = Path(sysconfig.get_path("purelib", vars={"base": str(place)}))
    install = [sys.executable, "-m", "tests.packaging.unpack", str(wheel), str(place), str(library)]
    subprocess.run(install, cwd=ROOT, check=True, timeout=60)
    (library / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return place


def test_the_wheel_holds_everything_that_is_needed(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    data = f"{wheel.name.split('-py3')[0]}.data/data/share"
    assert f"{data}/jupyter/kernels/labarchive/kernel.json" in names
    assert f"{data}/jupyter/kernels/labarchive-recipe/kernel.json" in names
    assert f"{data}/jupyter/lab/settings/overrides.json" in names
    for path in (ROOT / "notebooks").rglob("*.ipynb"):
        assert f"{data}/labarchive/notebooks/{path.relative_to(ROOT / 'notebooks')}" in names
    for path in (ROOT / "src" / "labarchive").rglob("*"):
        if path.suffix in (".py", ".sql", ".toml", ".css", ".typed") or path.name == "py.typed":
            assert str(path.relative_to(ROOT / "src")) in names


def test_the_wheel_holds_what_is_built_with_node(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    lab = f"{wheel.name.split('-py3')[0]}.data/data/share/jupyter/labextensions/labarchive"
    assert f"{lab}/install.json" in names
    assert [name for name in names if name.startswith(f"{lab}/static/remoteEntry.")]
    assert {
        "labarchive/hub/chp/bin/chp.mjs",
        "labarchive/server/static/queue.js",
        "labarchive/server/static/queue.css",
        "labarchive/server/static/lightbox.js",
        "labarchive/viewer/static/view.js",
    } <= set(names)
    assert len(names) == len(set(names))


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert not [
        name for name in names if "__pycache__" in name or name.startswith(("tests", "tools", "docs"))
    ]


def test_no_compiled_code_of_ours_is_in_it(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")


def test_the_lock_names_no_index() -> None:
    for lock in ("requirements.lock", "tests/speed/peers.lock"):
        text = (ROOT / lock).read_text()
        assert "://" not in text
        assert "--index" not in text


def test_the_wheel_alone_is_enough_for_the_demo(fresh: Path, tmp_path: Path) -> None:
    own = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    own |= {
        "HOME": str(tmp_path),
        "JUPYTERLAB_DIR": f"{sys.prefix}/share/jupyter/lab",  # borrowed too
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
    }
    command = [str(fresh / "bin" / "labarchive"), "demo", "--profile", "tiny", "--json", "--port", "18900"]
    process = subprocess.Popen(command, cwd=tmp_path, env=own, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said, "labarchive demo ended before it was ready"
        ready = json.loads(said)
        assert ready["home"] == str(tmp_path / "labarchive-demo")
        where = urlsplit(ready["url"])
        token = parse_qs(where.query)["token"][0]
        specs = asked(f"http://{where.netloc}/api/kernelspecs", token)
        assert specs["kernelspecs"]["labarchive"]["spec"]["display_name"] == "Archive"
        notebook = asked(f"http://{where.netloc}/api/contents/start/01-find.ipynb", token)
        assert notebook["type"] == "notebook"
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def asked(address: str, token: str) -> dict:  # type: ignore[type-arg]
    request = urllib.request.Request(address, headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)
