"""Making an archive: profiles, and the same bytes for the same seed however many processes share the work."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from labarchive.errors import BadInput
from labarchive.phantom import bids
from labarchive.phantom.directory import add_directory
from labarchive.phantom.documents import add_presentation, add_report
from labarchive.phantom.enhanced import make_enhanced
from labarchive.phantom.faults import FILES, PIXELS, SERIES
from labarchive.phantom.key import AnswerKey
from labarchive.phantom.plain import batches, make_batch
from labarchive.phantom.plan import ALWAYS, STROKE, TAU, Visit, visits
from labarchive.phantom.series import make_series, order
from labarchive.phantom.session import Room

Progress = Callable[[int, int], None]
Made = tuple[Mapping[str, Sequence[Mapping[str, Any]]], Mapping[str, int]]
"""Rows of the key by table, and how many files there are by status."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How much to make. Sizes are pixels and slices of a series of ordinary length."""

    sessions: Mapping[str, int]
    side: int = 64
    slices: int = 24
    fault_rate: float = 0.1
    phi_rate: float = 0.3
    every_fault: bool = False
    """Plant each fault once instead of drawing."""
    bids_every: int = 4
    files: int = 0
    vendor: bool = False


PROFILES = {
    "tiny": Profile({"tau-pet": 4}, side=32, slices=8, bids_every=2),
    "faults": Profile(
        {"tau-pet": 14, "stroke-ct": 4}, side=32, slices=8, bids_every=3, every_fault=True, phi_rate=0.6
    ),
    "demo": Profile({"tau-pet": 28, "stroke-ct": 12}, side=128, slices=16),
    "lab": Profile({"tau-pet": 400, "stroke-ct": 200}, side=64, slices=28),
    "vendor": Profile({}, files=30_000, vendor=True),
    "scale": Profile({}, files=1_000_000),
}
STUDIES = {study.name: study for study in (TAU, STROKE)}
NEEDED = ("nibabel", "nilearn", "PIL", "scipy")


def make(
    folder: Path,
    *,
    profile: str = "tiny",
    seed: int = 1,
    sessions: int | None = None,
    files: int | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> AnswerKey:
    """Write an example archive to ``folder`` and its answer key to ``<folder>_key``.

    ``sessions`` replaces the first project's number, ``files`` that of the ``vendor`` and ``scale`` profiles.
    ``progress`` is called with sessions done and sessions in all. Raises BadInput for an unknown profile, a
    folder that holds something already, or a missing library.
    """
    if profile not in PROFILES:
        raise BadInput(f"no profile {profile!r}", hint=f"there are {', '.join(PROFILES)}")
    chosen, key = PROFILES[profile], AnswerKey(Path(folder).absolute())
    _check(key, chosen)
    key.folder.mkdir(parents=True, exist_ok=True)
    filling = (
        _plain(key, files or chosen.files, seed, chosen.vendor, jobs)
        if chosen.files
        else _studies(key, chosen, seed, sessions, jobs)
    )
    for done, total in filling:
        if progress:
            progress(done, total)
    key.write(profile=profile, seed=seed)
    return key


def _check(key: AnswerKey, profile: Profile) -> None:
    for place, ours in ((key.folder, set()), (key.place, key.names())):
        if place.exists() and (not place.is_dir() or {path.name for path in place.iterdir()} - ours):
            raise BadInput(f"{place} holds something already", hint="name a new folder")
    missing = [] if profile.files else [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise BadInput(
            f"the example archive needs {', '.join(missing)}", hint="pip install 'labarchive[phantom]'"
        )


def _plain(key: AnswerKey, files: int, seed: int, vendor: bool, jobs: int) -> Iterator[tuple[int, int]]:
    orders = batches(key.folder, files, seed=seed, vendor=vendor)
    for done, (rows, counts) in enumerate(_shared_out(make_batch, orders, jobs), 1):
        key.take("many", rows, counts)
        yield done, len(orders)


def _studies(
    key: AnswerKey, profile: Profile, seed: int, sessions: int | None, jobs: int
) -> Iterator[tuple[int, int]]:
    plan = planned(profile, seed, sessions)
    _tops(key, profile, plan)
    orders = [(key.folder, profile, visit) for visit in plan]
    for done, (rows, counts) in enumerate(_shared_out(make_session, orders, jobs), 1):
        visit = plan[done - 1]
        if not any(row["subject"] == visit.who.number for row in key.subjects):
            key.subjects.append({"project": visit.study.name, **visit.who.row()})
        key.take(visit.study.name, {"sessions": [visit.row()], **rows, "tokens": visit.tokens()}, counts)
        yield done, len(plan)
    _once(key.tokens)


def planned(profile: Profile, seed: int, sessions: int | None) -> list[Visit]:
    """All visits of an archive, in the order of their numbers."""
    plan: list[Visit] = []
    for turn, (name, count) in enumerate(profile.sessions.items()):
        subjects = plan[-1].who.number + 1 if plan else 0
        wanted = sessions if sessions and not turn else count
        plan += visits(seed, STUDIES[name], wanted, first_subject=subjects, first_session=len(plan))
    return plan


def _shared_out(work: Callable[[Any], Made], orders: Sequence[Any], jobs: int) -> Iterator[Made]:
    """``work`` on each of ``orders``, in their order, by ``jobs`` processes."""
    if jobs <= 1 or len(orders) == 1:
        yield from map(work, orders)
        return
    with ProcessPoolExecutor(min(jobs, len(orders)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, orders)


def _tops(key: AnswerKey, profile: Profile, plan: list[Visit]) -> None:
    """What lies at the top of each project's BIDS tree; sessions that share it may be made at the same time."""
    for name in profile.sessions:
        chosen = [visit for visit in plan if visit.study.name == name and _in_bids(profile, visit)]
        for path, content in bids.shared(STUDIES[name], chosen).items() if chosen else ():
            place = key.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            row = {"path": path, "status": "not_imaging", "form": bids.form(path)}
            key.take(name, {"files": [row]}, Counter({"not_imaging": 1, "bytes": len(content)}))


def _in_bids(profile: Profile, visit: Visit) -> bool:
    return visit.number % profile.bids_every == 1


def make_session(work: tuple[Path, Profile, Visit]) -> Made:
    """Write one session; gives its rows of the key and its files by status."""
    root, profile, visit = work
    room = Room(visit, root, profile.phi_rate)
    planted = _every_fault(profile, visit)
    for number, kind in enumerate(visit.kinds, 1):
        made = order(
            room,
            number,
            kind,
            count=profile.slices,
            side=profile.side,
            fault_rate=0 if profile.every_fault else profile.fault_rate,
            fault=planted.get(number, ""),
        )
        enhanced = made.scanner.dialect == "philips" and kind in ("T2w", "FLAIR") and not made.fault
        (make_enhanced if enhanced else make_series)(room, made)
    if visit.number % 3 == 0:
        add_report(room, 91)
    if visit.number % 5 == 1:
        add_presentation(room, 92)
    if visit.site.layout == "media":
        add_directory(room)
    if _in_bids(profile, visit):
        bids.add_bids(room, count=profile.slices, side=profile.side)
    return dict(room.rows), room.counts


def _every_fault(profile: Profile, visit: Visit) -> dict[int, str]:
    """Series number -> fault, so that each is planted once in series that every session has."""
    if not profile.every_fault:
        return {}
    mine = (PIXELS + SERIES + FILES)[visit.number :: sum(profile.sessions.values())]
    places = range(2, ALWAYS + 1) if visit.number % 2 else range(ALWAYS, 1, -1)
    return dict(zip(places, mine, strict=False))


def _once(rows: list[Any]) -> None:
    """Keep the first of equal rows."""
    rows[:] = [dict(pairs) for pairs in dict.fromkeys(tuple(row.items()) for row in rows)]
