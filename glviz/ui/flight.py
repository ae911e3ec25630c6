"""The camera on its way: softly from where it was seen last to where the state says it is.

Only what is seen is animated. The state holds the goal, so whatever is done on the way
(a drag, another key) changes the goal, and the flight bends towards it.
"""

from __future__ import annotations

from glviz.scene.camera import Camera
from glviz.scene.viewpoints import between

__all__ = ["SECONDS", "Flight"]

SECONDS = 0.22


class Flight:
    """Remembers the camera seen last, and when a flight began."""

    def __init__(self) -> None:
        self._seen: Camera | None = None
        self._start: Camera | None = None
        self._began = 0.0
        self._flights = 0

    @property
    def going(self) -> bool:
        """Whether the camera seen last is not at its goal yet."""
        return self._start is not None

    def seen(self, goal: Camera, flights: int, now: float) -> Camera:
        """The camera to draw with.

        Args:
            goal: where the state says the camera is.
            flights: ``State.flights``; a flight begins when it changes.
            now: in seconds, from any clock that only goes forward.
        """
        if flights != self._flights:
            self._flights, self._start, self._began = flights, self._seen, now
        camera = goal
        if self._start is not None:
            share = (now - self._began) / SECONDS
            if share < 1.0:
                camera = between(self._start, goal, share * share * (3.0 - 2.0 * share))
            else:
                self._start = None
        self._seen = camera
        return camera
