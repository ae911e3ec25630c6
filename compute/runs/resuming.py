"""From the journal of an earlier run back to its points, if they are of the same thing.

A journal begins with a header (what the run is of, as JSON), and goes on with points and with
numbers that belong to the landscape besides them; the first byte of a frame tells which it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compute.errors import UsageError
from compute.runs.identity import Identity, changes
from compute.runs.journal import Journal, read_frames
from compute.runs.points import FRAME_OF_A_POINT, Points

__all__ = ["Header", "Resumed", "number_frame", "points_in", "resumed"]

_HEADER, _NUMBER = b"H", b"V"


@dataclass(frozen=True)
class Header:
    """What a run is of.

    Attributes:
        identity: what its values depend on, JSON-like.
        names: of the values.
        shard: [i, k], the i-th of k parts of the points; None for all.
        threads: that it is computed with, which an earlier run decides.
    """

    identity: Identity
    names: Sequence[str]
    shard: Sequence[int] | None
    threads: int | None

    def frame(self) -> bytes:
        """The first frame of a journal."""
        return _HEADER + json.dumps(vars(self)).encode()


@dataclass
class Resumed:
    """What an earlier run left.

    Attributes:
        points: their flat indices.
        numbers: by name.
        threads: that it was begun with.
    """

    points: list[int] = field(default_factory=list)
    numbers: dict[str, float] = field(default_factory=dict)
    threads: int | None = None


def number_frame(name: str, value: float) -> bytes:
    """A number for the journal."""
    return _NUMBER + json.dumps([name, value]).encode()


def points_in(path: Path) -> int:
    """How many points a journal holds, which may be of anything.

    Raises:
        UsageError: it is some other file.
        OSError: it cannot be read.
    """
    return sum(frame.startswith(FRAME_OF_A_POINT) for frame in read_frames(path))


def resumed(journal: Journal, header: Header, points: Points) -> Resumed:
    """Put the points that a journal holds in their place; its frames are let go.

    Args:
        journal: with at least one frame.
        header: of the run that goes on.
        points: of that run, none computed.

    Raises:
        UsageError: the journal is of something else, or of another version of the program.
    """
    doing = f"going on with the run {journal.path.name}"
    try:
        return _resumed(doing, journal, header, points)
    except (ValueError, TypeError, KeyError, IndexError) as error:  # whole, and yet not what we write
        raise UsageError(
            doing,
            "its journal is of another version of the program",
            "Go on with that version, or start over: --restart, restart=True.",
        ) from error


def _resumed(doing: str, journal: Journal, header: Header, points: Points) -> Resumed:
    before: dict[str, Any] = json.loads(journal.frames[0][len(_HEADER) :])
    differing = changes(before["identity"], header.identity)
    if not differing and before["names"] != list(header.names):
        differing = "the names of the values"
    if not differing and before["shard"] != header.shard:
        differing = "the shard"
    if differing:
        raise UsageError(
            doing,
            f"what it is of has changed: {differing}",
            "Use what it was begun with, or another output, or start over: --restart, restart=True.",
        )
    found = Resumed(threads=before["threads"])
    for frame in journal.frames[1:]:
        if frame.startswith(FRAME_OF_A_POINT):
            found.points.append(points.restore(frame))
        else:
            name, value = json.loads(frame.removeprefix(_NUMBER))
            found.numbers[name] = value
    journal.frames.clear()
    return found
