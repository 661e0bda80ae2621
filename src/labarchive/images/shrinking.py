"""Pictures by Pillow: to another size, and as bytes for a browser."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt

from labarchive.errors import BadInput

Picture = npt.NDArray[np.uint8]
QUALITY = 80


def resized(picture: Picture, rows: int, columns: int) -> Picture:
    """To so many rows and columns: each pixel the mean of what it covers, or between its neighbours."""
    if picture.shape == (rows, columns):
        return picture
    pillow = _pillow()
    small = pillow.fromarray(np.ascontiguousarray(picture)).resize(
        (columns, rows), pillow.Resampling.BILINEAR
    )
    return np.asarray(small)


def webp(picture: Picture) -> bytes:
    """Quality 80, the fastest method: three times faster than the default for a tenth more bytes."""
    return _encoded(picture, "WEBP", quality=QUALITY, method=0)


def jpeg(picture: Picture) -> bytes:
    """For large pictures: a tenth of WebP's time."""
    return _encoded(picture, "JPEG", quality=QUALITY)


def _encoded(picture: Picture, kind: str, **words: Any) -> bytes:
    sink = io.BytesIO()
    _pillow().fromarray(picture).save(sink, kind, **words)
    return sink.getvalue()


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError:
        raise BadInput("pictures need Pillow", hint="pip install 'labarchive[rest]'") from None
    return Image
