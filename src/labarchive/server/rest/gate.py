"""What a caller may do, asked anew for every request: nothing that was granted is remembered here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from labarchive.access import Standing
from labarchive.access.table import Scope, Verb
from labarchive.catalogue.membership import Membership
from labarchive.errors import NotAllowed, NotFound
from labarchive.server.rest.callers import Caller


class Members(Protocol):
    """Who knows the memberships: the catalogue."""

    def memberships(self) -> Mapping[str, Membership]: ...


def hidden(project: str) -> NotFound:
    """What is not there and what one may not see are told in the same words."""
    return NotFound(
        f"no project {project!r}", hint="it does not exist, or you are not a member: ask an owner"
    )


@dataclass(slots=True)
class Gate:
    """The decisions of ``access`` on what was said until now."""

    members: Members

    def standing(self, caller: Caller, project: str) -> Standing:
        """Raises NotFound for a project that is not there or that the caller may not see."""
        membership = self.members.memberships().get(project)
        if membership is None:
            raise hidden(project)
        standing = _standing(caller, membership)
        if not standing.sees:
            raise hidden(project)
        return standing

    def require(self, caller: Caller, project: str, verb: Verb, scope: Scope = "data") -> Standing:
        """Raises NotFound as ``standing`` does, NotAllowed for a verb one lacks on what one sees."""
        standing = self.standing(caller, project)
        if not standing.may(verb, scope):
            raise _refused(standing, project, verb)
        return standing

    def readable(self, caller: Caller) -> Iterator[tuple[str, Membership, Standing]]:
        """The projects that exist for the caller."""
        for project, membership in sorted(self.members.memberships().items()):
            standing = _standing(caller, membership)
            if standing.sees:
                yield project, membership, standing


def _refused(standing: Standing, project: str, verb: Verb) -> NotAllowed:
    if replace(standing, door="").may(verb) or replace(standing, door="").may(verb, "project"):
        return NotAllowed(
            f"a {standing.door} may not {verb}", hint="send a token in Authorization: Bearer TOKEN"
        )
    role = standing.role or f"a visitor of a {standing.visibility} project"
    return NotAllowed(f"{role} may not {verb} in {project}", hint="ask an owner of the project")


def _standing(caller: Caller, membership: Membership) -> Standing:
    role = "owner" if caller.admin else membership.roles.get(caller.name, "")
    return Standing(role, membership.visibility, caller.door, membership.deidentified)
