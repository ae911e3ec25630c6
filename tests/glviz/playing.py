"""Films, played back by imageio."""

from __future__ import annotations

import gc
import pathlib
import warnings
from typing import Any

import imageio.v3 as iio
import numpy as np


def play(path: pathlib.Path) -> tuple[np.ndarray, dict[str, Any]]:
    """(n, height, width, 3) uint8 frames, and what imageio says of the file.

    For a GIF, "duration" is the sum of its pauses, in seconds.
    """
    with warnings.catch_warnings():
        # imageio leaves it to the garbage collector to close its pipes from ffmpeg.
        warnings.simplefilter("ignore", ResourceWarning)
        frames, told = np.asarray(iio.imread(path)), dict(iio.immeta(path))
        gc.collect()
    if path.suffix == ".gif":
        told["duration"] = sum(iio.immeta(path, index=k)["duration"] for k in range(len(frames))) / 1000
    return frames[..., :3], told
