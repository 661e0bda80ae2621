"""Which tests one worker runs one after the other: those of a file, and all of a hub, of which a machine has one."""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

ROOMS = ("tests/hub/",)


class Together(LoadFileScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return next((room for room in ROOMS if file.startswith(room)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)
