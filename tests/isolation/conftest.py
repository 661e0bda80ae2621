"""A service before the example archive, with its answer key: what was planted must not come out."""

from pathlib import Path

import pytest

from labarchive.phantom.key import AnswerKey
from tests.rest.conftest import OTHER, PROJECT, ROLES, Service, example, service

__all__ = ["OTHER", "PROJECT", "ROLES", "Service", "example", "service"]


@pytest.fixture(scope="session")
def key(example: Path) -> AnswerKey:
    """The answer key of the example archive."""
    return AnswerKey.read(example)


@pytest.fixture(scope="session")
def planted(key: AnswerKey) -> list[str]:
    """Strings that must not leave the lab, in small letters; those of two letters are in every text."""
    found = {str(row["token"]).casefold() for row in key.tokens}
    return sorted(each for each in found if len(each) > 2)
