"""Films, played back frame by frame: MP4 by ffmpeg itself, GIF by Pillow."""

from __future__ import annotations

import pathlib
import re
import subprocess
from typing import Any

import imageio_ffmpeg
import numpy as np
from PIL import Image, ImageSequence


def play(path: pathlib.Path) -> tuple[np.ndarray, dict[str, Any]]:
    """(n, height, width, 3) uint8 frames, and "duration" in seconds.

    Of an MP4 also "fps" and "pix_fmt", of a GIF "loop".
    """
    return _gif(path) if path.suffix == ".gif" else _mp4(path)


def _gif(path: pathlib.Path) -> tuple[np.ndarray, dict[str, Any]]:
    frames, pauses = [], []
    with Image.open(path) as picture:
        loop = picture.info["loop"]
        for frame in ImageSequence.Iterator(picture):
            pauses.append(frame.info["duration"])
            frames.append(np.asarray(frame.convert("RGB")))
    return np.stack(frames), {"duration": sum(pauses) / 1000, "loop": loop}


def _mp4(path: pathlib.Path) -> tuple[np.ndarray, dict[str, Any]]:
    program = imageio_ffmpeg.get_ffmpeg_exe()
    words = subprocess.run([program, "-i", path], capture_output=True, text=True, timeout=60).stderr
    found = re.search(r"Video: h264 .*?, (\w+)\(.*?, (\d+)x(\d+).*?, ([\d.]+) fps", words)
    length = re.search(r"Duration: (\d+):(\d+):([\d.]+)", words)
    assert found and length, words
    width, height = int(found[2]), int(found[3])
    decode = [program, "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    data = subprocess.run(decode, capture_output=True, check=True, timeout=60).stdout
    hours, minutes, seconds = (float(part) for part in length.groups())
    told = {"duration": 3600 * hours + 60 * minutes + seconds, "fps": float(found[4]), "pix_fmt": found[1]}
    return np.frombuffer(data, np.uint8).reshape(-1, height, width, 3), told
