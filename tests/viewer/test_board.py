"""A dashboard is a widget of two words: its kernel imports nothing that takes memory."""

import subprocess
import sys

import pytest

import labarchive
from labarchive.errors import BadInput
from labarchive.viewer import DASHBOARDS


@pytest.mark.parametrize("name", DASHBOARDS)
def test_each_dashboard_is_a_widget_that_holds_its_name_and_a_project(name: str) -> None:
    widget = labarchive.dashboard(name, project="tau-pet")
    told = {key: value for key, value in widget.get_state().items() if not key.startswith("_") and key not in ("layout", "tooltip", "tabbable")}  # fmt: skip
    assert told == {"dashboard": name, "project": "tau-pet"}
    assert repr(widget) == f"{name}, as a page in Jupyter"


def test_another_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="no dashboard 'quality'") as error:
        labarchive.dashboard("quality")
    assert "scanner-drift" in error.value.hint


def test_neither_pandas_nor_duckdb_nor_numpy_is_imported() -> None:
    code = "import sys, labarchive; labarchive.dashboard(); print(sorted({'pandas', 'duckdb', 'numpy', 'pyarrow'} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
