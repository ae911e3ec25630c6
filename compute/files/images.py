"""Pictures that go into files of models."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

__all__ = ["png"]


def png(pixels: NDArray[np.uint8]) -> bytes:
    """(h, w, 3) sRGB pixels, top row first, as the content of a PNG file."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "PNG", optimize=True)
    return stream.getvalue()
