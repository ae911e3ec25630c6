"""Curves on a picture and under the pointer."""

from __future__ import annotations

import numpy as np
import pytest

from compute.surface import Curve
from glviz.arrange import Arranger
from glviz.documents import Document
from glviz.scene.camera import Camera
from glviz.scene.curves import build_plot
from glviz.scene.theme import LIGHT, file_color
from glviz.settings import Settings

X = np.linspace(0, 1, 11)
SIZE = (640, 480)


def covered(pixels, color) -> np.ndarray:
    """(n, 2) places (x, y) of the pixels of a colour."""
    near = np.abs(pixels.astype(int) - np.round(np.array(color) * 255).astype(int)).max(axis=2) < 12
    return np.argwhere(near)[:, ::-1]


def draw(plot, pointer=None) -> np.ndarray:
    from glviz.offscreen import screenshot
    from glviz.ui import overlay

    if pointer is None:
        return np.asarray(screenshot([plot], Camera(), SIZE))
    original = overlay.draw
    try:
        overlay.draw = lambda *args, **more: original(*args, **more, pointer=pointer)
        return np.asarray(screenshot([plot], Camera(), SIZE))
    finally:
        overlay.draw = original


def test_each_curve_has_a_colour_and_stands_where_its_values_are(gl_context):
    pixels = draw(build_plot([Curve(X, X), Curve(X, 1 - X)], ["up", "down"], Settings()))
    for index, sign in ((0, -1), (1, 1)):
        found = covered(pixels, file_color(index, LIGHT))
        assert len(found) > 300
        # Pixels run downwards: a rising curve has a negative slope.
        assert np.sign(np.corrcoef(found.T)[0, 1]) == sign


def test_a_missing_value_is_a_gap(gl_context):
    values = X.copy()
    values[4:7] = np.nan
    whole, broken = (
        covered(draw(build_plot([Curve(X, v)], ["a"], Settings())), file_color(0, LIGHT)) for v in (X, values)
    )
    assert 0.4 < len(broken) / len(whole) < 0.8


def test_the_values_under_the_pointer_are_those_of_the_nearest_sample(gl_context, monkeypatch):
    from glviz.ui import curve_plot
    from glviz.ui.canvas import Canvas

    written: list[str] = []
    text = Canvas.text

    def noted(canvas, x, y, content, *more, **named):
        written.append(content)
        text(canvas, x, y, content, *more, **named)

    monkeypatch.setattr(Canvas, "text", noted)
    curve = Curve(X, 1 + X**2, {"accuracy": 1 - X, "loss_stderr": 0.5 + 0 * X})
    plot = build_plot([curve, Curve(X[::2] + 0.05, 3 + X[::2])], ["a", "b"], Settings(metrics="accuracy"))
    boxes = []
    monkeypatch.setattr(curve_plot, "draw_frame", lambda c, box, *a, **k: boxes.append(box))
    draw(plot, pointer=(-1.0, -1.0))
    assert not any("α =" in line for line in written)
    x0, top, x1, _ = boxes[0]
    at = x0 + (x1 - x0) * float(plot.across.forward(0.31))
    for y in (top + 5, boxes[1][3] - 5):  # over the first chart and over the second
        written.clear()
        draw(plot, pointer=(at, y))
        assert [line for line in written if line.startswith(("α =", "loss "))] == [
            "α = 0.3", "loss 1.09 ± 0.5", "loss 3.2 at 0.25",
        ]  # fmt: skip
        assert "accuracy 0.7" in written


@pytest.mark.parametrize(("metrics", "size"), [(8, (800, 600)), (1, (320, 240)), (3, (320, 240))])
def test_no_tick_lies_on_another(gl_context, monkeypatch, metrics, size):
    from glviz.offscreen import screenshot
    from glviz.ui.canvas import Canvas

    boxes: list[tuple[float, float, float, float]] = []
    text = Canvas.text

    def noted(canvas, x, y, said, points, color, *, anchor=(0.0, 0.0), bold=False):
        width, height = canvas.measure(said, points, bold=bold)
        left, top = x - anchor[0] * width, y - anchor[1] * height
        boxes.append((left, top, left + width, top + height))
        text(canvas, x, y, said, points, color, anchor=anchor, bold=bold)

    monkeypatch.setattr(Canvas, "text", noted)
    fields = {f"m{k}": np.cos(k * X) * 10.0**k for k in range(metrics)}
    curve = Curve(1000 + 200 * X, 1 + X**2, fields)
    screenshot([build_plot([curve], ["a"], Settings(metrics="all"))], Camera(), size)
    assert len(boxes) > 2 * metrics
    for index, a in enumerate(boxes):
        for b in boxes[:index]:
            assert min(a[2], b[2]) - max(a[0], b[0]) <= 1 or min(a[3], b[3]) - max(a[1], b[1]) <= 1, (a, b)


def test_curves_share_a_plot_that_is_built_once(tmp_path):
    curves = [Document(tmp_path / n, Curve(X, X), title=n) for n in ("a.ply", "b.ply")]
    arranger = Arranger()
    (plot,) = arranger.arrange(curves, Settings())
    assert plot.titles == ("a.ply", "b.ply")
    assert arranger.arrange(curves, Settings())[0] is plot
    assert arranger.arrange(curves, Settings(height_scale="log"))[0].charts[0].scale.kind == "log"


def test_the_panel_offers_curves_what_applies_to_them(driver):
    driver.rects.clear()
    driver.show(Curve(X, X + 1, {"accuracy": X, "error": X}))
    assert {"height_scale", "background", "clamp_high"} <= set(driver.rects)
    assert not {"contours", "colormap", "slice_axis", "exaggeration"} & set(driver.rects)
    assert driver.log == []


@pytest.mark.parametrize("name", ["accuracy", "error"])
def test_metrics_are_chosen_by_boxes(driver, name):
    driver.show(Curve(X, X + 1, {"accuracy": X, "error": X}))
    driver.click(*driver.boxes[name])
    assert driver.state.settings.metrics == name
    driver.click(*driver.boxes[name])
    assert driver.state.settings.metrics == ""
