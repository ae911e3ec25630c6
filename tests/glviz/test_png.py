"""PNG files, read back by another library."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from glviz import png


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 1, 4), (1, 9, 3), (37, 53, 4), (700, 1100, 3)])
def test_every_pixel_comes_back(shape: tuple[int, int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    file = io.BytesIO()
    png.write(file, pixels)
    with Image.open(file) as image:
        image.verify()  # every checksum
    with Image.open(file) as image:
        assert image.mode == ("RGB" if shape[2] == 3 else "RGBA")
        np.testing.assert_array_equal(np.asarray(image), pixels)


def test_pixels_may_be_any_view() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (12, 10, 4)).astype(np.uint8)[::-2, ::3, :3]
    file = io.BytesIO()
    png.write(file, pixels)
    np.testing.assert_array_equal(np.asarray(Image.open(file)), pixels)


def test_texts_come_back_whatever_is_in_them() -> None:
    texts = {"session": '{"α": [1, 2]}\n', "empty": ""}
    file = io.BytesIO()
    png.write(file, np.zeros((2, 3, 3), np.uint8), texts)
    with Image.open(file) as image:
        assert dict(image.text) == texts


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        png.write(io.BytesIO(), np.zeros((2, 3, 2), np.uint8))
