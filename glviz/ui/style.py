"""Spacing and colours of the interface."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui

from glviz.scene.theme import Theme, theme_for

__all__ = ["FONT_SIZE", "apply_style"]

FONT_SIZE = 15.0
"""In points, before the display's scale factor."""

RGBA = tuple[float, float, float, float]


def apply_style(background: str, scale: float) -> None:
    """Make the current context look right on a light or dark picture.

    Args:
        background: ``settings.background``.
        scale: of the display: 1, or 2 where a point is two pixels wide and the interface
            counts in pixels.
    """
    style = imgui.Style()
    style.window_padding = ImVec2(14.0, 12.0)
    style.frame_padding = ImVec2(8.0, 4.0)
    style.item_spacing = ImVec2(8.0, 6.0)
    style.item_inner_spacing = ImVec2(6.0, 4.0)
    style.cell_padding = ImVec2(6.0, 3.0)
    style.scrollbar_size = 11.0
    style.grab_min_size = 7.0  # a value is written over it: one digit is covered at most
    style.indent_spacing = 14.0
    style.window_rounding = 8.0
    style.child_rounding = 6.0
    style.frame_rounding = style.popup_rounding = style.grab_rounding = style.scrollbar_rounding = 5.0
    style.window_border_size = style.child_border_size = 0.0
    style.frame_border_size = 1.0
    style.popup_border_size = 1.0
    style.hover_delay_normal = 0.5
    style.scale_all_sizes(scale)
    # Scaled sizes are cut to whole pixels, and ImGui ends the program where these are 0.
    style.window_border_hover_padding = max(1.0, style.window_border_hover_padding)
    style.window_min_size = ImVec2(max(1.0, style.window_min_size.x), max(1.0, style.window_min_size.y))
    # Borders stay a pixel wide at every scale but never thinner.
    style.frame_border_size = style.popup_border_size = max(1.0, round(scale * 0.75))
    style.font_size_base = FONT_SIZE
    style.font_scale_dpi = scale
    _colors(style, theme_for(background), dark=background == "dark")
    current = imgui.get_style()
    _copy(style, current)


def _colors(style: imgui.Style, theme: Theme, *, dark: bool) -> None:
    base = imgui.style_colors_dark if dark else imgui.style_colors_light
    base(style)

    def rgb(red: float, green: float, blue: float, alpha: float = 1.0) -> RGBA:
        return (red / 255, green / 255, blue / 255, alpha)

    accent = rgb(112, 158, 255) if dark else rgb(38, 98, 217)

    def tint(alpha: float) -> RGBA:
        return (*accent[:3], alpha)

    if dark:
        window, popup, field, hover, line = (
            rgb(30, 33, 40), rgb(38, 41, 49), rgb(44, 48, 57), rgb(54, 59, 70), rgb(66, 71, 82),
        )  # fmt: skip
    else:
        window, popup, field, hover, line = (
            rgb(245, 246, 248), rgb(255, 255, 255), rgb(255, 255, 255),
            rgb(237, 242, 251), rgb(206, 210, 217),
        )  # fmt: skip
    clear = (0.0, 0.0, 0.0, 0.0)
    colors = {
        "text": (*theme.ink, 1.0), "text_disabled": (*theme.faint, 1.0),
        "window_bg": window, "child_bg": clear, "popup_bg": popup, "border": line, "border_shadow": clear,
        "frame_bg": field, "frame_bg_hovered": hover, "frame_bg_active": hover,
        "check_mark": accent, "slider_grab": tint(0.55), "slider_grab_active": accent,
        "button": field, "button_hovered": hover, "button_active": tint(0.30),
        "header": (*theme.faint, 0.10), "header_hovered": tint(0.16), "header_active": tint(0.26),
        "separator": line, "scrollbar_bg": clear, "scrollbar_grab": (*theme.faint, 0.35),
        "scrollbar_grab_hovered": (*theme.faint, 0.55), "scrollbar_grab_active": (*theme.faint, 0.75),
        "table_header_bg": clear, "table_row_bg": clear, "table_row_bg_alt": (*theme.faint, 0.07),
        "table_border_light": line, "table_border_strong": line, "text_selected_bg": tint(0.30),
        "nav_cursor": accent, "input_text_cursor": (*theme.ink, 1.0),
    }  # fmt: skip
    for name, color in colors.items():
        style.set_color_(getattr(imgui.Col_, name), color)


def _copy(source: imgui.Style, target: imgui.Style) -> None:
    for name in dir(source):
        if not name.startswith("_") and not callable(getattr(source, name)):
            setattr(target, name, getattr(source, name))
    for index in range(int(imgui.Col_.count)):
        target.set_color_(index, source.color_(index))
