"""An entry: a form that somebody filled in about one subject, session, scan or lesion. Scores are reckoned when it is said."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from labarchive.errors import BadInput
from labarchive.forms.answers import problems, reckoned, told
from labarchive.forms.expressions import is_empty
from labarchive.forms.form import Form
from labarchive.forms.library import Library

BEGINS = {"subject": "subj_", "session": "sess_", "scan": "scan_"}
"""How the stable ids begin of what an entry is said of."""
KNOWN = ("form", "answers", "missing", "lesion", "reason", "seen", "where", "key", "version", "scores")


def entered(payload: Mapping[str, Any], about: str, library: Library) -> dict[str, Any]:
    """The words of an entry as they will stand: checked, with the form's version and its scores.

    Raises BadInput with every item that is wrong, NotFound for a form that is not there.
    """
    form = library.form(str(payload["form"]))
    _check_envelope(payload, about, form)
    answers = {name: value for name, value in payload["answers"].items() if not is_empty(value)}
    missing = dict(payload.get("missing") or {})
    if wrong := problems(form, answers, missing):
        raise BadInput(f"{form.name}: {told(wrong)}", hint=f"see the form: GET /api/forms/{form.name}")
    if not answers and not missing:
        raise BadInput(f"{form.name}: nothing is answered", hint=f"it asks for {form.items[0].name}, ...")
    scores = {score.name: asdict(reckoned(form, score, answers, missing)) for score in form.scores}
    kept = {name: payload[name] for name in ("lesion", "reason", "seen", "where", "key") if name in payload}
    return {**kept, "form": form.name, "version": form.version, "answers": answers, "missing": missing, "scores": scores}  # fmt: skip


def _check_envelope(payload: Mapping[str, Any], about: str, form: Form) -> None:
    if form.name == "rating":
        raise BadInput("a rating is said as one", hint='say it with the verb "rating"')
    if strange := next((word for word in payload if word not in KNOWN), None):
        raise BadInput(f"an entry has no {strange!r}", hint="answers and codes lie in answers and missing")
    begins = BEGINS[form.said_of]
    if not about.startswith(begins):
        raise BadInput(f"{form.name} is filled in about a {form.level}", hint=f"give an id that begins with {begins}")  # fmt: skip
    if not isinstance(payload["answers"], dict) or not isinstance(payload.get("missing") or {}, dict):
        raise BadInput(
            "answers and missing are objects", hint='{"answers": {"loc": 1}, "missing": {"arm": "UN"}}'
        )
    lesion = payload.get("lesion")
    if (form.level == "lesion") != (isinstance(lesion, str) and bool(lesion.strip())):
        raise BadInput(f"{form.name} is {'' if form.level == 'lesion' else 'not '}about a lesion", hint='lesion="L1" with forms of lesions, and with no other')  # fmt: skip
