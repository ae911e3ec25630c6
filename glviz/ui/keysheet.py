"""The key sheet: what every key and button does, and how it stands now."""

from __future__ import annotations

from imgui_bundle import imgui

from glviz.ui.controls import DRAGS, WHEEL
from glviz.ui.keys import KEYS
from glviz.ui.state import State

__all__ = ["draw_key_sheet"]


def draw_key_sheet(state: State, bold: imgui.ImFont) -> None:
    """Draw the sheet in the middle of the window."""
    io = imgui.get_io()
    imgui.set_next_window_pos(
        (io.display_size.x / 2, io.display_size.y / 2), int(imgui.Cond_.always), (0.5, 0.5)
    )
    margin = imgui.get_font_size() * 2
    imgui.set_next_window_size_constraints((0.0, 0.0), (io.display_size.x - margin, io.display_size.y - margin))
    flags = (
        imgui.WindowFlags_.no_title_bar | imgui.WindowFlags_.no_move | imgui.WindowFlags_.no_saved_settings
        | imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_collapse
    )  # fmt: skip
    imgui.push_style_color(imgui.Col_.window_bg, imgui.get_style_color_vec4(imgui.Col_.popup_bg))
    imgui.push_style_var(imgui.StyleVar_.window_border_size, imgui.get_style().popup_border_size)
    imgui.begin("##keys", None, int(flags))
    imgui.pop_style_var()
    imgui.pop_style_color()
    # In two columns where a single one would be taller than the window.
    groups = list(dict.fromkeys(key.group for key in KEYS))
    if imgui.begin_table("##columns", 2, int(imgui.TableFlags_.sizing_fixed_fit)):
        imgui.table_next_column()
        _group(groups[0], state, bold)
        imgui.table_next_column()
        for name in groups[1:]:
            _group(name, state, bold)
        _mouse(bold)
        imgui.end_table()
    imgui.end()


def _group(name: str, state: State, bold: imgui.ImFont) -> None:
    _heading(name, bold)
    if _begin_rows(name):
        for key in (key for key in KEYS if key.group == name):
            _row(key.name, key.help, key.shown(state))
        imgui.end_table()


def _mouse(bold: imgui.ImFont) -> None:
    _heading("Mouse", bold)
    if _begin_rows("mouse"):
        for row in DRAGS:
            _row(f"{row.modifier}+{row.button}" if row.modifier else row.button, f"drag: {row.name}", "")
        _row("wheel", WHEEL, "")
        imgui.end_table()


def _heading(name: str, bold: imgui.ImFont) -> None:
    imgui.push_font(bold, 0.0)
    imgui.text_unformatted(name)
    imgui.pop_font()


def _begin_rows(name: str) -> bool:
    return imgui.begin_table(f"##{name}", 3, int(imgui.TableFlags_.sizing_fixed_fit | imgui.TableFlags_.pad_outer_x))


def _row(key: str, help: str, value: str) -> None:
    imgui.table_next_row()
    imgui.table_next_column()
    imgui.push_style_color(imgui.Col_.text, imgui.get_style_color_vec4(imgui.Col_.check_mark))
    imgui.text_unformatted(key)
    imgui.pop_style_color()
    imgui.table_next_column()
    imgui.text_unformatted(help)
    imgui.table_next_column()
    imgui.push_style_color(imgui.Col_.text, imgui.get_style_color_vec4(imgui.Col_.text_disabled))
    imgui.text_unformatted(value)
    imgui.pop_style_color()
