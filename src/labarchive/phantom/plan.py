"""Who comes when, where, and what is scanned: drawn before a file is made, so that work can be shared out."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from labarchive.phantom.people import Person, patient_id, person
from labarchive.phantom.vocabulary import SITES, VISITS, Site


@dataclass(frozen=True, slots=True)
class Study:
    """What a project collects."""

    name: str
    visits: tuple[str, ...]
    kinds: tuple[str, ...]
    sites: tuple[int, ...]


TAU = Study(
    "tau-pet",
    ("baseline", "m06", "m12"),
    ("localizer", "T1w", "FLAIR", "T2w", "dwi", "bold", "PT"),
    (0, 1, 2, 3),
)
STROKE = Study("stroke-ct", ("baseline", "m06"), ("localizer", "CT", "FLAIR", "dwi"), (0, 1, 2))


@dataclass(frozen=True, slots=True)
class Visit:
    """One session to be made; everything random in it follows from ``seed`` and ``number``."""

    seed: int
    number: int
    study: Study
    who: Person
    site: Site
    label: str
    when: dt.datetime
    patient_id: str
    uid: str
    kinds: tuple[str, ...]

    def rng(self, *purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, 4, self.number, *purpose])

    @property
    def age(self) -> int:
        return (self.when.date() - self.who.born).days // 365

    def row(self) -> dict[str, Any]:
        return {
            "project": self.study.name, "session": self.number, "subject": self.who.number, "visit": self.label,
            "site": self.site.code, "patient_id": self.patient_id, "study_uid": self.uid, "acquired": self.when.isoformat(),
        }  # fmt: skip


def visits(
    seed: int, study: Study, sessions: int, *, first_subject: int, first_session: int, root: str
) -> list[Visit]:
    """``sessions`` visits of a study: people come once or more, a few change site, some scans are not done."""
    rng = np.random.default_rng([seed, 1, first_subject])
    made: list[Visit] = []
    subject = first_subject
    while len(made) < sessions:
        site = (
            study.sites[int(rng.integers(len(study.sites)))]
            if subject - first_subject >= len(study.sites)
            else study.sites[subject - first_subject]
        )
        start = dt.datetime(2024, 1, 8) + dt.timedelta(days=int(rng.integers(600)))
        for turn, label in enumerate(study.visits[: int(rng.integers(1, len(study.visits) + 1))]):
            if len(made) == sessions:
                break
            number = first_session + len(made)
            when = start + dt.timedelta(
                days=182 * turn + int(rng.integers(-6, 7)), minutes=int(rng.integers(420, 1080))
            )
            kinds = tuple(kind for kind in study.kinds if kind in study.kinds[:3] or rng.random() < 0.7)
            made.append(Visit(seed, number, study, person(seed, subject), SITES[site], label, when,
                              patient_id(SITES[site], subject, rng), f"{root}.{seed}.{number + 1}", kinds))  # fmt: skip
        subject += 1
    return made


def spelling(visit: Visit) -> str:
    """The visit as somebody wrote it that day."""
    ways = VISITS[visit.label]
    return ways[0] if visit.rng(9).random() < 0.7 else str(visit.rng(10).choice(ways))
