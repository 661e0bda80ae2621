"""Every notebook runs from top to bottom on the example archive, is short, and is kept without outputs."""

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from labarchive.viewer import DASHBOARDS
from tests.docs.example import Example

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
ALL = sorted(NOTEBOOKS.rglob("*.ipynb"))

WIDGET = "application/vnd.jupyter.widget-view+json"
SHOWN = {"01-find": "image/png", "02-look": WIDGET, **dict.fromkeys(DASHBOARDS, WIDGET)}
"""What each has to show, where that is not a table."""


def name(path: Path) -> str:
    return str(path.relative_to(NOTEBOOKS))


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("path", ALL, ids=name)
def test_a_notebook_runs_from_top_to_bottom(
    path: Path, page: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = read(path)
    monkeypatch.setenv("LABARCHIVE_HOME", str(page.home))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}})
    client.execute(env=dict(os.environ))
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    wanted = SHOWN.get(path.stem, "text/html")  # a dashboard's tables are its pictures
    assert any(wanted in output.get("data", {}) for output in shown)


@pytest.mark.parametrize("path", ALL, ids=name)
def test_a_notebook_is_short_and_begins_with_prose(path: Path) -> None:
    cells = read(path).cells
    assert len(cells) < 15
    assert cells[0].cell_type == "markdown"


@pytest.mark.parametrize("path", ALL, ids=name)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    for cell in read(path).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", [path for path in ALL if path.parent.name == "start"], ids=name)
def test_the_course_runs_in_the_archive_kernel(path: Path) -> None:
    assert read(path).metadata.kernelspec.name == "labarchive"
