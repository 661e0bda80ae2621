"""The house is in order: floors, types and style, as `make check` says them."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("lint-imports", "--no-logo"),
    ("mypy",),
)


@pytest.mark.parametrize("words", CHECKS, ids=" ".join)
def test_a_check_is_green(words: tuple[str, ...]) -> None:
    program = Path(sys.executable).with_name(words[0])
    done = subprocess.run([program, *words[1:]], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_labarchive_imports_nothing_heavy() -> None:
    code = "import labarchive, sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"duckdb", "numpy", "pandas", "polars", "pyarrow", "pydicom", "nibabel", "scipy", "nilearn", "starlette",
             "uvicorn", "matplotlib", "IPython", "asyncio"}  # fmt: skip
    assert heavy.isdisjoint(done.stdout.split())
    ours = "import labarchive, sys; print(sum(name.startswith('labarchive') for name in sys.modules))"
    assert int(subprocess.run([sys.executable, "-c", ours], capture_output=True, text=True).stdout) <= 3
