"""Where people type what identifies a person: a table of elements, and one function that plants them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag


@dataclass(frozen=True, slots=True)
class Habit:
    """One place where an identifier is found; ``share`` of the archive's rate. Dots lead into sequences."""

    keywords: str
    what: str
    share: float
    text: str

    @property
    def where(self) -> str:
        """As the answer key says it: ``(0040,0275)[0].(0040,0007)``."""
        tags = [Tag(tag_for_keyword(word) or 0) for word in self.keywords.split(".")]
        return "[0].".join(f"({tag.group:04X},{tag.element:04X})" for tag in tags)


HABITS = (
    Habit("PatientComments", "free text", 1, "call {phone}, record {record}"),
    Habit("PatientAddress", "address", 1, "{address}"),
    Habit("ImageComments", "free text", 1, "{age} y/o {first} {last}, seen by Dr {physician}"),
    Habit("OperatorsName", "staff", 0.6, "{physician}^T"),
    Habit("OtherPatientIDs", "record", 0.6, "{record}"),
    Habit("AdditionalPatientHistory", "free text", 0.6, "{first} {last}, h/o Cushing disease, born {born}"),
    Habit("RequestAttributesSequence.ScheduledProcedureStepDescription", "free text", 0.4, "MRI {last}, {first}"),
    Habit("OriginalAttributesSequence.ModifiedAttributesSequence.PatientID", "record", 0.3, "{record}"),
)  # fmt: skip

Planted = tuple[str, str, str]
"""(where, what kind of identifier, value)."""


def plant(
    header: Dataset, words: Mapping[str, object], draw: np.random.Generator, rate: float
) -> Iterator[Planted]:
    """Follow some habits in ``header``; gives what was planted and where."""
    for habit in HABITS:
        if draw.random() < rate * habit.share:
            value = habit.text.format_map(words)
            _set(header, habit.keywords.split("."), value)
            yield habit.where, habit.what, value


def _set(header: Dataset, keywords: list[str], value: str) -> None:
    for keyword in keywords[:-1]:
        item = Dataset()
        setattr(header, keyword, Sequence([item]))
        header = item
    setattr(header, keywords[-1], value)
