"""What a process of ours does without: pandas, which Arrow imports for any list (a second), and threads of BLAS."""

import os
import sys
from importlib.abc import MetaPathFinder


class _Refuses(MetaPathFinder):
    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not used in this process", name=name)


def without_pandas() -> None:
    """From now on pandas counts as not installed in this process."""
    sys.meta_path.insert(0, _Refuses())


def environment() -> dict[str, str]:
    """Of a process that multiplies no matrices: threads of BLAS would only be started and spin."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
