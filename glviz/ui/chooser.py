"""A field to type in and a list to choose from, for the keyboard first: the palette and the open dialog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imgui_bundle import imgui

__all__ = ["Choice", "Chooser", "Row"]

_ROWS_SHOWN = 12


@dataclass(frozen=True)
class Row:
    """One line of the list.

    Attributes:
        title: at the left.
        note: at the right, faint: a key, a size.
        heading: above the row, if it begins a part of the list.
        enabled: whether it can be chosen.
    """

    title: str
    note: str = ""
    heading: str = ""
    enabled: bool = True


@dataclass(frozen=True)
class Choice:
    """What the user did in a frame.

    Attributes:
        row: number of the row chosen; None for none.
        closed: whether the whole is to be closed.
        completed: whether Tab was pressed: complete what is typed.
        shift: whether Shift was held.
    """

    row: int | None = None
    closed: bool = False
    completed: bool = False
    shift: bool = False


class Chooser:
    """Keeps what is typed and which row is marked.

    Args:
        name: of its window.
        hint: shown in the empty field.
        width: in multiples of the font's height.

    Attributes:
        text: what is typed.
        marked: number of the marked row.
    """

    def __init__(self, name: str, hint: str, width: float) -> None:
        self._name, self._hint, self._width = name, hint, width
        self.text = ""
        self.marked = 0
        self._typed: str | None = None
        self._scroll = False
        self._frames = 0

    def begin(self, text: str = "") -> None:
        """Start anew, with ``text`` in the field and the cursor behind it."""
        self.type(text)
        self._frames = 0

    def type(self, text: str) -> None:
        """Put another text into the field, the cursor behind it."""
        self.text = self._typed = text
        self.marked = 0

    def draw(self, rows: Sequence[Row], heading: str = "", footer: str = "") -> Choice:
        """Draw it over the picture; returns what the user did.

        Args:
            rows: to choose from.
            heading: above the field.
            footer: below the list.
        """
        io, em = imgui.get_io(), imgui.get_font_size()
        width = min(self._width * em, io.display_size.x - em)
        imgui.set_next_window_pos((io.display_size.x / 2, io.display_size.y * 0.12), 0, (0.5, 0.0))
        imgui.set_next_window_size((width, 0.0))
        flags = (
            imgui.WindowFlags_.no_decoration | imgui.WindowFlags_.no_move
            | imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.no_nav
        )  # fmt: skip
        imgui.push_style_color(imgui.Col_.window_bg, imgui.get_style_color_vec4(imgui.Col_.popup_bg))
        imgui.push_style_var(imgui.StyleVar_.window_border_size, imgui.get_style().popup_border_size)
        imgui.begin(self._name, None, int(flags))
        imgui.pop_style_var()
        imgui.pop_style_color()
        if self._frames == 0:
            imgui.set_window_focus()
        if heading:
            imgui.begin_disabled()
            imgui.text_unformatted(heading)
            imgui.end_disabled()
        self._field()
        choice = self._keys(rows)
        clicked = self._list(rows)
        if clicked is not None:
            choice = Choice(clicked, shift=io.key_shift)
        if footer:
            imgui.begin_disabled()
            imgui.text_unformatted(footer)
            imgui.end_disabled()
        outside = imgui.is_mouse_clicked(0) and not imgui.is_window_hovered(
            imgui.HoveredFlags_.root_and_child_windows | imgui.HoveredFlags_.allow_when_blocked_by_active_item
        )
        imgui.end()
        if outside and self._frames > 0:
            choice = Choice(closed=True)
        self._frames += 1
        return choice

    def _field(self) -> None:
        if not imgui.is_any_item_active():
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(-1.0)
        before = self.text
        flags = imgui.InputTextFlags_.callback_always
        _, self.text = imgui.input_text_with_hint("##field", self._hint, self.text, int(flags), self._edited)
        if self._typed is not None and self.text != self._typed and not imgui.is_item_active():
            self.text = self._typed
        if self.text != before:
            self.marked = 0

    def _edited(self, data: imgui.InputTextCallbackData) -> int:
        """Called by ImGui while the field is typed in."""
        if self._typed is not None:
            data.delete_chars(0, data.buf_text_len)
            data.insert_chars(0, self._typed)
            data.clear_selection()
            self._typed = None
        return 0

    def _keys(self, rows: Sequence[Row]) -> Choice:
        def pressed(key: imgui.Key, repeats: bool = True) -> bool:
            return imgui.is_key_pressed(key, repeats)

        step = pressed(imgui.Key.down_arrow) - pressed(imgui.Key.up_arrow)
        step += (_ROWS_SHOWN - 1) * (pressed(imgui.Key.page_down) - pressed(imgui.Key.page_up))
        self.marked = max(0, min(len(rows) - 1, self.marked + step))
        self._scroll = bool(step)
        if pressed(imgui.Key.escape, False):
            return Choice(closed=True)
        if pressed(imgui.Key.tab, False):
            return Choice(completed=True)
        enter = pressed(imgui.Key.enter, False) or pressed(imgui.Key.keypad_enter, False)
        if enter and self._frames > 0 and rows and rows[self.marked].enabled:
            return Choice(self.marked, shift=imgui.get_io().key_shift)
        return Choice()

    def _list(self, rows: Sequence[Row]) -> int | None:
        """Draw the rows; returns the number of the one that was clicked."""
        clicked = None
        line = imgui.get_text_line_height_with_spacing()
        headings = sum(bool(row.heading) for row in rows)
        shown = min(max(1, len(rows)) + headings, _ROWS_SHOWN)
        room = imgui.get_io().display_size.y * 0.84 - imgui.get_cursor_pos_y() - 2 * line
        imgui.begin_child("##rows", (0.0, max(line, min(shown * line + 4, room))))
        if not rows:
            imgui.begin_disabled()
            imgui.text_unformatted("nothing of that name")
            imgui.end_disabled()
        for index, row in enumerate(rows):
            imgui.push_id(index)
            if row.heading:
                imgui.begin_disabled()
                imgui.text_unformatted(row.heading)
                imgui.end_disabled()
            corner, width = imgui.get_cursor_pos(), imgui.get_content_region_avail().x
            imgui.push_style_color(imgui.Col_.header, imgui.get_style_color_vec4(imgui.Col_.header_active))
            picked, _ = imgui.selectable("##row", index == self.marked)
            imgui.pop_style_color()
            if picked and row.enabled:
                clicked = index
            if self._scroll and index == self.marked:
                imgui.set_scroll_here_y(0.5)
            after = imgui.get_cursor_pos()
            pad = imgui.get_style().frame_padding.x
            note = imgui.calc_text_size(row.note).x
            imgui.set_cursor_pos((corner.x + pad, corner.y))
            imgui.begin_disabled(not row.enabled)
            left = imgui.get_cursor_screen_pos()
            reach = left.x + max(0.0, width - note - 4 * pad)
            imgui.push_clip_rect((left.x, left.y), (reach, left.y + 2 * line), True)
            imgui.text_unformatted(row.title)
            imgui.pop_clip_rect()
            imgui.end_disabled()
            if row.note:
                imgui.same_line(corner.x + width - note - pad)
                imgui.begin_disabled()
                imgui.text_unformatted(row.note)
                imgui.end_disabled()
            imgui.set_cursor_pos(after)
            imgui.pop_id()
        imgui.dummy((0.0, 0.0))  # the cursor was moved: an item must end the list
        imgui.end_child()
        return clicked
