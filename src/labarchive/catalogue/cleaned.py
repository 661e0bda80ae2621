"""A header without what tells who it is of, by the table of identified.py; knows no file and no catalogue."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labarchive.catalogue.identified import tags, verdict
from labarchive.catalogue.sweep import Sweep, sweep, words_of_date, words_of_id, words_of_name


@dataclass(slots=True)
class Cleaned:
    """What is left of a header, and the person's words that stood in what went."""

    header: dict[str, Any]
    words: set[str] = field(default_factory=set)


def cleaned(header: Mapping[str, Any], words: Iterable[str] = ()) -> Cleaned:
    """A header, or a merge patch on one, in the DICOM JSON model. ``words`` are the person's from elsewhere."""
    found = Cleaned({}, set(words))
    found.header = _kept(header, found.words)
    if found.words:
        found.header = _swept(found.header, sweep(found.words))
    return found


def _kept(items: Mapping[str, Any], words: set[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for tag, element in items.items():
        vr = element.get("vr", "") if isinstance(element, dict) else ""
        if verdict(tag, vr) == "drop":
            words |= _words(tag, vr, element)
        elif _is_sequence(element):
            items_kept = [_kept(item, words) if isinstance(item, dict) else item for item in element["Value"]]
            kept[tag] = {**element, "Value": items_kept}
        else:
            kept[tag] = element
    return kept


def _words(tag: str, vr: str, element: Any) -> set[str]:
    """The person's words in an element that goes."""
    if _is_sequence(element):
        found: set[str] = set()
        for item in (each for each in element["Value"] if isinstance(each, dict)):
            for inner, inside in item.items():
                found |= _words(inner, inside.get("vr", "") if isinstance(inside, dict) else "", inside)
        return found
    read = _reader(tag, vr)
    return (
        {word for value in _values(element) for text in _texts(value) for word in read(text)}
        if read
        else set()
    )


def _reader(tag: str, vr: str) -> Callable[[str], set[str]] | None:
    """How an attribute's value falls into words; None for what is nobody's."""
    if vr == "PN":
        return words_of_name
    if tag in tags("ids"):
        return words_of_id
    return words_of_date if tag in tags("dates") else None


def _swept(items: Mapping[str, Any], clean: Sweep) -> dict[str, Any]:
    return {tag: _swept_element(tag, element, clean) for tag, element in items.items()}


def _swept_element(tag: str, element: Any, clean: Sweep) -> Any:
    if _is_sequence(element):
        items = [_swept(item, clean) if isinstance(item, dict) else item for item in element["Value"]]
        return {**element, "Value": items}
    if isinstance(element, dict) and verdict(tag, element.get("vr", "")) == "sweep":
        values = [clean(value) if isinstance(value, str) else value for value in _values(element)]
        return {**element, "Value": values} if "Value" in element else dict(element)
    return element


def _is_sequence(element: Any) -> bool:
    """A patch does not repeat what it does not change, so the VR may be missing; persons' names are objects too."""
    if not isinstance(element, dict) or element.get("vr", "SQ") != "SQ":
        return False
    return any(isinstance(value, dict) and value.keys().isdisjoint(_NAME) for value in _values(element))


_NAME = ("Alphabetic", "Ideographic", "Phonetic")


def _values(element: Any) -> list[Any]:
    values = element.get("Value") if isinstance(element, dict) else None
    return values if isinstance(values, list) else []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for text in value.values() if isinstance(text, str))
