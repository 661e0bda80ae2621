"""A saying that is sent again because the owner died before it answered is said once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from labarchive.records import Owner, Receipt, Saying

LOOK_BACK = 5000
"""Journal entries among which a retried saying is looked for: a client retries within a minute."""


def say_once(owner: Owner, sayings: Sequence[Saying], key: str, *, again: bool) -> Receipt:
    """Say them under ``key``; ``again`` leaves out those that the journal holds under it already."""
    if not key:
        return owner.say(sayings)
    keyed = [replace(each, payload={**each.payload, "key": f"{key}-{n}"}) for n, each in enumerate(sayings)]
    there = _found(owner, key) if again else {}
    left = [each for each in keyed if each.payload["key"] not in there]
    if not there:
        return owner.say(left)
    numbers = list(there.values())
    if left:
        receipt = owner.say(left)
        numbers += [receipt.first, receipt.last]
    return Receipt(min(numbers), max(numbers))


def _found(owner: Owner, key: str) -> dict[str, int]:
    """What was said under ``key``: part of it, when the machine went down in the middle of a group."""
    journal: Any = getattr(owner, "journal", None)
    if journal is None:
        return {}
    after = max(0, journal.last_seq - LOOK_BACK)
    return {
        event.payload["key"]: event.seq
        for event in journal.events(after)
        if event.payload and str(event.payload.get("key", "")).rpartition("-")[0] == key
    }
