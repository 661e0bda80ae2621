"""Writing so that it is there after a crash, and where the home may lie."""

import ctypes
import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from labarchive.errors import BadInput, Busy, LabarchiveError, NoRoom, NotAllowed

NETWORK = {
    0x6969: "NFS", 0x517B: "SMB", 0xFF534D42: "CIFS", 0xFE534D42: "SMB", 0x0BD00BD0: "Lustre",
    0x47504653: "GPFS", 0x19830326: "BeeGFS", 0x00C36400: "CephFS", 0x5346414F: "AFS", 0x01021997: "9p",
}  # fmt: skip
"""statfs(2) magic numbers of file systems on which two writers cannot be kept apart."""


def file_system(path: Path) -> int:
    """The statfs(2) magic number of what ``path`` lies on; 0 where that cannot be asked."""
    libc = ctypes.CDLL(None, use_errno=True)
    answer = (ctypes.c_long * 32)()
    if not hasattr(libc, "statfs") or libc.statfs(os.fsencode(path), answer) != 0:
        return 0
    return int(answer[0]) & 0xFFFFFFFF


def refuse_network(home: Path, ask: Callable[[Path], int] = file_system) -> None:
    """Raises BadInput when ``home`` lies on a network file system: a committed row was once lost on NFS."""
    name = NETWORK.get(ask(home))
    if name:
        raise BadInput(
            f"the archive's home {home} lies on {name}",
            hint="a catalogue needs a local disk; give --home a folder on one (the studies may stay where they are)",
        )


def no_room(error: OSError, what: str) -> LabarchiveError:
    """``error`` in the archive's words."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return NotAllowed(f"{what} may not be written", hint="ask who owns the archive's home")
    return NoRoom(
        f"{what} could not be written ({error.strerror})", hint="make room on the disk, then try again"
    )


def folder_made(path: Path) -> Path:
    """``path`` as a folder that only its owner may enter."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise BadInput(f"{path} is a file, not a folder", hint="give another home") from error
    except OSError as error:
        raise no_room(error, str(path)) from error
    return path


def sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replaced(path: Path, content: bytes) -> None:
    """``path`` holds ``content``, durably and all at once. Raises NoRoom."""
    fresh = path.with_name(f".{path.name}.tmp")
    try:
        with open(fresh, "wb", opener=_private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise no_room(error, path.name) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def settle(fresh: Path, path: Path) -> None:
    """Rename a file that was just written, durably."""
    descriptor = os.open(fresh, os.O_RDONLY)
    try:
        os.fchmod(descriptor, 0o600)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.replace(path)
    sync_folder(path.parent)


class HomeLock:
    """Held by the one process that owns a home."""

    def __init__(self, home: Path) -> None:
        path = home / "owner.lock"
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise no_room(error, str(path)) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise Busy(
                f"the archive in {home} has an owner already (process {holder or 'unknown'})",
                hint="speak to that one, or stop it",
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        os.close(self._descriptor)
