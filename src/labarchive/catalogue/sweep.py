"""A person's own words, and taking them out of text that otherwise may stay."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

GAP = "***"
"""Stands where a word was."""
_APART = re.compile(r"[\s^=\\,.;:/_'\"()\[\]-]+")


def words_of_name(name: str) -> set[str]:
    """The parts of a person name (PS3.5 section 6.2.1), in all its groups.

    >>> sorted(words_of_name("Müller^Eva^M"))
    ['Eva', 'Müller']
    """
    return {part for part in _APART.split(name) if _tells(part)}


def words_of_id(value: str) -> set[str]:
    """An id as a whole, and its long numbers: they are written with other prefixes.

    >>> sorted(words_of_id(" CMH-41007 "))
    ['41007', 'CMH-41007']
    """
    whole = {part for part in (piece.strip(" \0") for piece in value.split("\\")) if len(part) > 2}
    return whole | set(re.findall(r"\d{5,}", value))


def words_of_date(value: str) -> set[str]:
    """A date (YYYYMMDD) in the ways in which people write one.

    >>> sorted(words_of_date("19690312"))
    ['03/12/1969', '12.03.1969', '12/03/1969', '1969-03-12', '19690312']
    """
    digits = re.sub(r"\D", "", value)
    if len(digits) != 8:
        return set()
    year, month, day = digits[:4], digits[4:6], digits[6:]
    return {
        digits, f"{year}-{month}-{day}", f"{day}/{month}/{year}", f"{month}/{day}/{year}", f"{day}.{month}.{year}",
    }  # fmt: skip


def _tells(word: str) -> bool:
    """Three letters, or two where letters are syllables: initials tell nobody and are everywhere."""
    return len(word) > 2 or (len(word) == 2 and ord(max(word)) > 0x2E80)


@dataclass(frozen=True)
class Sweep:
    """Takes ``words`` out of text, whatever their case and accents."""

    words: frozenset[str]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        forms = {form for word in self.words for form in (word, plain(word))}
        return re.compile("|".join(map(_form, sorted(forms, key=len, reverse=True))), re.IGNORECASE)

    def finds(self, text: str) -> bool:
        """Whether one of them is in it."""
        return bool(self.words) and bool(self._pattern.search(text) or self._pattern.search(plain(text)))

    def __call__(self, text: str) -> str:
        """The text without them.

        >>> Sweep(frozenset({"Müller", "Eva"}))("T1 MUELLER muller Evaluation eva")
        'T1 MUELLER *** Evaluation ***'
        """
        if not self.finds(text):
            return text
        bare = self._pattern.sub(GAP, text)
        return GAP if self._pattern.search(plain(bare)) else bare


def sweep(words: Iterable[str]) -> Sweep:
    return Sweep(frozenset(words))


def _form(word: str) -> str:
    """A long word is found anywhere, a short one where it stands alone."""
    escaped = re.escape(word)
    return escaped if len(word) > 4 or not word.isascii() else rf"(?<![^\W_]){escaped}(?![^\W_])"


def plain(text: str) -> str:
    """Without accents."""
    if text.isascii():
        return text
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    )
