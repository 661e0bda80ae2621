"""Which VR a tag has when the file does not say: pydicom's public and private dictionaries, loaded when needed."""

from functools import lru_cache

UNRESOLVED = frozenset(("US or SS", "US or OW", "US or SS or OW", "OB or OW"))
"""What the dictionary says when the VR depends on other elements of the data set."""


@lru_cache(maxsize=65536)
def public_vr(tag: int) -> str | None:
    """The VR of a standard tag, None when the standard does not know it."""
    from pydicom.datadict import dictionary_VR

    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return None


@lru_cache(maxsize=65536)
def private_vr(tag: int, creator: str) -> str | None:
    """The VR of a private tag of this creator, None when pydicom's private dictionary does not know it."""
    from pydicom.datadict import private_dictionary_VR

    try:
        return str(private_dictionary_VR(tag, creator))
    except KeyError:
        return None
