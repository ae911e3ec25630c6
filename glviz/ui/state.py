"""What the window shows, as one immutable value; input and the panel map it to the next one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from glviz.options import Option, options
from glviz.scene.camera import Camera
from glviz.settings import Settings

__all__ = ["State", "advanced", "value_of", "with_value"]


@dataclass(frozen=True)
class State:
    """The whole of the window's state. The loop compares two of them to find what is stale.

    Attributes:
        settings: how the surfaces look.
        camera: where the viewer stands; all panes share it.
        home: the camera that the program started with.
        active: number of the file that the panel's lists speak of, and that is shown where
            one is at a time.
        panel: whether the panel is shown.
        help: whether the key sheet is shown.
        playing: whether the paths are being replayed.
        pictures: how many pictures were asked for so far.
        flights: how many times the camera went somewhere at once; the window flies there.
        files: titles of all files that were opened.
        quit: whether the window shall close.
    """

    settings: Settings
    camera: Camera
    home: Camera
    active: int = 0
    panel: bool = True
    help: bool = False
    playing: bool = False
    pictures: int = 0
    flights: int = 0
    files: tuple[str, ...] = ()
    quit: bool = False

    @classmethod
    def start(cls, settings: Settings, camera: Camera, files: tuple[str, ...] = ()) -> State:
        """The state in which the window opens."""
        return cls(settings, camera, camera, files=files)

    def fly(self, camera: Camera) -> State:
        """The state with the camera somewhere else altogether."""
        return self if camera == self.camera else replace(self, camera=camera, flights=self.flights + 1)


_OWNERS: dict[str, str] = {
    item.name: owner for owner, kind in (("settings", Settings), ("camera", Camera)) for item in options(kind)
}


def value_of(state: State, item: Option) -> Any:
    """The value of an option of the settings or of the camera."""
    return getattr(getattr(state, _OWNERS[item.name]), item.name)


def with_value(state: State, item: Option, value: Any) -> State:
    """The state with one option changed."""
    owner = _OWNERS[item.name]
    if item.name == "slice_axis" and value != state.settings.slice_axis:
        # A position across one axis means nothing across another.
        state = replace(state, settings=replace(state.settings, slice_position=None))
    changes: Any = {owner: replace(getattr(state, owner), **{item.name: value})}
    return replace(state, **changes)


def advanced(state: State, item: Option) -> State:
    """The state after the option's key: a flag is toggled, a choice goes to the next one."""
    value = value_of(state, item)
    if item.kind is bool:
        return with_value(state, item, not value)
    allowed = item.allowed()
    at = allowed.index(value) if value in allowed else -1
    return with_value(state, item, allowed[(at + 1) % len(allowed)])


Step = Callable[[State], State]
