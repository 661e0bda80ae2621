"""What goes wrong at a scanner, on the way and on the disk; each fault is planted knowingly."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Volume = NDArray[np.float32]

PIXELS = ("motion_ghost", "low_snr", "spike_noise", "signal_dropout", "zipper")
WHOLE = {
    **dict.fromkeys(PIXELS, "pixels"),
    "mirrored_pixels": "left and right are exchanged, geometry says otherwise",
    "wrong_orientation": "ImageOrientationPatient is all zero",
    "wrong_subject_header": "the header names somebody else",
    "missing_study_date": "no date of study, series or acquisition",
    "wrong_description": "described as another sequence",
    "protocol_deviation": "repetition and echo time are not the protocol's",
}
"""Faults of every instance of a series, and what is wrong."""
DROPPED = ("truncated_series", "missing_slices")
COPIES = ("duplicate_file", "same_uid_other_pixels", "same_pixels_other_uid")
SERIES = (*(fault for fault in WHOLE if fault not in PIXELS), *DROPPED, *COPIES)

EXPECTED_STATUS = {
    "cut_pixels": "ok",
    "cut_header": "damaged",
    "zero_bytes": "empty",
    "garbled_header": "damaged",
    "no_preamble": "ok",
    "length_overflow": "damaged",
}
"""Of the one file that was hurt."""
FILES = (*EXPECTED_STATUS, "junk_files")

JUNK: tuple[tuple[str, bytes, str, str], ...] = (
    (".DS_Store", b"\0\0\0\1Bud1" + b"\0" * 200, "not_imaging", ""),
    ("Thumbs.db", b"\xd0\xcf\x11\xe0" + b"\0" * 200, "not_imaging", ""),
    ("New Text Document (2).txt", b"", "empty", ""),
    ("scan list.xlsx", b"PK\3\4" + b"\0" * 60, "not_imaging", "zip"),
    ("preview.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 60, "not_imaging", ""),
    ("looks_like.dcm", b"this is not a DICOM file\n" * 20, "damaged", ""),
)
"""Name, content, expected status, form if it is sure."""


def dropped(fault: str, total: int, draw: np.random.Generator) -> set[int]:
    """The instances, counted from 0, that never arrived."""
    if fault == "truncated_series":
        return set(range(max(1, int(total * draw.uniform(0.3, 0.85))), total))
    if fault == "missing_slices":
        return {int(i) for i in draw.choice(np.arange(1, total - 1), max(1, total // 10), replace=False)}
    return set()


def noise(shape: tuple[int, ...], rng: np.random.Generator, sigma: float) -> Volume:
    return np.asarray(rng.standard_normal(shape, np.float32) * np.float32(sigma))


def spoil(volume: Volume, fault: str, rng: np.random.Generator) -> Volume:
    """A copy of (slices, rows, columns) with one of `PIXELS`."""
    spoiled: dict[str, Callable[[Volume, np.random.Generator], Volume]] = {
        "motion_ghost": _motion_ghost,
        "low_snr": lambda v, r: v + noise(v.shape, r, 0.25),
        "spike_noise": _spike_noise,
        "signal_dropout": _signal_dropout,
        "zipper": _zipper,
    }
    return spoiled[fault](volume, rng)


def _motion_ghost(volume: Volume, rng: np.random.Generator) -> Volume:
    """Phase errors along ky, as a head makes that moves while k-space is filled."""
    lines = volume.shape[1]
    phase = np.ones(lines, np.complex64)
    for _ in range(4):
        start = int(rng.integers(0, max(1, lines - lines // 8)))
        phase[start : start + max(1, lines // 10)] = np.exp(1.8j * rng.standard_normal())
    phase[1::2] *= np.exp(0.5j)
    return np.abs(np.fft.ifft2(np.fft.fft2(volume) * phase[None, :, None])).astype(np.float32)


def _spike_noise(volume: Volume, rng: np.random.Generator) -> Volume:
    space = np.fft.fft2(volume)
    row, column = rng.integers(2, max(3, volume.shape[1] // 4), 2)
    space[:, row, column] += 0.6 * np.abs(space).max()
    return np.abs(np.fft.ifft2(space)).astype(np.float32)


def _signal_dropout(volume: Volume, rng: np.random.Generator) -> Volume:
    spoiled = volume.copy()
    spoiled[rng.choice(len(volume), max(1, len(volume) // 6), replace=False)] *= 0.25
    return spoiled


def _zipper(volume: Volume, rng: np.random.Generator) -> Volume:
    spoiled = volume.copy()
    column = int(rng.integers(volume.shape[2] // 4, volume.shape[2] * 3 // 4))
    spoiled[:, ::2, column : column + 2] = volume.max()
    return spoiled


def hurt(encoded: bytes, fault: str, rng: np.random.Generator, *, pixels: int) -> bytes:
    """A file's bytes with one of `FILES`; ``pixels`` is the length of its pixel data."""
    meta = 144 + int.from_bytes(encoded[140:144], "little")
    if fault == "cut_pixels":
        return encoded[: len(encoded) - pixels // 2]
    if fault == "cut_header":
        return encoded[: meta + 100]
    if fault == "zero_bytes":
        return b""
    if fault == "no_preamble":
        return encoded[132:]
    spoiled = bytearray(encoded)
    if fault == "garbled_header":
        spoiled[meta : meta + 300] = rng.integers(0, 256, 300, np.uint8).tobytes()
    else:
        spoiled[meta + 6 : meta + 8] = b"\xff\xff"
    return bytes(spoiled)
