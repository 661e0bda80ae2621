"""``labarchive demo``: from nothing to a notebook, and everything stopped again at Ctrl-C."""

import contextlib
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from labarchive.demo import example, house
from labarchive.demo.lab import Lab
from labarchive.errors import BadInput, LabarchiveError
from labarchive.hub.notebooks import START, copied
from labarchive.settings import Home, home
from labarchive.wire import Wire

NEEDED = ("jupyterlab", "ipykernel", "matplotlib", "nilearn", "pandas")
OWN = Path.home() / "labarchive-demo"
"""Never the person's real archive: that is why the data folder is not the default here."""


def run(
    place: str | os.PathLike[str] | None = None,
    *,
    port: int | None = None,
    open_browser: bool = False,
    as_json: bool = False,
    profile: str = "demo",
    alone: bool = False,
    students: int = 0,
) -> int:
    """Open an example archive, and stay until Ctrl-C or SIGTERM: for root a hub with three people, else a Lab.

    ``alone`` opens the Lab for root too. ``students`` more people are members of the first study. ``place`` is ~/labarchive-demo, for a hub /var/lib/labarchive-demo, which other accounts can enter. With
    ``as_json`` one line ``{"url", "api", "users", "home", "pid"}`` goes to stdout once people can come.
    """
    why = "as you said" if alone else house.possible()
    if not why:
        return _house(
            _open_place(place), port=port or 8000, as_json=as_json, profile=profile, students=students
        )
    _say(f"one Lab, for you alone: {why}")
    return _lab(place, port=port or 8888, open_browser=open_browser, as_json=as_json, profile=profile)


def _open_place(place: str | os.PathLike[str] | None) -> Path:
    """The folder of the hub's demo: the one that was given if other accounts can enter it."""
    if place is None or Path(place) == OWN:
        return house.PLACE
    given = Path(os.path.realpath(place))
    closed = [each for each in given.parents if each.exists() and not each.stat().st_mode & 0o001]
    if given.exists() and not given.stat().st_mode & 0o001:
        closed.insert(0, given)
    if closed:
        _say(f"other accounts may not enter {closed[0]}: the demo lives in {house.PLACE}")
        return house.PLACE
    return given


def _house(place: Path, *, port: int, as_json: bool, profile: str, students: int) -> int:
    with (
        contextlib.suppress(KeyboardInterrupt),
        stopped_by_signals(),
        house.open_house(place, port=port, profile=profile, students=students, say=_say) as opened,
    ):
        _welcome(opened, as_json=as_json)
        opened.programs.keep(_say)
    _say("stopped; the demo's accounts are gone")
    return 0


def _welcome(opened: house.House, *, as_json: bool) -> None:
    users, api = opened.users(), f"{opened.url}/services/archive"
    if as_json:
        words = {
            "url": opened.url,
            "api": api,
            "users": users,
            "home": str(opened.home.path),
            "pid": os.getpid(),
        }
        print(json.dumps(words), flush=True)
        return
    print(f"\nThe lab is open at\n\n    {opened.url}\n", flush=True)
    for user in users:
        print(
            f"    {user['name']:<14} {user['password']:<14} {user['role']} of {', '.join(user['projects'])}"
        )
    first, *_ = users
    print(
        f"\nSign in as {first['name']}: her studies are in Lab's left panel, Enter puts the code for a scan into a cell."
        f"\nThen as the last one in another window: the first study is not there for him, by no door."
        f"\nScripts ask {api}/api (the document: {api}/openapi.json).\nCtrl-C stops everything.",
        flush=True,
    )


def _lab(
    place: str | os.PathLike[str] | None, *, port: int, open_browser: bool, as_json: bool, profile: str
) -> int:
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
        words = {"url": url, "api": "", "users": [], "home": str(where.path), "pid": os.getpid()}
        print(json.dumps(words), flush=True)
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
