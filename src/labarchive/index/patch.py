"""What one header has and another has not, as an RFC 7396 merge patch: an instance's header beside its series'."""

from typing import Any


def difference(series: dict[str, Any], instance: dict[str, Any]) -> dict[str, Any]:
    """The merge patch that makes ``instance`` of ``series``.

    Neither may have a null as the member of an object outside arrays (RFC 7396 cannot say one); headers never do.
    """
    patch: dict[str, Any] = {name: None for name in series if name not in instance}
    for name, there in instance.items():
        here = series.get(name)
        if here is None:
            patch[name] = there
        elif isinstance(here, dict) and isinstance(there, dict):
            deeper = difference(here, there)
            if deeper:
                patch[name] = deeper
        elif not _same(here, there):
            patch[name] = there
    return patch


def _same(here: Any, there: Any) -> bool:
    """Equal as JSON, where 1, 1.0 and true are three things; the order of members is none."""
    if type(here) is not type(there):
        return False
    if isinstance(here, dict):
        return here.keys() == there.keys() and all(_same(value, there[name]) for name, value in here.items())
    if isinstance(here, list):
        return len(here) == len(there) and all(map(_same, here, there))
    return bool(here == there) and (not isinstance(here, float) or repr(here) == repr(there))


def apply(series: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """``patch`` on ``series`` as RFC 7396 says; neither is changed."""
    whole = dict(series)
    for name, change in patch.items():
        if change is None:
            whole.pop(name, None)
        elif isinstance(change, dict):
            here = whole.get(name)
            whole[name] = apply(here if isinstance(here, dict) else {}, change)
        else:
            whole[name] = change
    return whole
