"""Everything that can go wrong, said as what, where and what next; each error is the standard library's too."""


class LabarchiveError(Exception):
    """What went wrong and where; ``hint`` says what to do next.

    >>> str(NotFound("no T1w in S014/baseline", hint="it has FLAIR, bold"))
    'no T1w in S014/baseline: it has FLAIR, bold'
    """

    exit_code = 1

    def __init__(self, what: str, *, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}: {self.hint}" if self.hint else self.what

    def __reduce__(self) -> tuple[object, ...]:
        return (_again, (type(self), self.what, self.hint))


def _again(kind: type[LabarchiveError], what: str, hint: str) -> LabarchiveError:
    return kind(what, hint=hint)


class BadInput(LabarchiveError, ValueError):
    """A word, a filter, a path or a file that cannot be taken as it is."""

    exit_code = 2


class NotFound(LabarchiveError, LookupError):
    """Nothing has this name, label or id."""

    exit_code = 3


class Ambiguous(LabarchiveError, LookupError):
    """Several things answer; the hint names them."""

    exit_code = 3


class NotAllowed(LabarchiveError, PermissionError):
    """This person may not do this."""

    exit_code = 4


class Damaged(LabarchiveError, ValueError):
    """A file whose bytes are not what its header promises, or a catalogue that does not add up."""

    exit_code = 5


class Busy(LabarchiveError, RuntimeError):
    """Somebody else is at it; wait or stop them."""

    exit_code = 6


class Unreachable(LabarchiveError, ConnectionError):
    """The owner of the archive does not answer."""

    exit_code = 7


class TooNew(LabarchiveError, RuntimeError):
    """The archive was written by a newer labarchive."""

    exit_code = 8


class NoRoom(LabarchiveError, OSError):
    """The disk is full or read-only where something had to be written."""

    exit_code = 9


BY_NAME: dict[str, type[LabarchiveError]] = {
    kind.__name__: kind
    for kind in (
        LabarchiveError, BadInput, NotFound, Ambiguous, NotAllowed, Damaged, Busy, Unreachable, TooNew, NoRoom,
    )
}  # fmt: skip


def met(
    name: str, what: str, hint: str, *, else_: type[LabarchiveError] = LabarchiveError
) -> LabarchiveError:
    """The error that another process met and told by its name, to be raised here; ``else_`` for a name that is none."""
    return BY_NAME.get(name, else_)(what, hint=hint)
