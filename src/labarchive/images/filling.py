"""A grid's voxels: many files at once, each plane read into its place."""

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import numpy as np
import numpy.typing as npt

from labarchive.errors import Damaged
from labarchive.images.decoding import decode
from labarchive.images.files import ImageFile
from labarchive.images.grids import Grid
from labarchive.images.native import is_native
from labarchive.images.planes import Plane, Scale
from labarchive.images.scaling import scaled

Array = npt.NDArray[Any]
Place = tuple[int, int]
"""Time and slice."""

READERS = 24
"""Files in flight where each is waited for: on a network disk only requests in flight help."""
_SLOW = 1e-3
"""Seconds for a file to be there: what takes longer comes over a network, or must be decoded."""
_TWICE = 2
"""The first file may be slow for what is loaded along with it."""


def voxels(grid: Grid, *, partial: bool = False) -> Array:
    """The scaled numbers (time, slice, row, column, and colour when there is any).

    ``partial`` leaves zeros for planes that are missing or damaged.
    """
    filling = _Filling(grid, partial)
    files = deque(filling.places)
    slow = 0
    while files and slow < _TWICE:  # native pixels on a fast disk: threads would only queue for Python
        started = monotonic()
        filling.take(files.popleft())
        slow += monotonic() - started > _SLOW
    if files:
        with ThreadPoolExecutor(READERS) as pool:
            for _ in pool.map(filling.take, files):
                pass
    return scaled(filling.result(), filling.scales)


class _Filling:
    """The voxels while they are being read."""

    def __init__(self, grid: Grid, partial: bool) -> None:
        self.partial = partial
        self.places = _by_file(grid)
        self.layers: Array | None = None
        self.size = (len(grid.layers), len(grid.layers[0]))
        self.scales = np.full((*self.size, 2), np.nan)
        self._odd: list[tuple[Place, Array]] = []
        self._lock = threading.Lock()

    def take(self, file: ImageFile) -> None:
        """Put all planes of a file where they belong; one that is damaged may be left out."""
        wanted = self.places[file]
        try:
            pixels, scale = decode(file, self._room(file, wanted))
        except Damaged:
            if not self.partial:
                raise
            return
        for plane, place in wanted:
            self._put(plane, place, pixels, scale)

    def _room(self, file: ImageFile, wanted: list[tuple[Plane, Place]]) -> Array | None:
        """Where the file's pixels may be read to without a copy."""
        if self.layers is None or len(wanted) > 1 or not is_native(file) or (file.frames or 1) > 1:
            return None
        (plane, place), layers = wanted[0], self.layers
        whole = (plane.rows, plane.columns) == (file.rows, file.columns)
        return layers[place] if whole and layers.ndim == 4 and layers.dtype.itemsize == 2 else None

    def _put(self, plane: Plane, place: Place, pixels: Array, scale: Scale) -> None:
        self.scales[place] = plane.scale or scale
        layer = _cut(plane, pixels)
        with self._lock:
            if self.layers is None:
                self.layers = np.empty((*self.size, *layer.shape), layer.dtype)
        if layer.dtype != self.layers.dtype or layer.shape != self.layers.shape[2:]:
            with self._lock:
                self._odd.append((place, layer.copy()))
        elif not np.may_share_memory(layer, self.layers[place]):
            self.layers[place] = layer

    def result(self) -> Array:
        """All layers as one array."""
        if self.layers is None:
            raise Damaged("no file of this volume can be read", hint="see the reasons in scan.files")
        lacking = np.isnan(self.scales[..., 0])
        self.scales[lacking] = self.scales[~lacking][0]
        self.layers[lacking] = 0
        for place, layer in self._odd:  # one file may be signed where the others are not
            if layer.shape != self.layers.shape[2:]:
                raise Damaged("some files of this volume are in colour and some are not",
                              hint="load the files apart")  # fmt: skip
            self.layers = self.layers.astype(np.result_type(self.layers, layer), copy=False)
            self.layers[place] = layer
        return self.layers


def _by_file(grid: Grid) -> dict[ImageFile, list[tuple[Plane, Place]]]:
    found: dict[ImageFile, list[tuple[Plane, Place]]] = {}
    for plane, place in _placed(grid):
        found.setdefault(plane.file, []).append((plane, place))
    return found


def _placed(grid: Grid) -> Iterator[tuple[Plane, Place]]:
    for t, layer in enumerate(grid.layers):
        for k, plane in enumerate(layer):
            if plane is not None:
                yield plane, (t, k)


def _cut(plane: Plane, pixels: Array) -> Array:
    """The plane's frame, or its tile of a mosaic."""
    rows, columns = pixels.shape[1:3]
    if (rows, columns) == (plane.rows, plane.columns):
        if plane.frame >= len(pixels):
            raise Damaged(f"{plane.file.name} describes frame {plane.frame + 1} and holds {len(pixels)}",
                          hint="copy the file again from its source")  # fmt: skip
        return pixels[plane.frame]  # type: ignore[no-any-return]
    down, right = divmod(plane.frame, columns // plane.columns)
    top, left = down * plane.rows, right * plane.columns
    return pixels[0, top : top + plane.rows, left : left + plane.columns]
