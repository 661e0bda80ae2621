"""pyarrow as it is: its stubs know too few of the calls that work, so here it is untyped."""

from typing import Any, TypeAlias

import pyarrow
import pyarrow.compute

pa: Any = pyarrow
pc: Any = pyarrow.compute
Array: TypeAlias = Any
DataType: TypeAlias = Any
Table: TypeAlias = Any
Schema: TypeAlias = Any
