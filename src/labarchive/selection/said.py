"""What people say of a selection, and the receipt that can be undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from labarchive.errors import BadInput
from labarchive.records import QUALITIES, Receipt, Saying
from labarchive.selection.amounts import plain, safe
from labarchive.selection.tables import Tables, rows


class Target(NamedTuple):
    """Whom a saying is about."""

    project: str
    about: str


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """The receipt of sayings, for people."""

    tables: Tables = field(compare=False)
    what: str
    targets: tuple[Target, ...]
    receipt: Receipt | None

    def __len__(self) -> int:
        return len(self.targets)

    def undo(self) -> "Said":
        """Take it back; what was said stays in the history, undone."""
        if self.receipt is None:
            return self
        numbers = range(self.receipt.first, self.receipt.last + 1)
        if len(numbers) != len(self.targets):
            raise BadInput(
                "somebody else spoke in between",
                hint="archive.history() has the numbers: archive.undo(NUMBER)",
            )
        return undo(self.tables, list(zip(numbers, self.targets, strict=True)))

    def __repr__(self) -> str:
        if self.receipt is None:
            return plain(f"{self.what}: about nothing, the selection is empty")
        amount = self.targets[0].about if len(self) == 1 else f"{len(self):,} of them"
        return plain(f"said {self.what} about {amount}; .undo() takes it back")

    def _repr_html_(self) -> str:
        return f"<span>{safe(repr(self))}</span>"


def say(tables: Tables, verb: str, targets: Sequence[Target], payload: Mapping[str, Any], what: str) -> Said:
    """One saying a target, durable together."""
    if not targets:
        return Said(tables, what, (), None)
    receipt = tables.say([Saying(verb, target.project, target.about, payload) for target in targets])
    return Said(tables, what, tuple(targets), receipt)


def undo(tables: Tables, sayings: Sequence[tuple[int, Target]]) -> Said:
    """Take back the sayings of these numbers."""
    receipt = tables.say(
        [Saying("undo", target.project, target.about, {"seq": number}) for number, target in sayings]
    )
    return Said(tables, f"undo of {len(sayings)}", tuple(target for _, target in sayings), receipt)


class Sayable:
    """The verbs that say something about each row of a selection, or about one thing."""

    __slots__ = ()
    tables: Tables
    level: str

    def _targets(self) -> list[Target]:
        """Whom a saying is about."""
        raise NotImplementedError

    def _members(self) -> list[Target]:
        """The rows, also where a saying would be about the whole."""
        raise NotImplementedError

    def rate(self, quality: str, reason: str = "", *, note: str = "", confidence: str = "") -> Said:
        """Say that these scans are usable, questionable or unusable, and why.

        ``reason``: one or several of the lab's form ``rating``, ``"motion, ringing"``; it is asked for with anything
        but usable. ``confidence``: ``"sure"`` or ``"unsure"``. Raises BadInput with what the form has.
        """
        if quality not in QUALITIES[:3]:
            raise BadInput(f"there is no quality {quality!r}", hint=f"say {', '.join(QUALITIES[:3])}")
        if self.level != "scan":
            raise BadInput("a rating is about scans", hint=f".scans.rate({quality!r})")
        payload = {"quality": quality, "reason": reason, "note": note, "confidence": confidence}
        return say(self.tables, "rating", self._members(), payload, quality)

    def blind(self, name: str, raters: int = 2) -> Said:
        """Have these scans rated blind: what one says of them is in no table, snapshot or feed until ``raters`` people have said theirs.

        Raises BadInput for a campaign of this name that is open, and for scans of several projects.
        """
        if self.level != "scan":
            raise BadInput("ratings are about scans", hint=f".scans.blind({name!r})")
        members = self._members()
        projects = {member.project for member in members}
        if len(projects) != 1:
            raise BadInput(f"scans of {len(projects)} projects", hint="a campaign belongs to one project")
        (project,) = projects
        found = rows(self.tables, "select project_id from project where project = ?", (project,))
        target = Target(project, found[0]["project_id"])
        payload = {
            "name": _filled("campaign", name),
            "scans": [each.about for each in members],
            "raters": raters,
        }
        return say(self.tables, "campaign", [target], payload, f"the campaign {name}")

    def fill(
        self, form: str, answers: Mapping[str, Any] | None = None, *, missing: Mapping[str, str] | None = None,
        lesion: str = "", **words: Any,
    ) -> Said:  # fmt: skip
        """Fill in a form about each: ``session.fill("nihss", loc=1, arm_left=2, ..., missing={"ataxia": "UN"})``.

        ``missing``: item -> one of the form's codes, in place of a value. A later entry of yours takes its place, and both stay.
        Raises BadInput with every item that is wrong.
        """
        payload: dict[str, Any] = {
            "form": form,
            "answers": {**(answers or {}), **words},
            "missing": dict(missing or {}),
        }
        if lesion:
            payload["lesion"] = lesion
        return say(self.tables, "entry", self._targets(), payload, f"an entry of {form}")

    def tag(self, name: str) -> Said:
        """Put a tag on each."""
        return say(self.tables, "tag", self._targets(), {"tag": _filled("tag", name)}, f"tag {name}")

    def untag(self, name: str) -> Said:
        """Take a tag off each."""
        return say(self.tables, "untag", self._targets(), {"tag": _filled("tag", name)}, f"no tag {name}")

    def note(self, text: str) -> Said:
        """Write a note about each."""
        return say(self.tables, "note", self._targets(), {"note": _filled("note", text)}, "a note")

    def correct(self, *, kind: str = "", label: str = "", reason: str = "") -> Said:
        """Say what they really are: another kind (scans) or another label. It survives every rescan."""
        if bool(kind) == bool(label):
            raise BadInput(
                "say one thing to correct", hint='correct(kind="FLAIR") or correct(label="baseline")'
            )
        if label:
            payload = {"label": _filled("label", label), "reason": reason}
            return say(self.tables, "label", self._targets(), payload, f"label {label}")
        if self.level != "scan":
            raise BadInput("only scans have a kind", hint=f".scans.correct(kind={kind!r})")
        payload = {"kind": _filled("kind", kind), "reason": reason}
        return say(self.tables, "kind", self._members(), payload, f"kind {kind}")


def _filled(what: str, text: str) -> str:
    if not text.strip():
        raise BadInput(f"an empty {what}", hint="say some text")
    return text.strip()
