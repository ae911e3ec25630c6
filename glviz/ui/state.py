"""What the window shows, as one immutable value; input and the panel map it to the next one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from glviz.films.options import FilmOptions
from glviz.options import Option, options
from glviz.scene.camera import Camera
from glviz.settings import Settings
from glviz.ui.layout import Layout
from glviz.ui.trail import Trail
from glviz.vector.options import MapOptions

__all__ = ["Edit", "Request", "State", "Step", "advanced", "ask", "recorded", "value_of", "with_value"]


@dataclass(frozen=True)
class Edit:
    """What an undo goes back to.

    Attributes:
        settings: all of them.
        camera: where the step also set the camera's own options in the panel; else None.
    """

    settings: Settings
    camera: Camera | None = None


@dataclass(frozen=True)
class Request:
    """Something that takes more than the state: a file, the clipboard, the pointer.

    Attributes:
        name: of the command that asked for it.
        value: what for: the path of a file, say.
    """

    name: str
    value: str = ""


@dataclass(frozen=True)
class State:
    """The whole of the window's state. The loop compares two of them to find what is stale.

    Attributes:
        settings: how the surfaces look.
        camera: where the viewer stands; all panes share it.
        home: the camera that the program started with.
        active: number of the file that the panel's lists speak of, and that is shown where
            one is at a time.
        layout: which parts of the window are shown, where, and how large.
        narrow: whether the window has no room for the panel beside the picture.
        drawer: whether the panel was opened all the same.
        help: whether the key sheet is shown.
        dialog: what else is open over the picture: "palette", "open" or nothing.
        playing: whether the paths are being replayed.
        requests: what was asked for in this frame and is more than a change of the state.
        flights: how many times the camera went somewhere at once; the window flies there.
        files: titles of all files that were opened.
        film: how long films are.
        page: how large maps are.
        edits: the way back through the settings.
        views: the way back through the cameras.
        quit: whether the window shall close.
    """

    settings: Settings
    camera: Camera
    home: Camera
    active: int = 0
    layout: Layout = field(default_factory=Layout)
    narrow: bool = False
    drawer: bool = False
    help: bool = False
    dialog: str = ""
    playing: bool = False
    requests: tuple[Request, ...] = ()
    flights: int = 0
    files: tuple[str, ...] = ()
    film: FilmOptions = field(default_factory=FilmOptions)
    page: MapOptions = field(default_factory=MapOptions)
    edits: Trail[Edit] = field(default_factory=Trail)
    views: Trail[Camera] = field(default_factory=Trail)
    quit: bool = False

    @classmethod
    def start(
        cls, settings: Settings, camera: Camera, files: tuple[str, ...] = (), layout: Layout | None = None
    ) -> State:
        """The state in which the window opens."""
        return cls(settings, camera, camera, files=files, layout=layout or Layout())

    @property
    def panel(self) -> bool:
        """Whether the panel is shown."""
        return self.layout.panel and (self.drawer or not self.narrow)

    def fly(self, camera: Camera) -> State:
        """The state with the camera somewhere else altogether."""
        return self if camera == self.camera else replace(self, camera=camera, flights=self.flights + 1)


Step = Callable[[State], State]


def ask(name: str, value: str = "") -> Step:
    """A step that asks for something that takes more than the state."""
    return lambda state: replace(state, requests=(*state.requests, Request(name, value)))


# --- options ---------------------------------------------------------------------------

OWNERS: dict[str, type] = {
    "settings": Settings, "camera": Camera, "film": FilmOptions, "page": MapOptions
}  # fmt: skip
"""The parts of the state that have options, by the name of its field."""

_OWNERS: dict[str, str] = {item.name: owner for owner, kind in OWNERS.items() for item in options(kind)}


def value_of(state: State, item: Option) -> Any:
    """The value of an option."""
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


# --- the way back ----------------------------------------------------------------------


def recorded(before: State, after: State, *, held: bool, in_panel: bool = False) -> State:
    """``after``, with the change from ``before`` on its trails.

    Args:
        before: the state at the beginning of (a part of) a frame.
        after: the state at its end.
        held: whether a drag or a key that is held down goes on: its changes are one step.
        in_panel: whether the change was made in the panel, where the camera's numbers are
            settings like any other.
    """
    edits, views = after.edits, after.views
    if edits is before.edits:  # else it went back or forth
        turned = in_panel and _options_of(before.camera) != _options_of(after.camera)
        replayed = before.playing or after.playing
        if _lasting(before, replayed) != _lasting(after, replayed) or turned:
            edits = edits.stepped(Edit(before.settings, before.camera if turned else None), held=held)
        else:
            edits = edits.rested(held=held)
    if views is before.views:
        moved = before.camera != after.camera
        views = views.stepped(before.camera, held=held) if moved else views.rested(held=held)
    if edits is after.edits and views is after.views:
        return after
    return replace(after, edits=edits, views=views)


def _lasting(state: State, replayed: bool) -> Settings:
    """The settings, without what a replay changes by itself."""
    return replace(state.settings, path_progress=1.0) if replayed else state.settings


def _options_of(camera: Camera) -> tuple[Any, ...]:
    return tuple(getattr(camera, item.name) for item in options(Camera))
