"""From the bytes of a text element to its words, by Specific Character Set (0008,0005) and code extensions."""

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

    __slots__ = ("_encodings", "_terms")

    def __init__(self, terms: Sequence[str] = ()) -> None:
        self._terms = list(terms) or [""]
        self._encodings: list[str] | None = None
        if len(self._terms) == 1 and self._terms[0] in _SIMPLE:
            self._encodings = [_SIMPLE[self._terms[0]]]

    def words(self, raw: bytes) -> str:
        """The text; what cannot be decoded becomes U+FFFD."""
        if _ESCAPE not in raw:
            if raw.isascii():
                return raw.decode("ascii")
            return raw.decode(self._python()[0], errors="replace")
        from pydicom.charset import decode_bytes

        return str(decode_bytes(raw, self._python(), _DELIMITERS))

    def _python(self) -> list[str]:
        if self._encodings is None:
            from pydicom.charset import convert_encodings

            self._encodings = list(convert_encodings(self._terms))
        return self._encodings


@lru_cache(maxsize=256)
def charset(terms: tuple[str, ...]) -> Charset:
    """The one Charset of these defined terms."""
    return Charset(terms)


DEFAULT = charset(())
