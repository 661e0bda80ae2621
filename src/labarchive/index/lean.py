"""A process that has no use for pandas does without: Arrow imports it for any list, a second of each start."""

import sys
from importlib.abc import MetaPathFinder


class _Refuses(MetaPathFinder):
    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not used in this process", name=name)


def without_pandas() -> None:
    """From now on pandas counts as not installed in this process."""
    sys.meta_path.insert(0, _Refuses())
