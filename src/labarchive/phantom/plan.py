"""Who comes when, where, and what is scanned: drawn before a file is made, so that work can be shared out."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from labarchive.phantom.people import Person, patient_id, person
from labarchive.phantom.vocabulary import ROOT, SITES, VISITS, Site

ALWAYS = 3
"""So many of a study's sequences are scanned at every visit; the others mostly."""


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
    kinds: tuple[str, ...]

    def rng(self, *purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, 4, self.number, *purpose])

    @property
    def uid(self) -> str:
        return f"{ROOT}.{self.seed}.{self.number + 1}"

    @property
    def accession(self) -> str:
        return f"A{self.number:06d}"

    @property
    def age(self) -> int:
        return (self.when.date() - self.who.born).days // 365

    @property
    def spelling(self) -> str:
        """The visit as somebody wrote it that day."""
        ways = VISITS[self.label]
        return ways[0] if self.rng(9).random() < 0.7 else str(self.rng(10).choice(ways))

    def tokens(self) -> list[dict[str, Any]]:
        """The key's rows of strings that must not leave the lab, of the person and of this visit."""
        here = [
            ("accession", self.accession), ("record", self.patient_id.strip()),
            ("staff", self.who.physician), ("institution", self.site.institution),
        ]  # fmt: skip
        return [
            {"subject": self.who.number, "what": what, "token": token}
            for what, token in (*self.who.tokens(), *here)
        ]

    def row(self) -> dict[str, Any]:
        return {
            "project": self.study.name, "session": self.number, "subject": self.who.number, "visit": self.label,
            "site": self.site.code, "patient_id": self.patient_id, "accession": self.accession,
            "study_uid": self.uid, "acquired": self.when.isoformat(),
        }  # fmt: skip


def visits(seed: int, study: Study, sessions: int, *, first_subject: int, first_session: int) -> list[Visit]:
    """``sessions`` visits of a study: people come once or more, a few change site, some scans are not done."""
    rng = np.random.default_rng([seed, 1, first_subject])
    made: list[Visit] = []
    subject = first_subject
    while len(made) < sessions:
        home = _home(study, subject - first_subject, rng)
        start = dt.datetime(2024, 1, 8) + dt.timedelta(days=int(rng.integers(600)))
        for turn, label in enumerate(study.visits[: int(rng.integers(1, len(study.visits) + 1))]):
            if len(made) == sessions:
                break
            moved = turn > 0 and subject - first_subject >= len(study.sites) and rng.random() < 0.1
            site = SITES[int(rng.choice(study.sites)) if moved else home]
            made.append(
                Visit(
                    seed,
                    first_session + len(made),
                    study,
                    person(seed, subject),
                    site,
                    label,
                    _when(start, turn, rng),
                    patient_id(site, subject, rng),
                    _kinds(study, rng),
                )
            )
        subject += 1
    return made


def _home(study: Study, turn: int, rng: np.random.Generator) -> int:
    """The site a subject belongs to; the first ones go round, so that a small archive has all dialects."""
    return study.sites[turn] if turn < len(study.sites) else int(rng.choice(study.sites))


def _when(start: dt.datetime, turn: int, rng: np.random.Generator) -> dt.datetime:
    days, minutes = 182 * turn + int(rng.integers(-6, 7)), int(rng.integers(420, 1080))
    return start + dt.timedelta(days=days, minutes=minutes)


def _kinds(study: Study, rng: np.random.Generator) -> tuple[str, ...]:
    """What is scanned that day; now and then the second sequence twice, because somebody moved."""
    done = [kind for kind in study.kinds if kind in study.kinds[:ALWAYS] or rng.random() < 0.75]
    if rng.random() < 0.08:
        done.insert(2, done[1])
    return tuple(done)
