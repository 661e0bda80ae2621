"""A tree as NFS would give it: latfs built and mounted for a while, and how often it was asked."""

import contextlib
import os
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NAMES = ("lookup", "getattr", "readdir", "open", "read", "close", "bytes", "most_in_flight")
SOURCE = Path(__file__).with_name("latfs.c")
BUILT = Path(__file__).parent / "build"


class Missing(Exception):
    """What this machine lacks for a latency mount."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted tree; ``counts()`` says how often it was asked since it was mounted."""

    path: Path
    told: Path

    def counts(self) -> dict[str, int]:
        return dict(zip(NAMES, struct.unpack("8q", self.told.read_bytes()[:64]), strict=True))


def built() -> Path:
    """The latfs program. Raises Missing with a word on what to install."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise Missing("/dev/fuse is not here or not ours")
    for program, package in (("gcc", "gcc"), ("pkg-config", "pkg-config"), ("fusermount3", "fuse3")):
        if shutil.which(program) is None:
            raise Missing(f"{program} is missing: apt install {package}")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "fuse3"], capture_output=True, text=True)
    if flags.returncode:
        raise Missing("the headers of FUSE are missing: apt install libfuse3-dev")
    program = BUILT / "latfs"
    if not program.exists() or program.stat().st_mtime < SOURCE.stat().st_mtime:
        BUILT.mkdir(exist_ok=True)
        fresh = BUILT / f"latfs.{os.getpid()}"
        command = [
            "gcc",
            "-O2",
            "-Wall",
            "-Wextra",
            "-o",
            str(fresh),
            str(SOURCE),
            *flags.stdout.split(),
            "-lpthread",
        ]
        subprocess.run(command, check=True)
        fresh.rename(program)
    return program


@contextlib.contextmanager
def mounted(tree: Path, place: Path, *, rtt_us: int, mb_per_s: float = 110) -> Iterator[Mount]:
    """``tree`` at ``place / "nas"`` with so long a round trip; nothing of it is in any cache yet."""
    program = built()
    mount = Mount(place / "nas", place / "counts")
    mount.path.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [str(program), str(tree), str(mount.path), str(rtt_us), str(mb_per_s), str(mount.told)]
    )
    try:
        for _ in range(500):
            if mount.path.is_mount() or process.poll() is not None:
                break
            time.sleep(0.01)
        if not mount.path.is_mount():
            raise Missing(f"latfs could not be mounted (it ended with {process.poll()})")
        yield mount
    finally:
        subprocess.run(["fusermount3", "-u", "-z", str(mount.path)], check=False, capture_output=True)
        process.terminate()
        process.wait(10)
