"""Images of a head: nilearn's packaged MNI152 template, dressed with skull, scalp and a face, per contrast."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labarchive.errors import BadInput
from labarchive.phantom.vocabulary import Contrast

Volume = NDArray[np.float32]

# Signal of grey matter, white matter, CSF, skull, scalp, and how much of the template's own texture is kept.
SIGNAL: dict[Contrast, tuple[float, float, float, float, float, float]] = {
    "t1": (0.35, 0.6, 0.1, 0.05, 0.75, 0.25),
    "t2": (0.55, 0.38, 1.0, 0.05, 0.45, -0.05),
    "flair": (0.6, 0.42, 0.06, 0.05, 0.4, 0.05),
    "dwi": (0.55, 0.4, 0.25, 0.02, 0.1, 0.0),
    "epi": (0.7, 0.55, 0.95, 0.02, 0.08, 0.0),
    "ct": (1.037, 1.03, 1.008, 1.9, 1.04, 0.0),
    "pet": (1.0, 0.35, 0.05, 0.05, 0.15, 0.0),
}


@cache
def tissues() -> dict[str, Volume]:
    """Grey and white matter, CSF, skull, scalp and texture on a 2 mm grid, RAS, each 0 to 1."""
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
            np.asarray(image.dataobj)[::2, ::2, ::2].astype(np.float32) / 255, ((8, 8), (12, 8), (8, 8))
        )

    t1, grey, white = read("t1"), read("gm"), read("wm")
    brain = ndimage.binary_fill_holes(t1 > 0.15)
    away = ndimage.distance_transform_edt(~brain)
    fluid = ((away <= 1.5) & ~brain) | (brain & (grey + white < 0.25))
    skull = (away > 1.5) & (away <= 4)
    scalp = ((away > 4) & (away <= 7)) | (_face(brain) & ~brain & (away > 4))
    parts = {
        "grey": grey,
        "white": white,
        "fluid": fluid,
        "skull": skull,
        "scalp": scalp,
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

    grey, white, fluid, skull, scalp, texture = SIGNAL[contrast]
    part = tissues()
    volume = (
        grey * part["grey"] + white * part["white"] + fluid * part["fluid"] + skull * part["skull"]
        + scalp * part["scalp"] + texture * part["texture"]
    )  # fmt: skip
    return np.asarray(ndimage.gaussian_filter(volume, 0.5), np.float32)


@cache
def slices(contrast: Contrast, plane: str, count: int, side: int) -> tuple[Volume, float, float]:
    """A head cut as a scanner would: (slices, rows, columns), pixel size and slice distance in mm.

    Axial slices run feet to head with rows to the back and columns to the patient's left (DICOM LPS);
    sagittal ones run right to left with rows to the feet and columns to the back.
    """
    from scipy import ndimage

    volume = head(contrast)
    flipped = volume[::-1, ::-1, :]  # RAS -> LPS
    cut = flipped.transpose(2, 1, 0) if plane == "axial" else flipped.transpose(0, 2, 1)[:, ::-1, :]
    edge = max(cut.shape[1:])
    cut = np.pad(cut, ((0, 0), *(((edge - n) // 2, edge - n - (edge - n) // 2) for n in cut.shape[1:])))
    low, high = int(cut.shape[0] * 0.08), int(cut.shape[0] * 0.92)
    zoom = (count / (high - low), side / edge, side / edge)
    made = ndimage.zoom(cut[low:high], zoom, order=1)[:count, :side, :side]
    return np.ascontiguousarray(made, np.float32), 2.0 * edge / side, 2.0 * (high - low) / count
