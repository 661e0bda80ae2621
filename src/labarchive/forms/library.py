"""The forms of one archive: those that come with labarchive, and the lab's own, which take their place."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from labarchive.errors import BadInput, NotFound
from labarchive.forms.form import Form

_SHIPPED = files("labarchive.forms").joinpath("shipped")


@dataclass(slots=True)
class Library:
    """``folder``: ``<home>/forms``, one TOML file a form; looked at again when a file has changed."""

    folder: Path
    _read: dict[str, tuple[object, Form]] = field(default_factory=dict, repr=False)

    def form(self, name: str) -> Form:
        """Raises NotFound, and BadInput for a file of the lab's that is wrong."""
        try:
            seen = self._own(name).stat()
            mark: object = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
        except OSError:
            mark = None
        held = self._read.get(name)
        if held is None or held[0] != mark:
            held = self._read[name] = (mark, _form(name, self.text(name)))
        return held[1]

    def text(self, name: str) -> str:
        """The file as it is: the lab's, else the one that ships. Raises NotFound."""
        own = self._own(name)
        try:
            return own.read_text("utf-8")
        except OSError:
            if own.exists():
                raise
        try:
            return _SHIPPED.joinpath(own.name).read_text("utf-8")
        except FileNotFoundError:
            raise self._none(name) from None

    def _own(self, name: str) -> Path:
        """Where the lab's file of this name lies, if it is there. Raises NotFound for a name that leads elsewhere."""
        if not name or name != Path(name).name:
            raise self._none(name)
        return self.folder / f"{name}.toml"

    def _none(self, name: str) -> NotFound:
        return NotFound(f"no form {name!r}", hint=f"there are {', '.join(self.names())}")

    def names(self) -> list[str]:
        own = self.folder.glob("*.toml") if self.folder.is_dir() else ()
        return sorted({*(path.stem for path in own), *shipped_names()})

    def __iter__(self) -> Iterator[Form]:
        return (self.form(name) for name in self.names())


def shipped_names() -> list[str]:
    """The forms that come with labarchive."""
    return sorted(
        each.name.removesuffix(".toml") for each in _SHIPPED.iterdir() if each.name.endswith(".toml")
    )


def _form(name: str, text: str) -> Form:
    form = Form.read(text)
    if form.name != name:
        raise BadInput(f"the file {name}.toml holds a form {form.name!r}", hint="name the file as its form")
    return form
