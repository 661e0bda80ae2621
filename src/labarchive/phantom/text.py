"""Words burned into pixels, as an ultrasound or a screen capture shows them."""

import numpy as np
from numpy.typing import NDArray


def burn(image: NDArray[np.uint16], words: str, value: int) -> tuple[int, int, int, int]:
    """Write ``words`` into the top left of (rows, columns); gives the box as x0, y0, x1, y1 in pixels."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size=max(9, image.shape[0] // 9))
    left, top, right, bottom = (int(edge) for edge in font.getbbox(words))
    plate = Image.new("L", (right - left + 2, bottom - top + 2))
    ImageDraw.Draw(plate).text((1 - left, 1 - top), words, fill=255, font=font)
    mask = np.asarray(plate) > 96
    mask = mask[: image.shape[0] - 4, : image.shape[1] - 4]
    image[3 : 3 + mask.shape[0], 2 : 2 + mask.shape[1]][mask] = value
    return 2, 3, 2 + mask.shape[1], 3 + mask.shape[0]
