"""Every version of a form that somebody filled in stays in the journal, and a version means one thing for ever."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from labarchive.catalogue.journal import Draft
from labarchive.catalogue.sql import query
from labarchive.errors import BadInput
from labarchive.forms import Form, Library

if TYPE_CHECKING:
    from labarchive.catalogue.owner import Catalogue


class FormsUsed:
    """The archive's forms, and which of their versions the journal holds."""

    def __init__(self, catalogue: "Catalogue") -> None:
        self.library = Library(catalogue.home.forms)
        self._catalogue = catalogue
        self._held: dict[tuple[str, int], str] | None = None

    def keep(self, drafts: Sequence[Draft]) -> None:
        """The forms that these fill in are in the journal before them. Called with the lock of sayings.

        Raises BadInput for a form that was changed and kept its version.
        """
        for name in dict.fromkeys(draft.payload["form"] for draft in drafts if "form" in draft.payload):
            self._keep(self.library.form(name))

    def _keep(self, form: Form) -> None:
        held = self._known()
        before = held.get((form.name, form.version))
        if before == form.digest:
            return
        if before is not None:
            raise BadInput(
                f"the form {form.name} has changed and is still version {form.version}",
                hint=f"write version = {form.version + 1} into it: what was said before keeps its own",
            )
        text = self.library.text(form.name)
        words = {"name": form.name, "version": form.version, "digest": form.digest, "text": text}
        self._catalogue.say_system(Draft("form", "", "", words))
        held[form.name, form.version] = form.digest

    def _known(self) -> dict[tuple[str, int], str]:
        if self._held is None:
            with self._catalogue.store.reading() as cursor:
                rows = query(cursor, "select payload from saying_fact where verb = 'form' order by seq")
            told = [json.loads(payload) for (payload,) in rows if payload]
            self._held = {(each["name"], each["version"]): each["digest"] for each in told}
        return self._held
