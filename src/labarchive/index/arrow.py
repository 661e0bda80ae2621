"""pyarrow as it is: its stubs know too few of the calls that work, so here it is untyped."""

import sys
import types
import warnings
from typing import Any, TypeAlias

import pyarrow
import pyarrow.compute

pa: Any = pyarrow
pc: Any = pyarrow.compute
Array: TypeAlias = Any
DataType: TypeAlias = Any
Table: TypeAlias = Any
Schema: TypeAlias = Any


def without_pandas() -> None:
    """For processes of ours that show no tables: pyarrow would import pandas at its first array, for a second."""
    if "pandas" in sys.modules:
        return
    too_old = types.ModuleType("pandas")
    too_old.__dict__["__version__"] = "0.0.0"
    sys.modules["pandas"] = too_old
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pa.array([0])
    del sys.modules["pandas"]
