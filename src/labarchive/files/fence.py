"""What this process gives up for good: the file system, all of it or the right to write (Landlock, Linux 5.13).

It binds the thread that asks and all that it starts from then on, root too; no right is needed to give one up.
"""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
NO_NEW_PRIVILEGES = 38
BENEATH = 1
"""LANDLOCK_RULE_PATH_BENEATH."""
EXECUTE, WRITE, READ, LIST, REMOVE_FOLDER, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE = sum(1 << bit for bit in range(6, 13))
"""Character device, folder, file, socket, pipe, block device, link."""
REFER, TRUNCATE = 1 << 13, 1 << 14
CHANGING = WRITE | REMOVE_FOLDER | REMOVE_FILE | MAKE | REFER | TRUNCATE
ON_FILES = EXECUTE | WRITE | READ | TRUNCATE
"""Rights that a rule on a single file can give."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """What this kernel knows of Landlock; 0 for nothing."""
    return max(0, int(_libc().syscall(CREATE_RULESET, None, 0, 1)))


def shut_out() -> bool:
    """No path can be opened and nobody called any more. False where the kernel knows no Landlock."""
    known = version()
    everything = EXECUTE | READ | LIST | CHANGING
    return _restrict(known, _Ruleset(everything, 3 if known >= 4 else 0, 3 if known >= 6 else 0), (), 0)


def write_only_below(folders: Iterable[Path]) -> bool:
    """Everything can be read as before, and be changed only below these. False where there is no Landlock."""
    return _restrict(version(), _Ruleset(CHANGING, 0, 0), folders, CHANGING)


def _restrict(known: int, ruleset: _Ruleset, folders: Iterable[Path], allowed: int) -> bool:
    if known < 1:
        return False
    supported = ~0 & ~(REFER if known < 2 else 0) & ~(TRUNCATE if known < 3 else 0)
    ruleset.fs &= supported & (1 << 64) - 1
    libc = _libc()
    size = 8 if known < 4 else 16 if known < 6 else 24
    descriptor = libc.syscall(CREATE_RULESET, ctypes.byref(ruleset), size, 0)
    if descriptor < 0:
        return False
    try:
        for folder in folders:
            _allow(descriptor, folder, allowed & ruleset.fs)
        done = (
            libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0 and libc.syscall(RESTRICT_SELF, descriptor, 0) == 0
        )
        return bool(done)
    finally:
        os.close(descriptor)


def _allow(ruleset: int, place: Path, allowed: int) -> None:
    opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = allowed if place.is_dir() else allowed & ON_FILES
        rule = _Beneath(rights, opened)
        if _libc().syscall(ADD_RULE, ruleset, BENEATH, ctypes.byref(rule), 0) != 0:
            raise OSError(ctypes.get_errno(), "no such rule")
    finally:
        os.close(opened)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
