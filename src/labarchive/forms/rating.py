"""A rating is an entry of the form ``rating``: what a lab counts as a reason is the lab's; the three qualities are everybody's."""

from collections.abc import Mapping
from typing import Any

from labarchive.errors import BadInput
from labarchive.forms.answers import problems, told
from labarchive.forms.expressions import is_empty
from labarchive.forms.form import TAKEN, Form
from labarchive.forms.library import Library
from labarchive.records import QUALITIES

ENVELOPE = ("where", "key", "form", "version", "seen", "settles")
"""Words beside the answers: the sender's address and key, the form, digests of the pictures that were shown, and whether it
decides between what others say."""


def rating_form(library: Library) -> Form:
    """The lab's. Raises BadInput for one that cannot be a rating's."""
    form = library.form("rating")
    quality, reason = form.item("quality"), form.item("reason")
    if form.level != "scan" or quality is None or tuple(quality.choices) != QUALITIES[:3]:
        raise BadInput(
            "the form rating has no item quality of usable, questionable, unusable",
            hint="take these three from the form that ships",
        )
    if reason is None or reason.type != "several":
        raise BadInput("the form rating has no item reason of several", hint='type = "several"')
    if key := next((key for key in reason.keys.values() if key in TAKEN), None):
        raise BadInput(
            f"the form rating gives a reason the key {key!r}", hint=f"the queue has {' '.join(sorted(TAKEN))}"
        )
    return form


def judged(payload: Mapping[str, Any], library: Library) -> dict[str, Any]:
    """The words of a rating as the form has them, with its version. Raises BadInput with what is wrong and what next."""
    form = rating_form(library)
    if not isinstance(payload.get("settles", False), bool):
        raise BadInput(
            f"{payload['settles']!r} is neither true nor false", hint="settles: true decides a dispute"
        )
    answers = {
        name: _listed(word) if name == "reason" else word
        for name, word in payload.items()
        if name not in ENVELOPE and not is_empty(word)
    }
    wrong = problems(form, answers)
    if wrong:
        raise BadInput(told(wrong), hint=_next(form, wrong[0].item))
    kept = {name: payload[name] for name in ENVELOPE if name in payload}
    return {**kept, **answers, "form": form.name, "version": form.version}


def _listed(reason: Any) -> Any:
    """``"motion, ringing"`` is two reasons."""
    return [part.strip() for part in reason.split(",") if part.strip()] if isinstance(reason, str) else reason


def _next(form: Form, name: str) -> str:
    item = form.item(name)
    if item is None:
        return f"it asks for {', '.join(each.name for each in form.items)}"
    return f"{name} is one of {', '.join(item.choices)}" if item.choices else f"say it: {name}=..."
