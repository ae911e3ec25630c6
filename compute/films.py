"""Frames into a film: MP4 that plays everywhere, and GIF with one palette for all frames.

The encoder is the ffmpeg that the package imageio-ffmpeg carries; nothing has to be installed.
Frames go to it as they come, so that memory does not grow with the film's length. The film takes
its place when it is whole: an interrupt, an error or a full disk leaves what was there before.

MP4: H.264 with 4:2:0 chroma, which phones and browsers need, an even size, and the index at the
front, so that it starts before all of it is there. GIF: the palette is that of all frames together
(Heckbert's median cut, as ffmpeg's palettegen has it), since colours that change from frame to frame
flicker; the frames wait for it in a lossless film. A GIF may have no ground: its pixels are there or not,
so whoever has opacities gives the colours of what is there, not mixed with any ground (a rim of which
would be seen on another).
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from compute.files.atomic import replacing

__all__ = ["EXTENSIONS", "OPAQUE", "film"]

EXTENSIONS = (".mp4", ".gif")
OPAQUE = (".mp4",)
"""Those that have no transparency."""

FASTEST_GIF = 50.0
"""Frames a second; a GIF's pauses count in hundredths of a second, and players slow down those below two."""

# The same frames give the same bytes: no version of the encoder and no time in the file.
_EXACT = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1")
_MP4 = (
    "-vf",
    "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format=yuv420p,"
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv",
    *("-c:v", "libx264", "-preset", "medium", "-crf", "16", "-movflags", "+faststart"),
)
_LOSSLESS = {
    3: ("-c:v", "libx264rgb", "-preset", "ultrafast", "-qp", "0"),
    4: ("-c:v", "ffv1", "-pix_fmt", "bgra"),  # H.264 has no opacity
}
_THERE = 72
"""The opacity (of 255) of the faintest pixel that is there. At half of 255, small letters fall to pieces."""

_OPAQUE = np.array([0, 0, 0, 255], dtype=np.uint8)
_PIXELS = {3: "rgb24", 4: "rgba"}

Add = Callable[[NDArray[np.uint8]], None]


@contextlib.contextmanager
def film(path: str | os.PathLike[str], fps: float = 30.0, *, dither: bool = True) -> Iterator[Add]:
    """Yield a function that adds a frame; the film is at ``path`` when the block ends well.

    Each frame is (height, width, 3) uint8 RGB, the first row at the top, and all have one size. MP4
    needs even numbers: an odd one is made even by repeating the last row or column. Frames of a GIF
    may be RGBA, not premultiplied: pixels that are hardly opaque are left out, all others are opaque.

    Args:
        path: ends in one of :data:`EXTENSIONS`.
        fps: frames a second; of a GIF at most 50.
        dither: of a GIF, mix colours that are not in its palette from those that are, which shading
            needs; flat colours are sharper without, and the file is smaller.

    Raises:
        ValueError: another extension, a rate that cannot be, a frame of another size or type, or none.
        OSError: the film cannot be written; ``errno.ENOSPC`` where the disk is full.
    """
    target = Path(path)
    kind = target.suffix.lower()
    if kind not in EXTENSIONS:
        raise ValueError(f"film {target.name}: its extension must be {' or '.join(EXTENSIONS)}")
    fastest = FASTEST_GIF if kind == ".gif" else 1000.0
    if not 0.01 <= fps <= fastest:
        found = f"{fps:g} frames a second"
        raise ValueError(f"film {target.name}: {found}; from 0.01 to {fastest:g} are possible")
    # Beside the target, not in /tmp: that may be small, and in memory.
    with tempfile.TemporaryDirectory(dir=target.resolve().parent, prefix=".film-") as scratch:
        made = Path(scratch) / f"film{kind}"
        frames = made if kind == ".mp4" else made.with_suffix(".mkv")
        codecs = {3: _MP4} if kind in OPAQUE else _LOSSLESS
        encoder = _Encoder(target, frames, fps, codecs, even=kind == ".mp4")
        try:
            yield encoder.add
            encoder.finish()
        finally:
            encoder.stop()
        if kind == ".gif":
            _make_gif(target, frames, made, dither)
        with replacing(target) as stream, made.open("rb") as whole:
            shutil.copyfileobj(whole, stream)


def _make_gif(target: Path, frames: Path, made: Path, dither: bool) -> None:
    """A GIF of a lossless film, by way of its palette."""
    palette = made.with_name("palette.png")
    _ffmpeg(target, ["-i", frames, "-vf", "palettegen=stats_mode=full:reserve_transparent=1", palette])
    use = f"paletteuse=dither={'sierra2_4a' if dither else 'none'}:diff_mode=rectangle"
    graph = ["-i", frames, "-i", palette, "-lavfi", use, "-loop", "0"]
    _ffmpeg(target, [*graph, *_EXACT, made])


class _Encoder:
    """A running ffmpeg that takes raw frames; it starts when the first one tells the size."""

    def __init__(
        self, target: Path, made: Path, fps: float, codecs: Mapping[int, Sequence[str]], *, even: bool
    ) -> None:
        self.target, self.made, self.fps, self.codecs, self.even = target, made, fps, codecs, even
        self.shape: tuple[int, ...] = ()
        self.process: subprocess.Popen[bytes] | None = None
        self.log: IO[bytes] | None = None

    def add(self, frame: NDArray[np.uint8]) -> None:
        """Encode one more frame.

        Raises:
            ValueError: it is no (height, width, 3) uint8 picture (or 4, of a GIF), or of another size
                than the first.
        """
        pixels = np.asarray(frame)
        fit = pixels.ndim == 3 and pixels.shape[2] in self.codecs and pixels.dtype == np.uint8
        if not fit or not pixels.size:
            found, wanted = f"{pixels.dtype} {pixels.shape}", " or ".join(map(str, self.codecs))
            raise ValueError(
                f"film {self.target.name}: a frame is {found}, not uint8 (height, width, {wanted})"
            )
        if self.process is None:
            self.shape = pixels.shape
            self._start()
        if pixels.shape != self.shape:
            found = f"a frame is {pixels.shape}, the first was {self.shape}"
            raise ValueError(f"film {self.target.name}: {found}")
        if pixels.shape[2] == 4:
            # Hidden colours would take places in the palette.
            pixels = np.where(pixels[..., 3:] < _THERE, np.uint8(0), pixels | _OPAQUE)
        if self.even:
            odd = ((0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0))
            pixels = np.pad(pixels, odd, mode="edge")
        assert self.process is not None and self.process.stdin is not None
        try:
            self.process.stdin.write(np.ascontiguousarray(pixels).data)
        except OSError:  # it has ended, and its log says why
            self.finish()

    def _start(self) -> None:
        height, width = (size + (size % 2 if self.even else 0) for size in self.shape[:2])
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 (closed in stop)
        channels = self.shape[2]
        raw = ["-f", "rawvideo", "-pix_fmt", _PIXELS[channels], "-s", f"{width}x{height}"]
        rate = ["-r", f"{self.fps:.6g}"]
        command = _command([*raw, *rate, "-i", "-", *self.codecs[channels], *_EXACT, self.made])
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=self.log, **_apart())

    def finish(self) -> None:
        """Wait for the end of the film.

        Raises:
            ValueError: there is no frame.
            OSError: it could not be written.
        """
        if self.process is None or self.log is None:
            raise ValueError(f"film {self.target.name}: there is no frame")
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        if self.process.wait() != 0:
            self.log.seek(0)
            raise OSError(*_failure(self.target, self.log.read()))

    def stop(self) -> None:
        """End the encoder, whatever it is doing."""
        if self.process is not None:
            assert self.process.stdin is not None
            self.process.kill()
            with contextlib.suppress(OSError):
                self.process.stdin.close()
            self.process.wait()
        if self.log is not None:
            self.log.close()


def _ffmpeg(target: Path, arguments: Sequence[object]) -> None:
    done = subprocess.run(_command(arguments), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **_apart())
    if done.returncode != 0:
        raise OSError(*_failure(target, done.stderr))


def _command(arguments: Sequence[object]) -> list[str]:
    from imageio_ffmpeg import get_ffmpeg_exe

    return [get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *map(str, arguments)]


def _apart() -> dict[str, Any]:
    """Out of reach of the terminal's Ctrl-C, at which ffmpeg would end a film early and call it whole."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _failure(target: Path, log: bytes) -> tuple[int, str, str]:
    """What an OSError is made of: number, message, file."""
    words = log.decode("utf-8", "replace").strip()
    if os.strerror(errno.ENOSPC) in words:
        return errno.ENOSPC, os.strerror(errno.ENOSPC), str(target)
    last = words.splitlines()[-1] if words else "it ended without a word"
    return errno.EIO, f"the film's encoder failed: {last}", str(target)
