"""access.toml as values: what a role and a visibility allow together."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from labarchive.catalogue.identified import identifying
from labarchive.errors import BadInput
from labarchive.records import ROLES, VISIBILITIES

__all__ = ["ROLES", "SCOPES", "VERBS", "VISIBILITIES", "Scope", "Standing", "Verb", "identifying", "verb_of"]

Verb = Literal["read", "identify", "rate", "enter", "label", "import", "delete", "release", "manage"]
VERBS: tuple[Verb, ...] = (
    "read", "identify", "rate", "enter", "label", "import", "delete", "release", "manage",
)  # fmt: skip
Scope = Literal["project", "data", "shared"]
SCOPES: tuple[Scope, ...] = ("project", "data", "shared")


@cache
def table() -> Mapping[str, Any]:
    """access.toml as it is packaged."""
    return tomllib.loads(files("labarchive.access").joinpath("access.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to a project: ``role`` is empty for who has none in it."""

    role: str = ""
    visibility: str = "private"
    door: str = ""
    """By which door they came; some let less through."""
    deidentified: bool = False
    """Nothing in the project tells who anybody is."""

    def may(self, verb: Verb, scope: Scope = "data") -> bool:
        """Whether the role or the visibility allows it.

        >>> Standing("collaborator").may("read"), Standing("collaborator").may("identify")
        (True, False)
        >>> Standing(visibility="protected").may("read", "project"), Standing(visibility="protected").may("read")
        (True, False)
        """
        rights = table()
        if verb not in rights["door"].get(self.door, VERBS):
            return False
        if self.deidentified and verb in rights["deidentified"]:
            return self.may(rights["deidentified"][verb], scope)
        by_role = rights["role"].get(self.role, {}).get(scope, ())
        return verb in by_role or verb in rights["visibility"][self.visibility][scope]

    @property
    def sees(self) -> bool:
        """Whether the project exists for them at all."""
        return self.may("read", "project") or self.may("read")


def verb_of(saying: str) -> Verb:
    """What one must be allowed to say it. Raises BadInput for a saying that nobody says from outside."""
    needed: Mapping[str, Verb] = table()["saying"]
    if saying not in needed:
        raise BadInput(f"nothing can be said with {saying!r}", hint=f"there are {', '.join(needed)}, undo")
    return needed[saying]
