"""Invented people: everything about one that a header, a path or a pixel could give away."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from labarchive.phantom.vocabulary import BEYOND_ASCII, FIRST, LAST, PHYSICIANS, STREETS, Site


@dataclass(frozen=True, slots=True)
class Person:
    number: int
    name: str
    """As a DICOM person name (PS3.5 section 6.2.1)."""
    charset: tuple[str, ...]
    """SpecificCharacterSet, as the hospital writes this name."""
    born: dt.date
    sex: str
    record: str
    """The hospital's number."""
    phone: str
    address: str
    physician: str

    @property
    def last(self) -> str:
        return self.name.split("^")[0]

    @property
    def first(self) -> str:
        return self.name.split("=")[0].split("^")[1]

    @property
    def ascii(self) -> bool:
        return self.name.isascii()

    def row(self) -> dict[str, Any]:
        return {
            "subject": self.number, "name": self.name, "record": self.record, "born": self.born.isoformat(), "sex": self.sex
        }  # fmt: skip

    def tokens(self) -> Iterator[tuple[str, str]]:
        """(what it is, the string) for all that must not leave the lab."""
        for part in re.split(r"[\^=]", self.name):
            yield "name", part
        yield "record", self.record
        yield "phone", self.phone
        yield "address", self.address
        for way in ("%Y%m%d", "%d/%m/%Y", "%Y-%m-%d"):
            yield "birth date", self.born.strftime(way)


def person(seed: int, number: int) -> Person:
    """The ``number``-th person of an archive; the same one for the same seed."""
    rng = np.random.default_rng([seed, 2, number])
    name = f"{LAST[(number * 7 + int(rng.integers(3))) % len(LAST)]}^{rng.choice(FIRST)}"
    charset: tuple[str, ...] = ("",)
    if number % 11 == 4:
        name, charset = BEYOND_ASCII[number // 11 % len(BEYOND_ASCII)]
    return Person(
        number=number,
        name=name,
        charset=charset,
        born=dt.date(1932, 1, 1) + dt.timedelta(days=int(rng.integers(24000))),
        sex="F" if rng.random() < 0.55 else "M",
        record=f"{4100000 + number * 613 + int(rng.integers(500)):07d}",
        phone=f"404-555-{int(rng.integers(1000, 9999))}",
        address=f"{int(rng.integers(100, 9900))} {rng.choice(STREETS)} Lane",
        physician=str(rng.choice(PHYSICIANS)),
    )


def patient_id(site: Site, number: int, rng: np.random.Generator) -> str:
    """PatientID as this day's technologist typed it: mostly alike, sometimes not."""
    ways = (
        f"{site.code}-{number:04d}",
        f"{site.code.lower()}{number:04d}",
        f"{site.code}_{number}",
        f" {site.code}-{number:04d}",
    )
    return ways[int(rng.choice(4, p=[0.82, 0.06, 0.06, 0.06]))]
