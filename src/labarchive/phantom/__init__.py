"""An invented, realistic imaging archive with an answer key: no person, place or number in it is real."""

from labarchive.phantom.key import AnswerKey
from labarchive.phantom.making import PROFILES, Profile, make

__all__ = ["PROFILES", "AnswerKey", "Profile", "make"]
