"""Keys as they are printed on a keyboard, and as ImGui names them."""

from __future__ import annotations

from functools import cache

from imgui_bundle import imgui

__all__ = ["codes_of", "end_frame", "held", "modifiers_of", "pressed"]

_MODIFIERS = {"Ctrl+": "key_ctrl", "Shift+": "key_shift", "Alt+": "key_alt"}
_NAMED = {
    "Home": ("home",),
    "Tab": ("tab",),
    "Esc": ("escape",),
    "Left": ("left_arrow",),
    "Right": ("right_arrow",),
    "Up": ("up_arrow",),
    "Down": ("down_arrow",),
    "PgUp": ("page_up",),
    "PgDn": ("page_down",),
    "Space": ("space",),
    "Enter": ("enter", "keypad_enter"),
    "+": ("equal", "keypad_add"),
    "-": ("minus", "keypad_subtract"),
    ",": ("comma",),
    ".": ("period",),
}


_NO_KEY = imgui.Key.gamepad_r3
"""No keyboard has it, and nothing in the window listens to gamepads."""


def held() -> frozenset[str]:
    """What is held with other keys in this frame, as fields of ImGui's io."""
    return frozenset(field for field in _MODIFIERS.values() if getattr(imgui.get_io(), field))


def end_frame() -> None:
    """What happens from now on belongs to another frame.

    ImGui takes a key that goes down and a Ctrl that goes up in one frame, and what is held is what
    was held at its end: what was Ctrl+A between two slow frames would be an A. It takes two strokes
    of the same key in two frames, and everything between them in order, so one of a key that
    nobody has parts the events before it from those behind it, for text fields too.
    """
    io = imgui.get_io()
    io.add_key_event(_NO_KEY, True)
    io.add_key_event(_NO_KEY, False)


@cache
def modifiers_of(name: str) -> tuple[frozenset[str], str]:
    """What is held with a key, as fields of ImGui's io, and the name of the key itself."""
    held = set()
    for prefix, field in _MODIFIERS.items():
        if name.startswith(prefix):
            held.add(field)
            name = name.removeprefix(prefix)
    return frozenset(held), name


@cache
def codes_of(name: str) -> tuple[imgui.Key, ...]:
    """ImGui's names of a key, what is held with it left out."""
    name = modifiers_of(name)[1]
    if name in _NAMED:
        return tuple(getattr(imgui.Key, code) for code in _NAMED[name])
    if name.isdigit():
        return getattr(imgui.Key, f"_{name}"), getattr(imgui.Key, f"keypad{name}")
    return (getattr(imgui.Key, name.lower()),)


def pressed(name: str, *, repeats: bool = False) -> bool:
    """Whether a key went down in this frame, with exactly what is to be held with it.

    Args:
        name: e.g. "L", "F12", "Ctrl+Shift+Z".
        repeats: also while it is held down, at the pace of typing.
    """
    wanted, key = modifiers_of(name)
    # On many keyboards + is typed with Shift.
    if (held() ^ wanted) - ({"key_shift"} if key == "+" else set()):
        return False
    return any(imgui.is_key_pressed(code, repeats) for code in codes_of(name))
