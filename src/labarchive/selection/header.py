"""A DICOM header in the DICOM JSON model, read by keyword, tag or private tag."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labarchive.errors import NotFound
from labarchive.selection.amounts import COLUMNS, cut, plain, safe

_TAG = re.compile(r"^\(?([0-9A-Fa-f]{4}),?\s?([0-9A-Fa-f]{4})\)?$")


_FIRST = ("Modality", "Manufacturer", "SeriesDescription", "RepetitionTime", "EchoTime")
"""What a repr shows of a header, where it has it."""


@dataclass(frozen=True, slots=True, repr=False)
class Header(Mapping[str, Any]):
    """``header["EchoTime"]``, ``header["0018,0081"]``; several values are a list, sequences are lists of headers."""

    json: Mapping[str, Any]
    """As it is kept: tag -> {"vr": ..., "Value": [...]}."""

    @classmethod
    def read(cls, text: str | Mapping[str, Any]) -> "Header":
        return cls(json.loads(text) if isinstance(text, str) else text)

    def __getitem__(self, key: str) -> Any:
        tag = self._tag(key)
        if tag not in self.json:
            raise NotFound(f"this header has no {key}", hint=_near(key, list(self)))
        return _value(self.json[tag])

    def _tag(self, key: str) -> str:
        if key in self.json:
            return key
        found = _TAG.match(key)
        return "".join(found.groups()).upper() if found else _tag_of(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._tag(key) in self.json

    def __iter__(self) -> Iterator[str]:
        return (keyword(tag) for tag in self.json)

    def __len__(self) -> int:
        return len(self.json)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        head = f"header of {len(self)} elements"
        names = ([name for name in _FIRST if name in self] or list(self))[:5]
        width = max((len(name) for name in names), default=0)
        lines = [cut(f"  {name.ljust(width)}  {plain(self[name])}", COLUMNS) for name in names]
        more = [f"  ... {len(self) - len(names)} more"] if len(self) > len(names) else []
        return "\n".join([head, *lines, *more, 'next: header["EchoTime"]  dict(header)  header.json'])

    def _repr_html_(self) -> str:
        style = "text-align:left;padding:2px 12px 2px 0;vertical-align:top"
        body = "".join(
            f'<tr><td style="{style};font-family:monospace">{safe(tag)}</td><td style="{style}">{safe(keyword(tag))}</td>'
            f'<td style="{style}">{safe(cut(_value(element), 120))}</td></tr>'
            for tag, element in self.json.items()
        )
        summary = f"<summary>header of {len(self)} elements</summary>"
        return f'<details>{summary}<div style="max-height:480px;overflow:auto"><table>{body}</table></div></details>'


def keyword(tag: str) -> str:
    """The dictionary's keyword of a tag; the tag itself for private ones."""
    from pydicom.datadict import keyword_for_tag

    try:
        return keyword_for_tag(int(tag, 16)) or tag
    except ValueError:
        return tag


def _tag_of(name: str) -> str:
    from pydicom.datadict import tag_for_keyword

    tag = tag_for_keyword(name)
    return name if tag is None else f"{tag:08X}"


def _value(element: Any) -> Any:
    """An element as Python has it: one value, a list of several, None for an empty one."""
    if not isinstance(element, Mapping) or "vr" not in element:
        return element
    values = element.get("Value")
    if values is None:
        return element.get("InlineBinary") or (
            {k: element[k] for k in ("length", "sha256") if k in element} or None
        )
    read = [_item(element["vr"], value) for value in values]
    return read if element["vr"] == "SQ" or len(read) != 1 else read[0]


def _item(vr: str, value: Any) -> Any:
    if vr == "SQ":
        return Header(value or {})
    if vr == "PN" and isinstance(value, Mapping):
        return value.get("Alphabetic") or value.get("Ideographic") or value.get("Phonetic") or ""
    return value


def _near(key: str, known: list[str]) -> str:
    import difflib

    close = difflib.get_close_matches(key, known, n=3, cutoff=0.6)
    return f"did you mean {' or '.join(close)}?" if close else "list(header) names what it has"
