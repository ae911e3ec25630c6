"""Pixels as small PNG files: with a palette where there are few colours, as in a colour map's picture."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray


def png(pixels: NDArray[np.uint8]) -> bytes:
    """The PNG file of (height, width, 4) RGBA pixels."""
    from PIL import Image

    stream = io.BytesIO()
    height, width = pixels.shape[:2]
    packed = np.ascontiguousarray(pixels).view("<u4").reshape(height, width)
    colors, index = np.unique(packed, return_inverse=True)
    if len(colors) > 256:
        Image.fromarray(pixels).save(stream, "PNG", optimize=True)
        return stream.getvalue()
    table = colors.astype("<u4").view(np.uint8).reshape(-1, 4)
    image = Image.fromarray(index.reshape(height, width).astype(np.uint8), "P")
    image.putpalette(table[:, :3].tobytes())
    opaque = bool((table[:, 3] == 255).all())
    image.save(stream, "PNG", optimize=True, **({} if opaque else {"transparency": table[:, 3].tobytes()}))
    return stream.getvalue()
