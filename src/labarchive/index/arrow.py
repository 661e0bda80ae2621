"""pyarrow as it is: its stubs know too few of the calls that work, so here it is untyped."""

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, TypeAlias

import pyarrow
import pyarrow.compute

pa: Any = pyarrow
pc: Any = pyarrow.compute
Array: TypeAlias = Any
DataType: TypeAlias = Any
Table: TypeAlias = Any
Schema: TypeAlias = Any


def binaries(values: Sequence[bytes]) -> Array:
    """A binary array without nulls; unlike pa.array it does not import pandas."""
    offsets = array("q", accumulate(map(len, values), initial=0))
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(b"".join(values))]
    return pa.Array.from_buffers(pa.large_binary(), len(values), buffers).cast(pa.binary())
