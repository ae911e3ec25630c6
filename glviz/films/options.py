"""What can be chosen of a film, and where it may go."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass

from glviz.errors import UsageError
from glviz.options import option

FPS, GIF_FPS = 30.0, 15.0
"""Frames a second, unless told otherwise."""

_MOST_FRAMES = 20_000

@dataclass(frozen=True)
class FilmOptions:
    """How long a film is, and how smooth."""

    seconds: float = option(
        8.0, "length of a film", group="Film", low=0.2, high=600.0, unit="s", logarithmic=True
    )
    fps: float | None = option(
        None,
        "frames a second of a film; automatic is 30, and 15 for a GIF",
        group="Film",
        label="rate",
        low=1.0,
        high=120.0,
    )

    def rate(self, path: pathlib.Path) -> float:
        """Frames a second of a film of that name.

        Raises:
            UsageError: a GIF cannot be so fast.
        """
        from compute.films import FASTEST_GIF

        gif = path.suffix.lower() == ".gif"
        rate = self.fps or (GIF_FPS if gif else FPS)
        if gif and rate > FASTEST_GIF:
            raise UsageError(f"--fps: a GIF has at most {FASTEST_GIF:g} frames a second; use .mp4")
        return rate

    def count(self, path: pathlib.Path) -> int:
        """How many frames the film has, at least 2.

        Raises:
            UsageError: too many.
        """
        count = max(2, round(self.seconds * self.rate(path)))
        if count > _MOST_FRAMES:
            raise UsageError(f"--seconds: {count} frames are more than {_MOST_FRAMES}; make it shorter")
        return count


def check_output(name: str, flag: str, *, transparent: bool = False) -> pathlib.Path:
    """Find out whether a film can be written there, before time is spent on drawing it.

    Raises:
        UsageError: an unknown extension, one that has no transparency though that is wanted, or a
            folder that is not there or not writable.
    """
    from compute.films import EXTENSIONS
    from glviz.pictures import check_place

    path = pathlib.Path(name)
    if path.suffix.lower() not in EXTENSIONS:
        raise UsageError(f"{flag}: {path} names no film; end it in {' or '.join(EXTENSIONS)}")
    check_ground(path, transparent)
    return check_place(path)


def check_ground(path: pathlib.Path, transparent: bool) -> None:
    """Find out whether a film can be as transparent as it is wanted.

    Raises:
        UsageError: it cannot.
    """
    from compute.films import OPAQUE

    if transparent and path.suffix.lower() in OPAQUE:
        raise UsageError(
            f"writing {path}: an MP4 has no transparency; end the name in .gif, or add --no-transparent"
        )
