"""Making an archive: profiles, and the same bytes for the same seed however many processes share the work."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from labarchive.errors import BadInput
from labarchive.phantom.bids import add_bids
from labarchive.phantom.documents import add_presentation, add_report
from labarchive.phantom.enhanced import make_enhanced
from labarchive.phantom.faults import FILES, PIXELS, SERIES
from labarchive.phantom.key import AnswerKey
from labarchive.phantom.plain import make_plain
from labarchive.phantom.plan import STROKE, TAU, Study, Visit, visits
from labarchive.phantom.series import make_series, order
from labarchive.phantom.session import Room
from labarchive.phantom.vocabulary import ROOT

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Profile:
    """How much to make. Sizes are pixels and slices of the largest series."""

    sessions: Mapping[str, int]
    side: int = 64
    slices: int = 24
    fault_rate: float = 0.1
    phi_rate: float = 0.3
    every_fault: bool = False
    """Plant each fault once before any is drawn."""
    bids_every: int = 4
    files: int = 0
    vendor: bool = False


PROFILES = {
    "tiny": Profile({"tau-pet": 4}, side=32, slices=8, bids_every=2),
    "faults": Profile({"tau-pet": 8}, side=32, slices=8, fault_rate=0, every_fault=True),
    "demo": Profile({"tau-pet": 28, "stroke-ct": 12}, side=96, slices=28),
    "lab": Profile({"tau-pet": 400, "stroke-ct": 200}, side=64, slices=30),
    "vendor": Profile({}, files=30_000, vendor=True),
    "scale": Profile({}, files=1_000_000),
}
STUDIES = {study.name: study for study in (TAU, STROKE)}


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
    Raises BadInput for an unknown profile or a folder that holds something already.
    """
    if profile not in PROFILES:
        raise BadInput(f"no profile {profile!r}", hint=f"there are {', '.join(PROFILES)}")
    folder = Path(folder).absolute()
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(f"{folder} holds something already", hint="name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    chosen, key = PROFILES[profile], AnswerKey(folder)
    if chosen.files:
        make_plain(folder / "many", files or chosen.files, seed=seed, vendor=chosen.vendor, progress=progress)
        key.projects["many"] = folder / "many"
    else:
        plan = list(_plan(chosen, seed, sessions))
        for done, (visit, rows) in enumerate(_made(folder, chosen, plan, jobs), 1):
            _note(key, folder, visit, rows)
            if progress:
                progress(done, len(plan))
    key.write()
    return key


def _plan(profile: Profile, seed: int, sessions: int | None) -> Iterator[Visit]:
    subjects = made = 0
    for turn, (name, count) in enumerate(profile.sessions.items()):
        wanted = sessions if sessions and not turn else count
        planned = visits(seed, STUDIES[name], wanted, first_subject=subjects, first_session=made, root=ROOT)
        subjects, made = planned[-1].who.number + 1, made + wanted
        yield from planned


def _made(
    folder: Path, profile: Profile, plan: list[Visit], jobs: int
) -> Iterator[tuple[Visit, dict[str, Any]]]:
    orders = [(folder, profile, visit) for visit in plan]
    if jobs <= 1:
        yield from zip(plan, map(make_session, orders), strict=True)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from zip(plan, pool.map(make_session, orders), strict=True)


def _note(key: AnswerKey, folder: Path, visit: Visit, rows: dict[str, Any]) -> None:
    study: Study = visit.study
    key.projects.setdefault(study.name, folder / study.name)
    if not any(row["subject"] == visit.who.number for row in key.subjects):
        key.subjects.append(
            {
                "subject": visit.who.number,
                "project": study.name,
                "name": visit.who.name,
                "record": visit.who.record,
                "born": visit.who.born.isoformat(),
                "sex": visit.who.sex,
            }
        )
        key.tokens.extend({"subject": visit.who.number, "token": token} for token in visit.who.tokens())
    key.sessions.append(visit.row())
    key.take(rows)


def make_session(work: tuple[Path, Profile, Visit]) -> dict[str, Any]:
    """Write one session; gives its rows of the key."""
    root, profile, visit = work
    room = Room(visit, root, profile.phi_rate)
    room.note_folder()
    every = (
        (PIXELS + SERIES + FILES)[visit.number :: max(1, sum(profile.sessions.values()))]
        if profile.every_fault
        else ()
    )
    for number, kind in enumerate(visit.kinds, 1):
        wanted = every[number - 2] if 2 <= number < len(every) + 2 else ""
        made = order(
            room,
            number,
            kind,
            count=profile.slices,
            side=profile.side,
            fault_rate=profile.fault_rate,
            fault=wanted,
        )
        if visit.site.dialect == "philips" and kind in ("T2w", "FLAIR") and not made.fault:
            make_enhanced(room, made)
        else:
            make_series(room, made)
    if visit.number % 3 == 0:
        add_report(room, 91)
    if visit.number % 5 == 1:
        add_presentation(room, 92)
    if visit.number % profile.bids_every == 1:
        add_bids(room, count=profile.slices, side=profile.side)
    return dict(room.rows)
