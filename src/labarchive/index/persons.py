"""Who is one person, as far as headers tell: a key that joins what surely belongs together and shows nobody."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_APART = re.compile(r"[\s^=,.;:_'\"-]+")


def key(facts: Mapping[str, Any], nobody: re.Pattern[str]) -> tuple[str, str]:
    """The key, and in words what it was made of.

    PatientID is taken as it is written (only padding goes): whether S1 and s01 are one person, a person says.
    Ids that mean nobody never join two studies.
    """
    identity = _text(facts, "patient_id")
    born = re.sub(r"\D", "", _text(facts, "birth_date")).strip("0")
    if not nobody.fullmatch(identity) and (born or re.search(r"\d", identity)):
        who = (identity, born, _text(facts, "sex").upper(), plain_name(_text(facts, "patient_name")))
        return _digest("person", *who), "PatientID, birth date, sex and name"
    study = _text(facts, "study_uid")
    if study:
        return _digest("study", study), "the study, for its PatientID could be anybody's"
    path = str(facts.get("path") or "")
    return _digest("folder", path.rpartition("/")[0]), "the folder, for the file names nobody"


def labelled(place: str, label: str) -> str:
    """The key of a subject that a rule named, unique in a place."""
    # derivatives and source data of a BIDS data set show the same people
    place = re.sub(r"(?:^|/)(?:derivatives(?:/[^/]*)?|sourcedata|rawdata)(?=/?$)", "", place.rstrip("/"))
    return _digest("label", place.rstrip("/"), label)


def plain_name(name: str) -> str:
    """A person's name without what writers differ in: case, accents, carets, commas, padding."""
    folded = unicodedata.normalize("NFKD", name)
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return _APART.sub(" ", bare.casefold()).strip()


def _text(facts: Mapping[str, Any], column: str) -> str:
    value = facts.get(column)
    return "" if value is None else str(value).strip(" \0")


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
