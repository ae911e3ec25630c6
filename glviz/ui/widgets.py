"""One widget for each kind of option: value in, value out.

Text from files (field names, titles) is drawn with ``text_unformatted`` and never used as
a label: ImGui takes ``##`` in a label for an identifier and ``%`` in a format for a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from imgui_bundle import ImVec2, imgui

from compute.scales import Scale
from glviz.options import Option
from glviz.scene.colormap import RECOMMENDED, table

__all__ = ["Choices", "Editor", "Span", "header", "label", "text", "tooltip", "wrapped"]

Choices = Sequence[str]
Point = tuple[float, float]
_LABEL_SHARE = 0.39
_STRIPES = 32


@dataclass(frozen=True)
class Span:
    """Where the handle of a slider may go: a scale, and the value it shows while automatic."""

    scale: Scale
    automatic: float


def text(content: str) -> None:
    """Text from anywhere, on one line."""
    imgui.text_unformatted(content)


def wrapped(content: str) -> None:
    """Text from anywhere, broken at the right edge."""
    imgui.push_text_wrap_pos(0.0)
    imgui.text_unformatted(content)
    imgui.pop_text_wrap_pos()


def tooltip(content: str) -> None:
    """A tip for the last item, shown after a moment."""
    flags = imgui.HoveredFlags_.for_tooltip | imgui.HoveredFlags_.allow_when_disabled
    if imgui.is_item_hovered(flags) and imgui.begin_tooltip():
        imgui.push_text_wrap_pos(imgui.get_font_size() * 22.0)
        imgui.text_unformatted(content)
        imgui.pop_text_wrap_pos()
        imgui.end_tooltip()


def header(name: str, bold: imgui.ImFont, flags: int = 0) -> bool:
    """A heading of our own wording; whether what stands under it is shown."""
    imgui.push_font(bold, 0.0)
    imgui.push_style_var(imgui.StyleVar_.frame_border_size, 0.0)
    shown = imgui.collapsing_header(name, flags)
    imgui.pop_style_var()
    imgui.pop_font()
    return shown


def label(content: str, tip: str = "") -> None:
    """The left column of a row; what follows stands in the right one and fills it."""
    start = imgui.get_cursor_pos_x()
    column = start + imgui.get_content_region_avail().x * _LABEL_SHARE
    imgui.align_text_to_frame_padding()
    imgui.text_unformatted(content)
    if tip:
        tooltip(tip)
    imgui.same_line(column)
    imgui.set_next_item_width(-1.0)


class Editor:
    """Draws options. It remembers only which number is being typed and what is searched for."""

    def __init__(self) -> None:
        self._typing = ""
        self._focus = False
        self._search = ""
        self._texts: dict[str, str] = {}

    def edit(
        self, item: Option, value: Any, *, choices: Choices = (), span: Span | None = None
    ) -> Any:
        """One row for an option; returns its new value.

        Args:
            item: the option.
            value: its current value.
            choices: what a free-text option may be here, e.g. the fields of a file.
            span: where the slider of a number without limits of its own may go.
        """
        tip = item.help + (f"\nkey {item.key}" if item.key else "") + f"\n{item.flag}"
        imgui.push_id(item.name)
        label(item.label, tip)
        imgui.begin_group()
        if item.kind is bool:
            _, value = imgui.checkbox("##value", value)
        elif item.name == "colormap":
            value = self._colormap(value)
        elif item.kind is str and item.accepts is not None and not (choices or item.choices):
            value = self._free(item, value)
        elif item.kind is str:
            value = _combo(value, choices or item.allowed())
        elif item.optional:
            value = self._optional(item, value, span)
        else:
            value = _slider(item, value)
        imgui.end_group()
        tooltip(tip)
        imgui.pop_id()
        return value

    def _free(self, item: Option, value: str) -> str:
        """A text of the user's own, taken when it is finished and may be; until then it is red."""
        held = self._texts.get(item.name, value)
        wrong = held != value and _refused(item, held)
        if wrong:
            imgui.push_style_color(imgui.Col_.text, (0.85, 0.15, 0.15, 1.0))
        _, held = imgui.input_text_with_hint("##text", item.hint, held)
        if wrong:
            imgui.pop_style_color()
        if imgui.is_item_active():
            self._texts[item.name] = held
            return value
        self._texts.pop(item.name, None)
        return value if _refused(item, held) else held

    # --- numbers -----------------------------------------------------------------------

    def _optional(self, item: Option, value: float | None, span: Span | None) -> float | None:
        """A number that may be automatic: a box for that, and a slider along the scale."""
        if span is None:
            imgui.begin_disabled()
            imgui.checkbox("auto##auto", value is None)
            imgui.end_disabled()
            return value
        changed, automatic = imgui.checkbox("auto##auto", value is None)
        if changed:
            value = None if automatic else _tidy(span.automatic)
        imgui.same_line()
        imgui.set_next_item_width(-1.0)
        shown = span.automatic if value is None else value
        if self._typing == item.name:
            return self._typed(shown)
        unit = float(np.clip(np.nan_to_num(span.scale.forward(shown)), 0.0, 1.0))
        flags = imgui.SliderFlags_.no_input | imgui.SliderFlags_.always_clamp
        imgui.begin_disabled(value is None)
        moved, unit = imgui.slider_float("##number", unit, 0.0, 1.0, _literal(f"{shown:.4g}"), int(flags))
        imgui.end_disabled()
        if value is None:
            return None
        if imgui.is_item_clicked() and imgui.get_io().key_ctrl:
            self._typing, self._focus = item.name, True
        elif moved:
            return _tidy(float(span.scale.inverse(unit)))
        return value

    def _typed(self, value: float) -> float:
        """The same number in a field for typing (after a click with Ctrl)."""
        if self._focus:
            imgui.set_keyboard_focus_here()
        flags = imgui.InputTextFlags_.auto_select_all | imgui.InputTextFlags_.enter_returns_true
        _, typed = imgui.input_double("##typed", value, format="%.6g", flags=int(flags))
        if not self._focus and not imgui.is_item_active():
            self._typing = ""
        self._focus = False
        return typed if np.isfinite(typed) else value

    # --- colour maps -------------------------------------------------------------------

    def _colormap(self, value: str) -> str:
        """A list of gradients with a field to search in, and a box that reverses them."""
        reverse = value.endswith("_r")
        name = value.removesuffix("_r")
        space = imgui.get_content_region_avail().x
        style = imgui.get_style()
        box = imgui.get_frame_height() + style.item_spacing.x
        box += style.item_inner_spacing.x + imgui.calc_text_size("flip").x
        imgui.set_next_item_width(space - box)
        before = imgui.get_cursor_screen_pos()
        if imgui.begin_combo("##map", "", int(imgui.ComboFlags_.height_large)):
            name = self._pick(name)
            imgui.end_combo()
        _on_combo(before, space - box, lambda low, high: _gradient(value, low, high))
        tooltip(value)
        imgui.same_line()
        _, reverse = imgui.checkbox("flip##reverse", reverse)
        tooltip("from the high end to the low end")
        return f"{name}_r" if reverse else name

    def _pick(self, name: str) -> str:
        if imgui.is_window_appearing():
            self._search = ""
            imgui.set_keyboard_focus_here()
        imgui.set_next_item_width(-1.0)
        _, self._search = imgui.input_text_with_hint("##search", "search", self._search)
        names = _matching(self._search)
        clipper = imgui.ListClipper()
        clipper.begin(len(names))
        while clipper.step():
            for row in range(clipper.display_start, clipper.display_end):
                imgui.push_id(row)
                height = imgui.get_text_line_height()
                corner = imgui.get_cursor_screen_pos()
                picked, _ = imgui.selectable("##row", names[row] == name)
                width = height * 5.0
                _gradient(names[row], (corner.x, corner.y), (corner.x + width, corner.y + height))
                imgui.same_line(width + imgui.get_style().item_spacing.x * 2)
                imgui.text_unformatted(names[row])
                if picked:
                    name = names[row]
                imgui.pop_id()
        return name


def _refused(item: Option, content: str) -> bool:
    try:
        item.check(content)
    except ValueError:
        return True
    return False


def _matching(search: str) -> list[str]:
    """Colour maps, none of them reversed, whose name contains the words searched for."""
    from glviz.scene.colormap import names

    found = [name for name in names() if not name.endswith("_r")] if search else list(RECOMMENDED)
    words = search.casefold().split()
    return [name for name in found if all(word in name.casefold() for word in words)]


def _combo(value: str, allowed: Choices) -> str:
    """A list of names. An empty name stands for the first of them."""
    before = imgui.get_cursor_screen_pos()
    width = imgui.calc_item_width()
    if imgui.begin_combo("##list", ""):
        for index, name in enumerate(allowed):
            imgui.push_id(index)
            corner = imgui.get_cursor_pos()
            picked, _ = imgui.selectable("##name", name == value)
            imgui.set_cursor_pos(corner)
            imgui.text_unformatted(name)
            if picked:
                value = name
            imgui.pop_id()
        imgui.end_combo()

    def name_it(low: Point, high: Point) -> None:
        del high
        color = imgui.get_color_u32(imgui.Col_.text)
        imgui.get_window_draw_list().add_text(pos=low, col=color, text_begin=value)

    _on_combo(before, width, name_it, inset=imgui.get_style().frame_padding.x)
    return value


def _on_combo(corner: ImVec2, width: float, draw: Callable[[Point, Point], None], inset: float = 3.0) -> None:
    """Draw a combo box's current value by hand: its preview text would be a format of ours."""
    padding = imgui.get_style().frame_padding.y
    height = imgui.get_frame_height()
    low = (corner.x + inset, corner.y + (padding if inset > 3.0 else 3.0))
    high = (corner.x + width - height - 2.0, corner.y + height - 3.0)
    draw_list = imgui.get_window_draw_list()
    draw_list.push_clip_rect((corner.x, corner.y), (high[0], corner.y + height), True)
    draw(low, high)
    draw_list.pop_clip_rect()


def _gradient(name: str, low: Point, high: Point) -> None:
    colors = table(name)
    draw_list = imgui.get_window_draw_list()
    step = (high[0] - low[0]) / _STRIPES
    packed = []
    for stripe in range(_STRIPES + 1):
        red, green, blue = (int(c) for c in colors[round(stripe * (len(colors) - 1) / _STRIPES)][:3])
        packed.append(0xFF000000 | blue << 16 | green << 8 | red)
    for stripe in range(_STRIPES):
        left, right = packed[stripe], packed[stripe + 1]
        draw_list.add_rect_filled_multi_color(
            p_min=(low[0] + stripe * step, low[1]), p_max=(low[0] + (stripe + 1) * step, high[1]),
            col_upr_left=left, col_upr_right=right, col_bot_right=right, col_bot_left=left,
        )  # fmt: skip


def _slider(item: Option, value: float) -> float:
    """A number within the limits of its option, or free where it has none."""
    unit = {"%": " %%", "x": " x", "deg": "°"}.get(item.unit, f" {item.unit}" if item.unit else "")
    flags = int(imgui.SliderFlags_.always_clamp)
    if item.kind is int:
        low_int, high_int = int(item.low or 0), int(item.high or 100)
        _, value = imgui.slider_int("##number", int(value), low_int, high_int, "%d" + unit, flags)
        return value
    low, high = (-180.0, 180.0) if item.unit == "deg" else (0.0, 1.0)
    low, high = low if item.low is None else item.low, high if item.high is None else item.high
    if item.logarithmic:
        flags |= int(imgui.SliderFlags_.logarithmic)
    digits = 0 if high - low > 50 and not item.logarithmic else 2
    moved, number = imgui.slider_float("##number", value, low, high, f"%.{digits}f{unit}", flags)
    return min(high, max(low, _tidy(number))) if moved else value


def _tidy(number: float) -> float:
    """Six digits: what a hand on a slider means, and what single precision holds."""
    return float(f"{number:.6g}")


def _literal(content: str) -> str:
    """A format that shows exactly this."""
    return content.replace("%", "%%")
