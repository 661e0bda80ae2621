"""Files of which nibabel makes one image each: NIfTI, MGH, PAR/REC; refuses those cut short."""

import gzip
import math
import os
import warnings
from pathlib import Path
from typing import Any

from labarchive.errors import Damaged, NotFound
from labarchive.images.files import ImageFile

FORMS = frozenset(("nifti", "mgh", "parrec", "analyze", "minc"))

_BLOCK = 1 << 20
_HINT = "copy it again from its source"


def read(file: ImageFile) -> Any:
    """The image; its voxels stay on the disk until they are asked for. Raises Damaged, NotFound."""
    import nibabel as nib
    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return nib.load(os.fsdecode(file.path))
    except FileNotFoundError:
        raise NotFound("the file is gone", hint="index its folder again") from None
    except (ImageFileError, HeaderDataError, EOFError, ValueError, OSError, KeyError) as error:
        raise Damaged(
            f"a {file.form} file that cannot be read ({type(error).__name__})", hint=_HINT
        ) from None


def shape_of(file: ImageFile) -> tuple[tuple[int, ...], str]:
    """Its shape, and what is wrong with it (or nothing)."""
    try:
        image = read(file)
    except Damaged as error:
        return (), error.what
    shape = tuple(image.shape)
    if min(shape, default=0) < 1:
        return shape, f"a {file.form} file of {' x '.join(map(str, shape))} voxels"
    return shape, _cut_short(file, image)


def _cut_short(file: ImageFile, image: Any) -> str:
    proxy = image.dataobj
    if file.form != "nifti" or not hasattr(proxy, "offset"):
        return ""
    wanted = int(proxy.offset) + math.prod(image.shape) * image.get_data_dtype().itemsize
    image_path = Path(image.file_map["image"].filename)
    held = _unpacked(image_path, wanted) if image_path.suffix == ".gz" else image_path.stat().st_size
    if held >= wanted:
        return ""
    return f"a NIfTI file cut short: {held} of {wanted} bytes for {' x '.join(map(str, image.shape))} voxels"


def _unpacked(path: Path, wanted: int) -> int:
    """How much a gzip file holds: by its last four bytes, or, where they say something else, by reading it."""
    with open(path, "rb") as packed:
        packed.seek(max(0, os.fstat(packed.fileno()).st_size - 4))
        if int.from_bytes(packed.read(4), "little") == wanted & 0xFFFFFFFF:
            return wanted
    held = 0
    try:
        with gzip.open(path) as content:
            while held < wanted and (block := content.read(_BLOCK)):
                held += len(block)
    except (OSError, EOFError):
        return held
    return held
