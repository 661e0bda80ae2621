"""The rare verbs of an owner, by name."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from labarchive.errors import BadInput

if TYPE_CHECKING:
    from labarchive.catalogue.owner import Catalogue

VERBS: Mapping[str, Callable[..., dict[str, Any]]] = {}


def do(catalogue: "Catalogue", verb: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """Raises BadInput for a verb that is not one, or for words it does not take."""
    if verb not in VERBS:
        raise BadInput(f"there is no verb {verb!r}", hint=f"there are {', '.join(VERBS)}")
    return VERBS[verb](catalogue, **words)
