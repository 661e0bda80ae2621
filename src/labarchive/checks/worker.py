"""``python -m labarchive.checks.worker``: measures scans, one task a line of standard input, until it ends.

A process of its own, which a broken codec may take down: whoever started it starts another.
"""

import math
import os
import sys
from typing import Any

import numpy as np

from labarchive.errors import LabarchiveError
from labarchive.images import ImageFile
from labarchive.images.apart import WRONG, answer_lines
from labarchive.images.loading import image_of
from labarchive.images.parts import volumes
from labarchive.metrics.measuring import measured

MEMORY = 8 << 30


def main() -> int:
    """Answers each task with ``values`` by name, or with what was wrong."""
    return answer_lines(_answer, MEMORY)


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"values": values(asked["files"], asked["kind"], asked["modality"])}
    except LabarchiveError as error:
        return {"problem": str(error)}
    except MemoryError:
        return {"problem": "too large to be measured here"}
    except WRONG as error:
        return {"problem": f"cannot be measured ({type(error).__name__})"}


def values(files: list[dict[str, Any]], kind: str, modality: str) -> dict[str, float]:
    """Of the largest part of a scan. Raises what loading it raises."""
    parts = volumes([ImageFile.from_row(row) for row in files])
    if not parts:
        return {}
    part = max(parts, key=lambda each: (bool(each.shape), not each.problem, math.prod(each.shape)))
    weights, directions = _gradients(os.fsdecode(part.files[0].path)) if kind == "dwi" else (None, None)
    return measured(image_of(part, partial=True), kind, modality, weights=weights, directions=directions)


def _gradients(path: str) -> tuple[Any, Any]:
    """The table beside a NIfTI file, as BIDS has it: ``.bval`` and ``.bvec``; nothing where there is none."""
    stem = path.removesuffix(".gz").removesuffix(".nii")
    try:
        weights = np.loadtxt(f"{stem}.bval", ndmin=1)
        directions = np.loadtxt(f"{stem}.bvec", ndmin=2)
    except (OSError, ValueError):
        return None, None
    return weights.ravel(), directions.T if directions.shape[0] == 3 else directions


if __name__ == "__main__":
    sys.exit(main())
