"""``python -m labarchive.kernel -f FILE``: an IPython kernel in which ``archive`` is open."""

import os
import sys
from collections.abc import Sequence
from typing import Any

from labarchive.kernel import open_in
from labarchive.kernel.recipe import enclose
from labarchive.settings import home, service_url


def main(words: Sequence[str]) -> None:
    """Start the kernel, with ``--recipe`` inside the results' folder. It names its home on its command line like every process of ours; in a hub's server it has
    none, and is told by its environment whom to ask."""
    if "--home" not in words:
        if service_url():
            launch(words)
            return
        command = [sys.executable, "-m", "labarchive.kernel", "--home", str(home().path), *words]
        os.execv(sys.executable, command)
    at = words.index("--home")
    os.environ["LABARCHIVE_HOME"] = words[at + 1]
    os.environ.pop("LABARCHIVE_SERVICE_URL", None)
    launch([*words[:at], *words[at + 2 :]])


def launch(words: Sequence[str]) -> None:
    """ipykernel's own application, with our names in its namespace."""
    fenced = "--recipe" in words
    names = {"results": enclose()} if fenced else {}  # before any thread is there: it binds those to come
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()
    app.initialize([word for word in words if word != "--recipe"])
    app.shell.push(names)
    open_in(app.shell)
    app.start()


if __name__ == "__main__":
    main(sys.argv[1:])
