"""That a request comes from a page that the service itself made: a cookie alone only reads, and any script of the site has it.

Such a page is handed out to a visit only, which no script can read (callers.py), with a proof that names the visitor.
Its requests carry the cookie, as a browser does by itself, and the proof, which nobody else knows: one is worth nothing
without the other. The proof outlives a service that is started again, and a person who signs in again.
"""

import hashlib
import hmac
import time

SCHEME = "page"
"""``Authorization: Page PROOF``"""
DOOR = "page"
LASTS = 72 * 3600
"""Seconds from when the page was loaded."""


def proof(secret: str, who: str, now: float | None = None) -> str:
    """For a page of this person's. ``secret``: the service's own token at the hub."""
    until = int(time.time() if now is None else now) + LASTS
    return f"{until}.{_seal(secret, who, until)}"


def holds(secret: str, who: str, given: str, now: float | None = None) -> bool:
    """Whether the proof is this person's and not too old."""
    until, _, seal = given.partition(".")
    if not until.isascii() or not until.isdecimal() or len(until) > 12:
        return False
    sealed = _seal(secret, who, int(until))
    return hmac.compare_digest(seal.encode(), sealed.encode()) and (
        (time.time() if now is None else now) < int(until)
    )


def _seal(secret: str, who: str, until: int) -> str:
    key = hashlib.sha256(f"labarchive page {secret}".encode()).digest()
    return hmac.new(key, f"{until} {who}".encode(), hashlib.sha256).hexdigest()
