"""The key sheet: what every key and button does, and how it stands now."""

from __future__ import annotations

from imgui_bundle import imgui

from glviz.ui.commands import COMMANDS
from glviz.ui.controls import DRAGS, WHEEL
from glviz.ui.state import State

__all__ = ["draw_key_sheet"]


_WIDE = (("Picture", "Edit"), ("View", "File"), ("Window", "Mouse"))
_NARROW = (("Picture", "Edit", "File"), ("View", "Window", "Mouse"))
_NARROWEST = (("Picture", "Edit", "File", "View", "Window", "Mouse"),)
"""Groups side by side, in a wide window, in a narrow one and in one that has no room for two."""

_WIDE_ENOUGH, _TWO_FIT = 74.0, 56.0


def draw_key_sheet(state: State, bold: imgui.ImFont) -> None:
    """Draw the sheet in the middle of the window."""
    io = imgui.get_io()
    imgui.set_next_window_pos(
        (io.display_size.x / 2, io.display_size.y / 2), int(imgui.Cond_.always), (0.5, 0.5)
    )
    margin = imgui.get_font_size() * 2
    largest = (io.display_size.x - margin, io.display_size.y - margin)
    imgui.set_next_window_size_constraints((0.0, 0.0), largest)
    flags = (
        imgui.WindowFlags_.no_title_bar | imgui.WindowFlags_.no_move | imgui.WindowFlags_.no_saved_settings
        | imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_collapse
        | imgui.WindowFlags_.no_nav | imgui.WindowFlags_.no_focus_on_appearing
    )  # fmt: skip
    imgui.push_style_color(imgui.Col_.window_bg, imgui.get_style_color_vec4(imgui.Col_.popup_bg))
    imgui.push_style_var(imgui.StyleVar_.window_border_size, imgui.get_style().popup_border_size)
    imgui.begin("##keys", None, int(flags))
    imgui.pop_style_var()
    imgui.pop_style_color()
    told = [command for command in COMMANDS if command.help]
    rows = {
        group: [(c.keys[0], c.help, c.shown(state)) for c in told if c.group == group]
        for group in dict.fromkeys(command.group for command in told)
    }
    rows["Mouse"] = [*_MOUSE]
    ems = io.display_size.x / imgui.get_font_size()
    columns = _WIDE if ems > _WIDE_ENOUGH else _NARROW if ems > _TWO_FIT else _NARROWEST
    rest = tuple(name for name in rows if not any(name in column for column in columns))
    for number, column in enumerate((*columns[:-1], columns[-1] + rest)):
        if number:
            imgui.same_line(0.0, imgui.get_font_size() * 2)
        imgui.begin_group()
        for name in column:
            _group(name, rows.pop(name), bold)
        imgui.end_group()
    imgui.end()


_MOUSE = (
    *((" + ".join(filter(None, (row.modifier, f"{row.button} drag"))), row.name, "") for row in DRAGS),
    ("wheel", WHEEL, ""),
    ("click", "pin the values; on a label: remove it", ""),
    ("double click", "turn about that point", ""),
    ("left drag on a cut", "move the slice", ""),
)


def _group(name: str, rows: list[tuple[str, str, str]], bold: imgui.ImFont) -> None:
    """A heading and its rows, in three columns as wide as their widest text."""
    imgui.push_font(bold, 0.0)
    imgui.text_unformatted(name)
    imgui.pop_font()
    gap = imgui.get_font_size()
    first, second = (max(imgui.calc_text_size(row[column]).x for row in rows) + gap for column in (0, 1))
    accent, faint = (
        imgui.get_style_color_vec4(color) for color in (imgui.Col_.check_mark, imgui.Col_.text_disabled)
    )
    for key, help, value in rows:
        _colored(key, accent)
        imgui.same_line(first)
        imgui.text_unformatted(help)
        if value:
            imgui.same_line(first + second)
            _colored(value, faint)
    imgui.spacing()


def _colored(content: str, color: imgui.ImVec4Like) -> None:
    imgui.push_style_color(imgui.Col_.text, color)
    imgui.text_unformatted(content)
    imgui.pop_style_color()
