"""What is written on a picture can be read: nothing lies on anything else, not in a small pane either."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from compute.surface import Path, Surface
from glviz import resources
from glviz.arrange import Arranger
from glviz.documents import in_memory, open_document
from glviz.offscreen import pixel_scale_for, screenshot
from glviz.scene.camera import Camera
from glviz.settings import Settings
from glviz.ui.canvas import Canvas

X = np.linspace(-1, 1, 33)
META = {
    "model": "a network with a name", "data": {"name": "cifar10", "split": "train", "count": 512},
    "directions": "random",
}  # fmt: skip


def hills(seed: int) -> Surface:
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(3, 8, 2)
    return Surface(X, X, 0.01 + 10 ** (2 + np.sin(a * X)[None, :] * np.cos(b * X)[:, None] * 3), meta=META)


@pytest.fixture
def written(monkeypatch):
    """(text, box in pixels) of all that is written from here on."""
    found, text = [], Canvas.text

    def told(self, x, y, said, size, color, *, anchor=(0.0, 0.0), bold=False):
        width, height = self.measure(said, size, bold=bold)
        left, top = x - anchor[0] * width, y - anchor[1] * height
        found.append((said, (left, top, left + width, top + height)))
        text(self, x, y, said, size, color, anchor=anchor, bold=bold)

    monkeypatch.setattr(Canvas, "text", told)
    return found


@pytest.mark.parametrize(
    ("count", "size", "zoom"),
    [
        (1, (1280, 960), 1.0),
        (1, (320, 240), 1.0),
        (1, (640, 480), 2.2),
        (3, (640, 300), 1.0),
        (6, (900, 500), 1.0),
    ],
)
def test_no_text_lies_on_another(written, count, size, zoom):
    documents = [in_memory(hills(k), f"hills-{k}.ply") for k in range(count)]
    settings = Settings(contour_labels="off", critical_points=True)
    views = Arranger().arrange(documents, settings)
    screenshot(views, Camera(zoom=zoom), size, pixel_scale=pixel_scale_for(size))
    assert len(written) > 10 * count
    on = [
        (one, other)
        for (one, a), (other, b) in combinations(written, 2)
        if min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 2
    ]
    assert not on


def inside(written, size, count: int) -> bool:
    """Whether all that is written lies within the one of so many panes side by side that it begins in."""
    wide = size[0] // count
    return all(
        box[0] // wide == (box[2] - 1) // wide and box[0] > -1 and -2 < box[1] and box[3] < size[1] + 2
        for _, box in written
    )


@pytest.mark.parametrize(
    ("size", "zoom"), [((320, 240), 1.0), ((320, 240), 1.6), ((240, 160), 1.0), ((480, 160), 1.3)]
)
def test_no_label_is_cut_at_the_edge_of_its_pane(written, size, zoom):
    documents = [in_memory(hills(k), f"hills-{k}.ply") for k in range(2)]
    screenshot(Arranger().arrange(documents, Settings()), Camera(zoom=zoom), size)
    assert len(written) > 8 and inside(written, size, 2)


def test_a_small_picture_does_without_the_least_important_texts(written):
    """First the notices go, then the legend, then what was computed; the title and the ticks stay."""
    document = in_memory(hills(0), "hills.ply")
    views = Arranger().arrange([document], Settings())
    seen = []
    for size in ((1280, 960), (460, 400), (400, 240), (320, 200)):
        written.clear()
        screenshot(views, Camera(), size)
        texts = [text for text, _ in written]
        above = max((box[3] for text, box in written if box[0] < 20 and box[1] < 0.3 * size[1]), default=0)
        assert above < 0.2 * size[1]
        seen.append([
            any("drawn on a log scale" in text for text in texts),
            any("maxima" in text for text in texts),
            any("a network with" in text for text in texts),
            "hills.ply" in texts and "\N{MINUS SIGN}1.0" in texts,
        ])  # fmt: skip
    assert seen[0] == [True] * 4 and seen[-1] == [False, False, False, True]
    for larger, smaller in zip(seen[:-1], seen[1:], strict=True):
        assert all(was or not now for was, now in zip(larger, smaller, strict=True)), seen


def test_a_narrow_pane_has_no_bar_on_its_surface(written):
    settings = Settings(title=False, axes=False, legend=False)
    views = Arranger().arrange([in_memory(hills(0), "hills.ply")], settings)
    for size, shown in (((320, 240), True), ((140, 240), False)):
        written.clear()
        screenshot(views, Camera(), size)
        assert bool(written) == shown


def test_only_a_window_has_handles_beside_its_histogram(monkeypatch):
    from glviz.ui import overlay

    corners, draw = [], overlay.draw
    polygon = Canvas.polygon

    def noted(self, points, color):
        corners.append(len(points))
        polygon(self, points, color)

    monkeypatch.setattr(Canvas, "polygon", noted)
    settings = Settings(histogram=True, legend=False, critical_points=False)
    views = Arranger().arrange([in_memory(hills(0), "hills.ply")], settings)
    screenshot(views, Camera())
    assert corners == []
    monkeypatch.setattr(overlay, "draw", lambda *given, **more: draw(*given, **more, live=True))
    screenshot(views, Camera())
    assert corners == [3, 3]


def test_a_path_of_one_point_has_one_point(written):
    step = Path([0.5], [0.5], name="one")
    walked = in_memory(hills(0).replace(paths=(step,)), "hills.ply")
    screenshot(Arranger().arrange([walked], Settings()), Camera())
    assert "one, 1 point" in [text for text, _ in written]


def test_the_legend_says_how_many_of_the_proven_points_are_shown(written):
    """In the range of both, one of three minima is too shallow to be marked."""
    folder = resources.sample_dir()
    documents = [open_document(folder / f"{name}.ply") for name in ("resnet56", "resnet56_noshort")]
    views = Arranger().arrange(documents, Settings())
    (first, _) = views
    shown = sum(point.kind == "minimum" for point in first.critical_points)
    screenshot(views, Camera(), (1240, 600), pixel_scale=1.0)
    assert f"3 of 6 minima above the noise, {shown} shown" in [said for said, _ in written]
    assert shown < 3


@pytest.mark.parametrize(("count", "size"), [(1, (1280, 960)), (1, (320, 240)), (4, (900, 500))])
def test_colours_of_labels_are_named_as_far_as_there_is_room(written, count, size):
    numbers = np.add.outer(np.arange(33) // 3 * 11, np.arange(33) // 3).astype(float)
    numbers[0, 0] = np.nan
    surface = hills(0).replace(metrics={"basin": numbers}, meta={**META, "labels": ["basin"]})
    views = Arranger().arrange([in_memory(surface, "a.ply")] * count, Settings(color_by="basin"))
    screenshot(views, Camera(), size, pixel_scale=pixel_scale_for(size))
    said = [text for text, _ in written]
    assert said.count("basin") == said.count("none") == said.count("0") == count
    assert sum(text.endswith(" more") for text in said) == count
    assert all(box[2] <= size[0] and box[3] <= size[1] for text, box in written)


def test_the_ground_under_a_text_is_quiet_but_where_there_is_none():
    document = in_memory(hills(0), "hills.ply")
    for transparent in (False, True):
        settings = Settings(
            transparent=transparent, axes=False, scalar_bar=False, legend=False, critical_points=False
        )
        views = Arranger().arrange([document], settings)
        camera = Camera(zoom=4.0)  # the surface fills the picture
        drawn = np.asarray(screenshot(views, camera, (400, 300), transparent=transparent)).astype(int)
        bare = Arranger().arrange([document], Settings(**{**vars(settings), "title": False}))
        without = np.asarray(screenshot(bare, camera, (400, 300), transparent=transparent)).astype(int)
        changed = np.abs(drawn - without).max(axis=-1) > 20
        share = changed[16:32, 16:80].mean()  # of the title's rectangle: letters, or all of it
        assert share < 0.4 if transparent else share > 0.6


@pytest.mark.parametrize("scale", ["linear", "log", "rank"])
def test_a_frame_while_turning_makes_no_pass_over_the_data(driver, monkeypatch, scale):
    """Text, bar, panel and labels are laid out anew, but of what the view keeps: large files turn freely."""
    import tracemalloc
    from dataclasses import replace

    x = np.linspace(-1, 1, 1537)
    loss = 0.1 + x[None, :] ** 2 + np.cos(3 * x)[:, None] ** 2
    driver.show(Surface(x, x, loss, {"accuracy": 1 / (1 + loss)}))
    driver.set(contour_labels="on", histogram=True, slice_axis="x", height_scale=scale, pins="0.1,0.2")
    driver.move(600, 1500)  # over the surface, which is read there
    driver.frames(4)
    kept = driver.views  # the window arranges anew when files or settings change, and only then
    monkeypatch.setattr(driver.arranger, "arrange", lambda *_: kept)
    driver.state = replace(driver.state, camera=driver.state.camera.orbit(3.0, 1.0))
    driver.frames(2)
    tracemalloc.start()
    try:
        driver.state = replace(driver.state, camera=driver.state.camera.orbit(3.0, 1.0))
        driver.frames(1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert driver.views[0].height.values.size == 1537**2
    assert peak < 4 * 1537**2, "less than a single precision number for every value"
    assert driver.log == []
