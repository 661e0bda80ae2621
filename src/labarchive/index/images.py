"""Image files that are not DICOM: NIfTI, Analyze, MGH, PAR/REC, and the BIDS sidecars beside them."""

from dataclasses import dataclass
from typing import Any

from labarchive.records import Found


@dataclass(slots=True)
class Context:
    """What is remembered from folder to folder."""


def row(found: Found, head: bytes, context: Context) -> dict[str, Any] | None:
    """The columns of an image file or a sidecar; None for anything else."""
    return None
