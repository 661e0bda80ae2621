"""lab.toml, the one file a lab edits, as values."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from labarchive.errors import BadInput, NotFound

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Hub:
    """``[hub]``: the door."""

    address: str = "http://127.0.0.1:8000/"
    authenticator: str = "pam"
    administrators: tuple[str, ...] = ()
    state: str = "/var/lib/labarchive/hub"
    subdomains: bool = False
    """Whether each person's server, and the service, has a host name of its own below the address's."""

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or "127.0.0.1"

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or (443 if self.address.startswith("https") else 80)


@dataclass(frozen=True, slots=True)
class Store:
    """``[archive]``: the service."""

    home: str = "/var/lib/labarchive/archive"
    user: str = "labarchive"
    port: int = 8010
    groups: str = "/run/labarchive/groups.sock"
    """Where the process listens that changes the raw folders' groups; empty where nobody does."""


@dataclass(frozen=True, slots=True)
class People:
    """``[people]``: their servers."""

    assistants: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    """Who may sign in; empty for everybody whom the authenticator knows."""
    memory: str = "4G"
    cpus: float = 2.0
    idle: int = 3600


@dataclass(frozen=True, slots=True)
class Project:
    """``[project.NAME]``: where its raw data lie, and who may read them there."""

    roots: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Lab:
    """The whole file."""

    hub: Hub = field(default_factory=Hub)
    archive: Store = field(default_factory=Store)
    people: People = field(default_factory=People)
    projects: Mapping[str, Project] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where people reach the hub."""
        return self.hub.address.rstrip("/")

    @property
    def service_url(self) -> str:
        """The service as people's servers reach it: straight, so that neither the proxy nor its host names matter."""
        return f"http://127.0.0.1:{self.archive.port}/services/archive/"


AUTHENTICATORS = ("pam", "ldap", "oauth", "dummy")
_PARTS: Mapping[str, type[Any]] = {"hub": Hub, "archive": Store, "people": People}


def read_lab(path: Path) -> Lab:
    """Raises NotFound without the file, BadInput naming the key and what is allowed."""
    try:
        words = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(f"there is no {path.name}", hint="labarchive hub install writes one to edit") from None
    except tomllib.TOMLDecodeError as wrong:
        raise BadInput(f"{path.name} is not TOML: {wrong}", hint='write key = "value"') from None
    _known("", words, (*_PARTS, "project"))
    parts = {name: _part(name, kind, words.get(name, {})) for name, kind in _PARTS.items()}
    projects = {
        name: _part(f"project.{name}", Project, given) for name, given in words.get("project", {}).items()
    }
    lab = Lab(**parts, projects=projects)
    if lab.hub.authenticator not in AUTHENTICATORS:
        raise BadInput(
            f"[hub] authenticator is {lab.hub.authenticator!r}", hint=f"there are {', '.join(AUTHENTICATORS)}"
        )
    return lab


def _part(name: str, kind: type[Part], given: Any) -> Part:
    if not isinstance(given, dict):
        raise BadInput(f"{name} is no table", hint=f"write [{name}]")
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    _known(name, given, tuple(known))
    example = kind()
    return kind(
        **{key: _value(f"[{name}] {key}", value, getattr(example, key)) for key, value in given.items()}
    )


def _known(name: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    strange = sorted(set(given) - set(known))
    if strange:
        place = f"[{name}] " if name else ""
        raise BadInput(f"lab.toml: {place}{strange[0]} is unknown", hint=f"there are {', '.join(known)}")


def _value(where: str, value: Any, example: Any) -> Any:
    """The value, of the kind that its default is of."""
    if isinstance(example, tuple):
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        raise BadInput(f"lab.toml: {where} is no list of texts", hint='write ["a", "b"]')
    if isinstance(example, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(example):
        raise BadInput(f"lab.toml: {where} is {value!r}", hint=f"as {example!r}")
    return value
