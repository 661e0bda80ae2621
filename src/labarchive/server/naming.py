"""What files are called outside: by the catalogue's words and by numbers, never by their path."""

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from labarchive.catalogue.identified import surrogate

EXTENSIONS = (".nii.gz", ".nii", ".dcm", ".ima", ".mgz", ".mgh", ".par", ".rec", ".hdr", ".img", ".json")
"""Ends of names that say what a file is, and nothing else."""
_BY_FORM = {"dicom": ".dcm", "nifti": ".nii", "mgh": ".mgh", "parrec": ".par"}
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_WORD = 60
"""Letters of one folder's name."""


def file_name(row: Mapping[str, Any], salt: str) -> str:
    """A file of a scan: its instance's number, and what tells it from others of that number.

    >>> file_name({"path": "/nas/Mustermann/1.IMA", "form": "dicom", "instance": 7}, "ab")
    '0007-9b9fd4e1.ima'
    """
    number = row["instance"] if row["instance"] is not None and row["instance"] >= 0 else 0
    return f"{number:04d}-{surrogate(salt, row['path'])[5:13]}{_extension(row)}"


def _extension(row: Mapping[str, Any]) -> str:
    name = PurePath(row["path"]).name.lower()
    return next((each for each in EXTENSIONS if name.endswith(each)), _BY_FORM.get(row["form"], ""))


def scan_folder(row: Mapping[str, Any]) -> str:
    """``S014/baseline/3-T1w``: subject, session, and the scan's number and kind."""
    number = "" if row["number"] is None else f"{row['number']}-"
    words = (
        row["subject"],
        row["session"] or row["session_id"],
        f"{number}{row['kind'] or row['scan'] or 'scan'}",
    )
    return "/".join(map(word, words))


def folders(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """scan id -> folder; scans that would share one have their ids behind it."""
    plain = {row["scan_id"]: scan_folder(row) for row in rows}
    once: dict[str, str] = {}
    for scan, folder in plain.items():
        once.setdefault(folder.casefold(), scan)
    return {
        scan: folder if once[folder.casefold()] == scan else f"{folder}-{scan}"
        for scan, folder in plain.items()
    }


def word(text: Any) -> str:
    """One folder's name that every file system takes.

    >>> word("month 6/b"), word(".."), word(None)
    ('month 6_b', '_', '_')
    """
    return _FORBIDDEN.sub("_", str(text or "")).strip(" .")[:_WORD] or "_"
