"""Images of a head: nilearn's packaged MNI152 template, dressed with skull, scalp and a face, per contrast."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labarchive.errors import BadInput
from labarchive.phantom.vocabulary import Contrast, Plane

Volume = NDArray[np.float32]

PARTS = ("grey", "white", "fluid", "skull", "scalp", "soft", "texture")
SIGNAL: dict[Contrast, tuple[float, ...]] = {
    "t1": (0.35, 0.6, 0.1, 0.05, 0.75, 0.34, 0.25),
    "t2": (0.55, 0.38, 1.0, 0.05, 0.45, 0.25, -0.05),
    "flair": (0.6, 0.42, 0.06, 0.05, 0.4, 0.22, 0.05),
    "dwi": (0.55, 0.4, 0.25, 0.02, 0.1, 0.06, 0.0),
    "epi": (0.7, 0.55, 0.95, 0.02, 0.08, 0.05, 0.0),
    "ct": (1.037, 1.03, 1.008, 1.9, 1.04, 1.05, 0.0),
    "pet": (1.0, 0.35, 0.05, 0.05, 0.15, 0.1, 0.0),
}
"""How bright each part is; for texture, how much of the template's own is kept."""


@cache
def tissues() -> dict[str, Volume]:
    """Grey and white matter, CSF, skull, scalp, soft tissue and texture on a 2 mm grid, RAS, each 0 to 1."""
    try:
        import nibabel
        import nilearn
        from scipy import ndimage
    except ImportError as missing:
        raise BadInput(
            f"the example archive needs {missing.name}", hint="pip install 'labarchive[phantom]'"
        ) from missing
    folder = Path(nilearn.__file__).parent / "datasets" / "data"

    def read(name: str) -> Any:
        image = nibabel.load(folder / f"mni_icbm152_{name}_tal_nlin_sym_09a_converted.nii.gz")
        return np.pad(
            np.asarray(image.dataobj)[::2, ::2, ::2].astype(np.float32) / 255, ((8, 8), (12, 8), (20, 8))
        )

    t1, grey, white = read("t1"), read("gm"), read("wm")
    brain = ndimage.binary_fill_holes(t1 > 0.15)
    away = ndimage.distance_transform_edt(~brain)
    fluid = ((away <= 1.5) & ~brain) | (brain & (grey + white < 0.4))
    skull = (away > 1.5) & (away <= 4)
    face = _face(brain) & (away > 4)
    inside = ndimage.binary_erosion(face | (away <= 7), iterations=2) & face
    scalp = ((away > 4) & (away <= 7)) | (face & ~inside)
    parts = {
        "grey": grey,
        "white": white,
        "fluid": fluid,
        "skull": skull,
        "scalp": scalp,
        "soft": inside & (away > 7),
        "texture": t1 * brain,
    }
    return {name: np.asarray(part, np.float32) for name, part in parts.items()}


def _face(brain: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A jaw and a nose in front of the brain: something to deface."""
    x, y, z = np.indices(brain.shape, np.float32)
    front = np.flatnonzero(brain.any((0, 2)))[-1]
    low = np.flatnonzero(brain.any((0, 1)))[0] + 22
    middle = brain.shape[0] / 2

    def ellipsoid(cy: float, cz: float, rx: float, ry: float, rz: float) -> Any:
        return ((x - middle) / rx) ** 2 + ((y - cy) / ry) ** 2 + ((z - cz) / rz) ** 2 < 1

    return np.asarray(ellipsoid(front - 20, low - 8, 28, 24, 30) | ellipsoid(front + 2, low - 14, 6, 10, 9))


@cache
def head(contrast: Contrast) -> Volume:
    """The whole head in one contrast, 2 mm, RAS, in units of about 1 for bright tissue."""
    from scipy import ndimage

    volume = sum(
        np.float32(signal) * tissues()[part] for part, signal in zip(PARTS, SIGNAL[contrast], strict=True)
    )
    return np.asarray(ndimage.gaussian_filter(volume, 0.5), np.float32)


@dataclass(frozen=True, slots=True)
class Cut:
    """A head cut as a scanner would: ``volume`` is (slices, rows, columns); sizes in mm.

    Axial slices run feet to head with rows to the back and columns to the patient's left (DICOM LPS);
    sagittal ones run right to left with rows to the feet and columns to the back.
    """

    volume: Volume
    plane: Plane
    pixel: float
    distance: float

    @property
    def count(self) -> int:
        return len(self.volume)

    @property
    def side(self) -> int:
        return int(self.volume.shape[1])


@cache
def cut(contrast: Contrast, plane: Plane, count: int, side: int) -> Cut:
    """``count`` slices of ``side`` by ``side`` pixels; their middle is the head's."""
    from scipy import ndimage

    flipped = head(contrast)[::-1, ::-1, :]  # RAS -> LPS
    turned = flipped.transpose(2, 1, 0) if plane == "axial" else flipped.transpose(0, 2, 1)[:, ::-1, :]
    edge = max(turned.shape[1:])
    square = np.pad(
        turned, ((0, 0), *(((edge - n) // 2, edge - n - (edge - n) // 2) for n in turned.shape[1:]))
    )
    spare = int(len(square) * 0.08)
    kept = square[spare : len(square) - spare]
    zoom = (count / len(kept), side / edge, side / edge)
    made = ndimage.zoom(kept, zoom, order=1, grid_mode=True, mode="nearest")[:count, :side, :side]
    return Cut(np.ascontiguousarray(made, np.float32), plane, 2.0 * edge / side, 2.0 * len(kept) / count)
