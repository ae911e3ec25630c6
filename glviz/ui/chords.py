"""Keys as they are printed on a keyboard, and as ImGui names them."""

from __future__ import annotations

from collections import deque
from functools import cache

from imgui_bundle import imgui

__all__ = ["Presses", "codes_of", "modifiers_of", "pressed"]

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


class Presses:
    """What was held when each key went down, as the system says.

    ImGui tells what is held when the frame begins. Where frames are slow, Ctrl may be up again by
    then, and what was Ctrl+P would be a P.
    """

    def __init__(self) -> None:
        self._waiting: deque[frozenset[str]] = deque(maxlen=64)

    def add(self, *, ctrl: bool, shift: bool, alt: bool) -> None:
        """A key went down that is none of those that are held with others."""
        held = {"key_ctrl": ctrl, "key_shift": shift, "key_alt": alt}
        self._waiting.append(frozenset(name for name, down in held.items() if down))

    def held(self) -> frozenset[str]:
        """What counts as held in this frame, as fields of ImGui's io; to be asked once a frame."""
        found = frozenset(field for field in _MODIFIERS.values() if getattr(imgui.get_io(), field))
        if self._waiting:
            new = sum(imgui.is_key_pressed(code, False) for code in _keys_alone())
            for _ in range(min(new, len(self._waiting))):
                found = self._waiting.popleft()
            if not new:  # keys that ImGui does not know
                self._waiting.clear()
        return found


@cache
def _keys_alone() -> tuple[imgui.Key, ...]:
    """All keys but those that are held with others."""
    first, last = imgui.Key.named_key_begin.value, imgui.Key.named_key_end.value
    keys = (key for key in imgui.Key if first <= key.value < last)
    others = ("gamepad", "mouse", "reserved", "mod_", "left_ctrl", "right_ctrl", "left_shift", "right_shift",
              "left_alt", "right_alt", "left_super", "right_super")  # fmt: skip
    return tuple(key for key in keys if not (key.name or "").startswith(others))


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


def pressed(name: str, held: frozenset[str], *, repeats: bool = False) -> bool:
    """Whether a key went down in this frame, with exactly what is to be held with it.

    Args:
        name: e.g. "L", "F12", "Ctrl+Shift+Z".
        held: in this frame, from `Presses`.
        repeats: also while it is held down, at the pace of typing.
    """
    wanted, key = modifiers_of(name)
    # On many keyboards + is typed with Shift.
    if (held ^ wanted) - ({"key_shift"} if key == "+" else set()):
        return False
    return any(imgui.is_key_pressed(code, repeats) for code in codes_of(name))
