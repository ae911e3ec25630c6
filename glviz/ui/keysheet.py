"""The key sheet: what every key and button does, and how it stands now."""

from __future__ import annotations

from imgui_bundle import imgui

from glviz.ui.chords import pressed
from glviz.ui.commands import COMMANDS
from glviz.ui.controls import DRAGS, WHEEL
from glviz.ui.state import State

__all__ = ["SCROLLING", "draw_key_sheet"]

SCROLLING = {"Up", "Down", "Left", "Right", "PgUp", "PgDn", "Home"}
"""Keys that are the sheet's while it is open, whether or not it can be scrolled."""

_COLUMNS = (
    (("Picture", "Edit"), ("View", "File"), ("Window", "Mouse")),
    (("Picture", "Edit", "File"), ("View", "Window", "Mouse")),
    (("Picture", "Edit", "View", "File", "Window", "Mouse"),),
)
"""Groups side by side, in wider and in narrower windows."""

_GAP = 2.0
_VALUE = 6.0
"""Room for a value at least, so that the columns stay where they are as values change."""

_LINES = 3
"""One press of an arrow key."""

Rows = list[tuple[str, str, str]]


def draw_key_sheet(state: State, bold: imgui.ImFont) -> None:
    """Draw the sheet in the middle of the window."""
    io, style, em = imgui.get_io(), imgui.get_style(), imgui.get_font_size()
    imgui.set_next_window_pos(
        (io.display_size.x / 2, io.display_size.y / 2), int(imgui.Cond_.always), (0.5, 0.5)
    )
    most = (io.display_size.x - em, io.display_size.y - em)
    imgui.set_next_window_size_constraints((0.0, 0.0), most)
    flags = (
        imgui.WindowFlags_.no_title_bar | imgui.WindowFlags_.no_move | imgui.WindowFlags_.no_saved_settings
        | imgui.WindowFlags_.always_auto_resize | imgui.WindowFlags_.no_collapse
        | imgui.WindowFlags_.no_nav | imgui.WindowFlags_.no_focus_on_appearing
    )  # fmt: skip
    imgui.push_style_color(imgui.Col_.window_bg, imgui.get_style_color_vec4(imgui.Col_.popup_bg))
    imgui.push_style_var(imgui.StyleVar_.window_border_size, style.popup_border_size)
    imgui.begin("##keys", None, int(flags))
    imgui.pop_style_var()
    imgui.pop_style_color()
    _scroll()
    told = [command for command in COMMANDS if command.help]
    rows = {
        group: [(c.keys[0], c.help, c.shown(state)) for c in told if c.group == group]
        for group in dict.fromkeys(command.group for command in told)
    }
    rows["Mouse"] = [*_MOUSE]
    room = most[0] - 2 * style.window_padding.x - style.scrollbar_size
    for number, column in enumerate(_columns(rows, room)):
        if number:
            imgui.same_line(0.0, em * _GAP)
        imgui.begin_group()
        for name in column:
            _group(name, rows[name], bold, room)
        imgui.end_group()
    imgui.end()


def _scroll() -> None:
    """Scroll the sheet by keys: it takes no focus, so ImGui does not."""
    if imgui.get_io().want_text_input:
        return
    line = imgui.get_text_line_height_with_spacing()
    page = imgui.get_window_height() - 3 * line
    at = imgui.get_scroll_y()
    for name, by in (("Up", -_LINES * line), ("Down", _LINES * line), ("PgUp", -page), ("PgDn", page)):
        at += by * pressed(name, repeats=True)
    at = 0.0 if pressed("Home") else imgui.get_scroll_max_y() if pressed("End") else at
    if at != imgui.get_scroll_y():
        imgui.set_scroll_y(min(max(at, 0.0), imgui.get_scroll_max_y()))


def _columns(rows: dict[str, Rows], room: float) -> tuple[tuple[str, ...], ...]:
    """As many columns as there is room for; groups that none of them knows stand in the last one."""
    em = imgui.get_font_size()
    for columns in _COLUMNS:
        rest = tuple(name for name in rows if not any(name in column for column in columns))
        columns = (*columns[:-1], columns[-1] + rest)
        wide = sum(max(sum(_widths(rows[name])) for name in column) for column in columns)
        if wide + (len(columns) - 1) * _GAP * em <= room:
            break
    return columns


def _widths(rows: Rows) -> tuple[float, float, float]:
    """Of the three columns of a group: keys, what they do, and how it stands."""
    em = imgui.get_font_size()
    key, help, value = (max(imgui.calc_text_size(row[n]).x for row in rows) for n in range(3))
    return key + em, help + em, max(value, _VALUE * em) if value else 0.0


_MOUSE = (
    *((" + ".join(filter(None, (row.modifier, f"{row.button} drag"))), row.name, "") for row in DRAGS),
    ("wheel", WHEEL, ""),
    ("click", "pin the values; on a label: remove it", ""),
    ("double click", "turn about that point", ""),
    ("left drag on a cut", "move the slice", ""),
)


def _group(name: str, rows: Rows, bold: imgui.ImFont, room: float) -> None:
    """A heading and its rows; what does not fit into ``room`` goes on in the next line."""
    imgui.push_font(bold, 0.0)
    imgui.text_unformatted(name)
    imgui.pop_font()
    first, second, third = _widths(rows)
    second = max(min(second, room - first - third), 4 * imgui.get_font_size())
    accent, faint = (
        imgui.get_style_color_vec4(color) for color in (imgui.Col_.check_mark, imgui.Col_.text_disabled)
    )
    for key, help, value in rows:
        _colored(key, accent)
        imgui.same_line(first)
        left = imgui.get_cursor_pos_x()
        imgui.push_text_wrap_pos(left + second - imgui.get_font_size() / 2)
        imgui.text_unformatted(help)
        imgui.pop_text_wrap_pos()
        if value:
            imgui.same_line(first + second)
            _colored(value, faint)
    imgui.spacing()


def _colored(content: str, color: imgui.ImVec4Like) -> None:
    imgui.push_style_color(imgui.Col_.text, color)
    imgui.text_unformatted(content)
    imgui.pop_style_color()
