"""Every command of the window, defined once: its name, its keys, and what it does.

The keys, the key sheet, the command palette and the panel's buttons all come from this
table. A command is a function from the state to the next state. What takes more than the
state (a file, the clipboard, the pointer) is *asked* for: the step adds a ``Request`` of
the command's name, which the interface (``glviz/ui/acts.py``) or the window
(``glviz/window/effects.py``) answers at the end of the frame. Keys of options come from the
options themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from glviz.options import Option, options
from glviz.scene.viewpoints import NAMED
from glviz.settings import Settings
from glviz.ui.pinning import unpinned
from glviz.ui.state import Edit, State, Step, advanced, ask, value_of

__all__ = ["BY_NAME", "COMMANDS", "Command", "value_text"]


def _nothing(_: State) -> str:
    return ""


def _always(_: State) -> bool:
    return True


@dataclass(frozen=True)
class Command:
    """One thing that can be done.

    Attributes:
        name: for programs, e.g. "picture.save".
        title: for people, as the palette lists it.
        keys: as printed on the keyboard, e.g. ("Ctrl+Shift+Z", "Ctrl+Y"); any of them does it.
        group: heading in the key sheet.
        step: from the state before to the state after.
        help: what it does, in the few words of the key sheet; empty for what is told of
            beside another command there.
        shown: the current value beside it in the sheet and the palette; empty text for none.
        enabled: whether it can be done now.
        repeats: whether it goes on while its key is held down.
    """

    name: str
    title: str
    keys: tuple[str, ...]
    group: str
    step: Step
    help: str = ""
    shown: Callable[[State], str] = _nothing
    enabled: Callable[[State], bool] = _always
    repeats: bool = False


# --- the picture -----------------------------------------------------------------------


def value_text(item: Option, state: State) -> str:
    """The value of an option, as the key sheet writes it."""
    value = value_of(state, item)
    return ("off", "on")[value] if isinstance(value, bool) else str(value)


def _option_commands() -> tuple[Command, ...]:
    """The options that have keys."""
    return tuple(
        Command(
            f"set.{item.name}", f"{item.group}: {item.label}", (item.key,), "Picture",
            partial(advanced, item=item), f"{item.group.lower()}: {item.label}", partial(value_text, item),
        )
        for item in options(Settings) if item.key
    )  # fmt: skip


def _has_slice(state: State) -> bool:
    return state.settings.slice_axis != "none"


# --- the view --------------------------------------------------------------------------


def _look(name: str, state: State) -> State:
    return state.fly(NAMED[name](state.camera))


def _home(state: State) -> State:
    return state.fly(state.home)


def _orthographic(state: State) -> State:
    return state.fly(replace(state.camera, orthographic=not state.camera.orthographic))


def _projection(state: State) -> str:
    return "parallel" if state.camera.orthographic else "perspective"


def _zoomed(factor: float, state: State) -> State:
    return state.fly(state.camera.dolly(factor))


def _view_back(state: State) -> State:
    camera, views = state.views.back(state.camera)
    return replace(state.fly(camera), views=views)


def _view_forth(state: State) -> State:
    camera, views = state.views.forth(state.camera)
    return replace(state.fly(camera), views=views)


# --- undo ------------------------------------------------------------------------------


def _undo(state: State) -> State:
    edit = state.edits.past[-1]
    _, edits = state.edits.back(Edit(state.settings, state.camera if edit.camera else None))
    return _edited(state, edit, replace(state, edits=edits))


def _redo(state: State) -> State:
    edit = state.edits.future[-1]
    _, edits = state.edits.forth(Edit(state.settings, state.camera if edit.camera else None))
    return _edited(state, edit, replace(state, edits=edits))


def _edited(before: State, edit: Edit, after: State) -> State:
    after = replace(after, settings=edit.settings, playing=False)
    return after.fly(edit.camera) if edit.camera is not None else after


# --- files and the program -------------------------------------------------------------


def _stepped(by: int, state: State) -> State:
    count = max(1, len(state.files))
    return replace(state, active=(min(state.active, count - 1) + by) % count)


def _file(state: State) -> str:
    return f"{state.active + 1} of {len(state.files)}" if len(state.files) > 1 else ""


def _several(state: State) -> bool:
    return len(state.files) > 1


def _replay(state: State) -> State:
    if state.playing:
        return replace(state, playing=False)
    again = state.settings.path_progress >= 1.0
    settings = replace(state.settings, path_progress=0.0) if again else state.settings
    return replace(state, settings=settings, playing=True)


def _playing(state: State) -> str:
    return "playing" if state.playing else f"{100 * state.settings.path_progress:.0f} %"


def _dialog(name: str, state: State) -> State:
    return replace(state, dialog="" if state.dialog == name else name, help=False)


def _panel(state: State) -> State:
    shown = not state.panel
    # Where there is no room for it, it is opened and closed; only elsewhere it is done without for good.
    layout = replace(state.layout, panel=shown or state.narrow)
    return replace(state, layout=layout, drawer=shown and state.narrow)


def _side(state: State) -> State:
    side = "right" if state.layout.side == "left" else "left"
    return replace(state, layout=replace(state.layout, side=side, panel=True), drawer=state.narrow)


def _scaled(by: int, state: State) -> State:
    return replace(state, layout=state.layout.scaled(by))


def _unscaled(state: State) -> State:
    return replace(state, layout=replace(state.layout, scale=1.0))


def _help(state: State) -> State:
    return replace(state, help=not state.help, dialog="")


def _escape(state: State) -> State:
    """Close or give up what there is, and nothing else: one press too many must not end the program."""
    if state.help or state.dialog:
        return replace(state, help=False, dialog="")
    if state.playing:
        return replace(state, playing=False)
    return unpinned(state) if state.settings.pins else state


def _quit(state: State) -> State:
    return replace(state, quit=True)


def _asks(
    name: str, title: str, keys: tuple[str, ...], group: str, help: str = "", *,
    enabled: Callable[[State], bool] = _always, repeats: bool = False,
) -> Command:  # fmt: skip
    """A command that is more than a change of the state."""
    return Command(name, title, keys, group, ask(name), help, enabled=enabled, repeats=repeats)


def _looks(key: str, name: str, title: str, help: str = "") -> Command:
    return Command(f"view.{name}", f"View {title}", (key,), "View", partial(_look, name), help)


COMMANDS: tuple[Command, ...] = (
    *_option_commands(),
    _asks("slice.back", "Move the slice back", (",",), "Picture", enabled=_has_slice, repeats=True),
    _asks("slice.forth", "Move the slice forth", (".",), "Picture", "move the slice; comma: back",
          enabled=_has_slice, repeats=True),
    Command("view.home", "First view", ("Home",), "View", _home, "back to the first view"),
    _looks("1", "front", "from the front", "from the front; Ctrl: the back"),
    _looks("3", "right", "from the right", "from the right; Ctrl: the left"),
    _looks("7", "map", "from above: the map", "the map, from above; Ctrl: from below"),
    _looks("9", "corner", "from a corner", "from a corner; Ctrl: the opposite"),
    _looks("Ctrl+1", "back", "from the back"),
    _looks("Ctrl+3", "left", "from the left"),
    _looks("Ctrl+7", "below", "from below"),
    _looks("Ctrl+9", "opposite", "from the opposite corner"),
    Command("view.projection", "Parallel or perspective", ("5",), "View", _orthographic,
            "parallel or perspective", _projection),
    _asks("view.centre", "Turn about the point under the pointer", ("F",), "View",
          "turn about the point under the pointer"),
    _asks("view.turn_left", "Turn to the left", ("Left",), "View",
          "turn, as all arrows do; Shift: move", repeats=True),
    _asks("view.turn_right", "Turn to the right", ("Right",), "View", repeats=True),
    _asks("view.turn_up", "Turn upwards", ("Up",), "View", repeats=True),
    _asks("view.turn_down", "Turn downwards", ("Down",), "View", repeats=True),
    _asks("view.move_left", "Move to the left", ("Shift+Left",), "View", repeats=True),
    _asks("view.move_right", "Move to the right", ("Shift+Right",), "View", repeats=True),
    _asks("view.move_up", "Move upwards", ("Shift+Up",), "View", repeats=True),
    _asks("view.move_down", "Move downwards", ("Shift+Down",), "View", repeats=True),
    Command("view.nearer", "Nearer", ("+",), "View", partial(_zoomed, 1.2), "nearer; - farther",
            repeats=True),
    Command("view.farther", "Farther", ("-",), "View", partial(_zoomed, 1 / 1.2), repeats=True),
    Command("view.previous", "View before", ("Alt+Left",), "View", _view_back,
            "the view before; Alt+Right forward", enabled=lambda state: bool(state.views.past)),
    Command("view.next", "View after", ("Alt+Right",), "View", _view_forth,
            enabled=lambda state: bool(state.views.future)),
    Command("paths.replay", "Replay the paths, or stop", ("Space",), "View", _replay,
            "replay the paths, or stop", _playing),
    _asks("view.copy", "Copy the view as text", ("Ctrl+C",), "View", "copy the view as text"),
    _asks("view.paste", "Paste a view", ("Ctrl+V",), "View", "take the view from copied text"),
    Command("edit.undo", "Undo", ("Ctrl+Z",), "Edit", _undo, "undo the last setting",
            lambda state: str(len(state.edits.past) or ""), lambda state: bool(state.edits.past),
            repeats=True),
    Command("edit.redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit", _redo, "do it again",
            lambda state: str(len(state.edits.future) or ""), lambda state: bool(state.edits.future),
            repeats=True),
    Command("file.choose", "Open a file", ("Ctrl+O",), "File", partial(_dialog, "open"), "open a file"),
    _asks("file.reload", "Read the files again", ("F5",), "File", "read the files again"),
    _asks("session.save", "Save the session", ("Ctrl+S",), "File", "save the session: files, settings, view"),
    _asks("picture.save", "Save a picture", ("F12",), "File", "save a picture in the current folder"),
    Command("map.svg", "Save the contour map as SVG", ("Shift+F12",), "File", ask("map.save", ".svg"),
            "save the contour map as lines (SVG)"),
    Command("map.pdf", "Save the contour map as PDF", (), "File", ask("map.save", ".pdf")),
    Command("film.turntable", "Film a turntable (MP4)", ("Ctrl+F12",), "File", ask("film.turntable", ".mp4"),
            "film it as it turns once around; Esc stops"),
    Command("film.turntable_gif", "Film a turntable (GIF)", (), "File", ask("film.turntable", ".gif")),
    Command("film.replay", "Film the replay of the paths (MP4)", ("Ctrl+Shift+F12",), "File",
            ask("film.replay", ".mp4"), "film the paths as they went"),
    Command("film.replay_gif", "Film the replay of the paths (GIF)", (), "File", ask("film.replay", ".gif")),
    Command("file.next", "Next file", ("PgDn",), "File", partial(_stepped, 1),
            "the next file; PgUp the one before", _file, _several),
    Command("file.previous", "File before", ("PgUp",), "File", partial(_stepped, -1), enabled=_several),
    Command("help.palette", "All commands", ("Ctrl+P", "Ctrl+K"), "Window", partial(_dialog, "palette"),
            "find any command or setting"),
    Command("panel.focus", "Into the panel", ("Tab",), "Window", ask("panel.focus"),
            "into the panel, by keys; Esc back", enabled=lambda state: state.panel),
    Command("panel.show", "Show or hide the panel", ("Ctrl+B",), "Window", _panel, "the panel",
            lambda state: ("hidden", "shown")[state.panel]),
    Command("panel.side", "Panel at the other side", (), "Window", _side,
            shown=lambda state: state.layout.side),
    Command("interface.larger", "Larger text", ("Ctrl++",), "Window", partial(_scaled, 1),
            "larger text; Ctrl+- smaller, Ctrl+0 normal", lambda state: f"{100 * state.layout.scale:.0f} %"),
    Command("interface.smaller", "Smaller text", ("Ctrl+-",), "Window", partial(_scaled, -1)),
    Command("interface.normal", "Text of normal size", ("Ctrl+0",), "Window", _unscaled),
    Command("help.keys", "Keys and mouse buttons", ("H", "F1"), "Window", _help,
            "this sheet; arrows scroll it"),
    Command("program.quit", "Quit", ("Q", "Ctrl+Q"), "Window", _quit, "quit"),
    Command("program.escape", "Close what is open", ("Esc",), "Window", _escape,
            "close, stop, remove pinned labels"),
)  # fmt: skip
"""Every command. A key occurs once."""

BY_NAME = {command.name: command for command in COMMANDS}
