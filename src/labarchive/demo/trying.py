"""``labarchive demo``: from nothing to a notebook, and everything stopped again at Ctrl-C."""

import contextlib
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from labarchive.demo import example
from labarchive.demo.lab import Lab
from labarchive.demo.notebooks import START, copied
from labarchive.errors import BadInput, LabarchiveError
from labarchive.settings import Home, home
from labarchive.wire import Wire

NEEDED = ("jupyterlab", "ipykernel", "matplotlib", "nilearn", "pandas")
OWN = Path.home() / "labarchive-demo"
"""Never the person's real archive: that is why the data folder is not the default here."""


def run(
    place: str | os.PathLike[str] | None = None,
    *,
    port: int = 8888,
    open_browser: bool = False,
    as_json: bool = False,
    profile: str = "demo",
) -> int:
    """Make and catalogue the example below ``place`` (default ~/labarchive-demo), open JupyterLab, stay until Ctrl-C.

    With ``as_json`` one line ``{"url", "home", "pid"}`` goes to stdout once the notebook can be opened.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise BadInput(f"the demo needs {', '.join(missing)}", hint="pip install 'labarchive[demo]'")
    where = home(place or OWN)
    where.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with stopped_by_signals(), owner_ended(where):
        try:
            with example.ready(where, profile=profile, say=_say):
                notebooks = copied(where.path / "demo" / "notebooks")
                with Lab.started(where, notebooks, port=port, open_browser=open_browser, page=START) as lab:
                    address = lab.wait_until_it_answers()
                    _show(f"{address}lab/tree/{START}?token={lab.token}", where, as_json=as_json)
                    lab.process.wait()
        except KeyboardInterrupt:
            _say("stopped")
    return 0


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _show(url: str, where: Home, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"url": url, "home": str(where.path), "pid": os.getpid()}), flush=True)
    else:
        print(
            f"\nThe first notebook is open at\n\n    {url}\n\nCtrl-C stops everything; files stay in {where.path}",
            flush=True,
        )


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[None]:
    """SIGTERM is Ctrl-C too."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = [(number, signal.signal(number, stop)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


@contextlib.contextmanager
def owner_ended(where: Home) -> Iterator[None]:
    """At the end the owner of this example leaves too, instead of waiting out its ten minutes."""
    try:
        yield
    finally:
        with contextlib.suppress(LabarchiveError, OSError, KeyError):
            os.kill(int(Wire(where, start=False).hello()["pid"]), signal.SIGTERM)
