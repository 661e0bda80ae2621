"""The stored values of one series: a head, this day's noise, the fault that spoils it, words burned in."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from labarchive.phantom import faults
from labarchive.phantom.anatomy import Cut, Volume, cut
from labarchive.phantom.vocabulary import B_VALUES, Sequence

Frames = NDArray[np.uint16]
BRIGHT = 1400
"""Stored value of bright tissue in MR."""
ACTIVITY = 9000.0
"""Bq/ml of grey matter in PET."""


@dataclass(slots=True)
class Stack:
    """``frames`` is (slices, rows, columns) of one volume; ``slopes`` are PET's, one a slice."""

    cut: Cut
    frames: Frames
    slopes: list[float]

    def frame(self, sequence: Sequence, volume: int, at: int) -> Frames:
        """One slice of one of the sequence's volumes: (rows, columns)."""
        frame: Frames = self.frames[at]
        if sequence.contrast == "dwi":
            frame = (frame * np.exp(-0.0008 * B_VALUES[volume])).astype(np.uint16)
        elif volume:
            trembling = _trembling(self.cut.side)
            noisy = frame + trembling[(at * 5 + volume * 3) % len(trembling)]
            frame = np.clip(noisy, 0, 4095).astype(np.uint16)
        return frame


def stack(sequence: Sequence, count: int, side: int, fault: str, draw: np.random.Generator) -> Stack:
    """Draw one series' pixels; ``fault`` spoils them if it is one of `faults.PIXELS`."""
    shape = cut(sequence.contrast, sequence.plane, count, side)
    away = np.rint(draw.uniform(-2, 2, 2) / shape.pixel).astype(
        int
    )  # nobody lies twice in the same place, mm
    moved = np.roll(shape.volume, away, (1, 2))
    volume = moved * np.float32(1 + 0.06 * draw.uniform(-1, 1))
    volume = volume + faults.noise(volume.shape, draw, 0.005 if sequence.contrast == "ct" else 0.02)
    if fault in faults.PIXELS:
        volume = faults.spoil(volume, fault, draw)
    frames, slopes = _stored(volume, sequence)
    return Stack(shape, frames, slopes)


def _stored(volume: Volume, sequence: Sequence) -> tuple[Frames, list[float]]:
    if sequence.contrast == "ct":
        units = np.where(volume > 0.2, (volume - 1) * 1000, -1000)  # Hounsfield
        return np.clip(units + 1024, 0, 4095).astype(np.uint16), []
    if sequence.contrast == "pet":
        activity = np.clip(volume, 0, None) * ACTIVITY
        slopes = [round(float(plane.max()) / 32000 + 1e-6, 8) for plane in activity]
        return np.stack([plane / slope for plane, slope in zip(activity, slopes, strict=True)]).astype(
            np.uint16
        ), slopes
    return np.clip(volume * BRIGHT, 0, 4095).astype(np.uint16), []


@cache
def _trembling(side: int) -> NDArray[np.int16]:
    """Sixteen planes of noise that volumes of a time series share out among them."""
    return np.random.default_rng(99).integers(-24, 25, (16, side, side), np.int16)


def burn(frames: Frames, words: tuple[str, ...]) -> tuple[str, tuple[int, int, int, int]]:
    """Write the first of ``words`` that fits into the top left of every frame, as bright as can be.

    Gives what was written and its box as x0, y0, x1, y1 in pixels.
    """
    rows, columns = frames.shape[1:]
    for said in words:
        for size in range(max(9, rows // 9), 5, -1):
            mask = _letters(said, size)
            if mask.shape[0] <= rows - 4 and mask.shape[1] <= columns - 4:
                frames[:, 3 : 3 + mask.shape[0], 2 : 2 + mask.shape[1]][:, mask] = 4095
                return said, (2, 3, 2 + mask.shape[1], 3 + mask.shape[0])
    return "", (0, 0, 0, 0)


def _letters(words: str, size: int) -> NDArray[np.bool_]:
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size=size)
    left, top, right, bottom = (int(edge) for edge in font.getbbox(words))
    plate = Image.new("L", (right - left + 2, bottom - top + 2))
    ImageDraw.Draw(plate).text((1 - left, 1 - top), words, fill=255, font=font)
    return np.asarray(plate) > 96
