"""From the bytes of a text element to its words, by Specific Character Set (0008,0005) and code extensions."""

import warnings
from collections.abc import Sequence
from functools import lru_cache

# PS3.3 C.12.1.1.2, the single-byte sets and those without code extensions; all others go to pydicom.
_SIMPLE = {
    "": "latin_1", "ISO_IR 6": "latin_1", "ISO_IR 100": "latin_1", "ISO_IR 101": "iso8859_2",
    "ISO_IR 109": "iso8859_3", "ISO_IR 110": "iso8859_4", "ISO_IR 126": "iso8859_7", "ISO_IR 127": "iso8859_6",
    "ISO_IR 138": "iso8859_8", "ISO_IR 144": "iso8859_5", "ISO_IR 148": "iso8859_9", "ISO_IR 192": "utf_8",
    "GB18030": "gb18030", "GBK": "gbk",
}  # fmt: skip
_ESCAPE = b"\x1b"
# The format effectors that set the code element back to the first one (PS3.5 6.1.2.5.3).
_DELIMITERS = {0x0D, 0x0A, 0x09, 0x0C}


class Charset:
    """The character set of one data set, inherited by its sequences unless they have their own."""

    __slots__ = ("_simple", "_terms")

    def __init__(self, terms: Sequence[str] = ()) -> None:
        self._terms = list(terms) or [""]
        self._simple = _SIMPLE.get(self._terms[0], "") if len(self._terms) == 1 else ""

    def words(self, raw: bytes) -> str:
        """The text; what cannot be decoded becomes U+FFFD."""
        if raw.isascii() and _ESCAPE not in raw:
            return raw.decode("ascii")
        if self._simple and _ESCAPE not in raw:
            return raw.decode(self._simple, errors="replace")
        return self._extended(raw)

    def _extended(self, raw: bytes) -> str:
        """Code extensions, multi-byte sets and misspelt terms, as pydicom takes them."""
        from pydicom.charset import convert_encodings, decode_bytes

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                text = str(decode_bytes(raw, convert_encodings(self._terms), _DELIMITERS))
            except (LookupError, ValueError):  # a term that is a Python codec, but none for text
                text = raw.decode("latin_1")
        return text.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=256)
def charset(terms: tuple[str, ...]) -> Charset:
    """The one Charset of these defined terms."""
    return Charset(terms)


DEFAULT = charset(())
