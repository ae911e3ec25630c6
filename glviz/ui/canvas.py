"""Drawing text and flat shapes through an ImGui draw list: a picture's draw-list calls are here.

Positions are pixels from the upper left corner; sizes are given at a pixel scale of 1 and
multiplied by the canvas's. A ``^`` in a text raises the number that follows it, so that
"10^-3" is written as it is in a paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.scales import raised_runs
from glviz.scene.theme import RGB
from glviz.ui.native import FONTS, imgui

_RAISED_SIZE, _RAISED_BY = 0.72, 0.20


@dataclass(frozen=True)
class Fonts:
    """The two faces of pictures and panel, from the files that imgui-bundle ships."""

    regular: Any
    bold: Any

    @classmethod
    def load(cls) -> Fonts:
        """Add both to the current ImGui context."""
        atlas = imgui.get_io().fonts
        faces = [
            atlas.add_font_from_file_ttf(str(FONTS / "Roboto" / f"Roboto-{face}.ttf"), 16.0)
            for face in ("Regular", "Bold")
        ]
        return cls(*faces)


def color_u32(color: RGB, opacity: float = 1.0) -> int:
    """A packed colour of sRGB components, 0 to 1."""
    return int(imgui.color_convert_float4_to_u32(imgui.ImVec4(*color, opacity)))


def _advance(font: Any, px: float, text: str) -> float:
    """Width of a line without raised parts, in pixels."""
    imgui.push_font(font, px)
    width = float(imgui.calc_text_size(text).x)
    imgui.pop_font()
    return width


@dataclass(frozen=True)
class Canvas:
    """A draw list with fonts and a scale."""

    draw_list: Any
    fonts: Fonts
    scale: float = 1.0

    # --- text --------------------------------------------------------------------------

    def _px(self, size: float) -> int:
        """The font's height on the screen: whole pixels, as ImGui itself measures."""
        return max(1, round(size * self.scale))

    def measure(self, text: str, size: float, *, bold: bool = False) -> tuple[float, float]:
        """Width and height of a line of text, in pixels."""
        font, px = self.fonts.bold if bold else self.fonts.regular, self._px(size)
        width = sum(
            _advance(font, round(px * _RAISED_SIZE) if raised else px, run)
            for run, raised in raised_runs(text)
        )
        return width, px

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        color: RGB,
        *,
        anchor: tuple[float, float] = (0.0, 0.0),
        bold: bool = False,
    ) -> None:
        """Write one line.

        Args:
            x: of the point that the anchor is put on, in pixels.
            y: of that point.
            text: what to write.
            size: height of the font at a scale of 1.
            color: of the text.
            anchor: which point of the text, (0, 0) upper left to (1, 1) lower right.
            bold: which face.
        """
        font, px = self.fonts.bold if bold else self.fonts.regular, self._px(size)
        width, height = self.measure(text, size, bold=bold)
        # Whole pixels: glyphs are sharp only there.
        left, top = round(x - anchor[0] * width), round(y - anchor[1] * height)
        packed = color_u32(color)
        for run, raised in raised_runs(text):
            used = round(px * _RAISED_SIZE) if raised else px
            at = imgui.ImVec2(left, top - (px * _RAISED_BY if raised else 0.0))
            self.draw_list.add_text(font=font, font_size=used, pos=at, col=packed, text_begin=run)
            left += _advance(font, used, run)  # type: ignore[assignment]

    # --- shapes ------------------------------------------------------------------------

    def line(self, a: Sequence[float], b: Sequence[float], color: RGB, width: float = 1.0) -> None:
        """A straight line between two points."""
        self.draw_list.add_line(
            p1=imgui.ImVec2(a[0], a[1]),
            p2=imgui.ImVec2(b[0], b[1]),
            col=color_u32(color),
            thickness=width * self.scale,
        )

    def polyline(self, points: NDArray[np.float64], color: RGB, width: float) -> None:
        """A line through (n, 2) points."""
        if len(points) > 1:
            self.draw_list.add_polyline(
                points=[imgui.ImVec2(float(x), float(y)) for x, y in points],
                col=color_u32(color),
                thickness=width * self.scale,
                flags=0,
            )

    def box(
        self,
        a: Sequence[float],
        b: Sequence[float],
        color: RGB,
        *,
        opacity: float = 1.0,
        rounding: float = 0.0,
    ) -> None:
        """A filled rectangle."""
        self.draw_list.add_rect_filled(
            p_min=imgui.ImVec2(a[0], a[1]),
            p_max=imgui.ImVec2(b[0], b[1]),
            col=color_u32(color, opacity),
            rounding=rounding * self.scale,
        )

    def frame(self, a: Sequence[float], b: Sequence[float], color: RGB, *, rounding: float = 0.0) -> None:
        """The outline of a rectangle."""
        self.draw_list.add_rect(
            p_min=imgui.ImVec2(a[0], a[1]),
            p_max=imgui.ImVec2(b[0], b[1]),
            col=color_u32(color),
            rounding=rounding * self.scale,
            thickness=self.scale,
        )

    def ramp(self, a: Sequence[float], b: Sequence[float], colors: NDArray[np.float64]) -> None:
        """An upright band of (n, 3) colours, the first at the bottom."""
        top, bottom = a[1], b[1]
        step = (bottom - top) / max(1, len(colors) - 1)
        packed = [color_u32((float(r), float(g), float(b))) for r, g, b in colors]
        for index, (low, high) in enumerate(zip(packed[:-1], packed[1:], strict=True)):
            y1 = bottom - index * step
            self.draw_list.add_rect_filled_multi_color(
                p_min=imgui.ImVec2(a[0], y1 - step),
                p_max=imgui.ImVec2(b[0], y1),
                col_upr_left=high,
                col_upr_right=high,
                col_bot_right=low,
                col_bot_left=low,
            )

    def polygon(self, points: NDArray[np.float64], color: RGB) -> None:
        """A filled shape of (n, 2) points, perhaps concave."""
        self.draw_list.add_concave_poly_filled(
            points=[imgui.ImVec2(float(x), float(y)) for x, y in points], col=color_u32(color)
        )

    def quad(self, points: NDArray[np.float64], color: RGB, opacity: float = 1.0) -> None:
        """A filled shape of (4, 2) points without smoothed edges, so that several join without a seam."""
        a, b, c, d = (imgui.ImVec2(float(x), float(y)) for x, y in points)
        flags = self.draw_list.flags
        self.draw_list.flags = 0
        self.draw_list.add_quad_filled(p1=a, p2=b, p3=c, p4=d, col=color_u32(color, opacity))
        self.draw_list.flags = flags

    def disc(self, x: float, y: float, radius: float, color: RGB) -> None:
        """A filled circle."""
        self.draw_list.add_circle_filled(
            center=imgui.ImVec2(x, y), radius=radius * self.scale, col=color_u32(color)
        )
