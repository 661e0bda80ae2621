"""Stable ids and assigned labels: given once, as an event in the journal; an id is never made from a label."""

import secrets
from base64 import b32encode
from collections.abc import Iterable, Iterator
from typing import Literal

Level = Literal["proj", "subj", "sess", "scan"]


def fresh_id(level: Level) -> str:
    """``scan_`` and 10 random characters of base32: fifty bits, never one of an id given before in practice."""
    return f"{level}_{b32encode(secrets.token_bytes(7))[:10].decode().lower()}"


def free_labels(taken: Iterable[str]) -> Iterator[str]:
    """S001, S002, ... after the greatest that was ever used, and none that is."""
    used = set(taken)
    numbers = [
        int(label[1:]) for label in used if label[:1] == "S" and label[1:].isdecimal() and len(label) < 9
    ]
    number = max(numbers, default=0)
    while True:
        number += 1
        yield f"S{number:03d}"
