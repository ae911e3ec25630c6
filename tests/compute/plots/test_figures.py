"""Figures hold what was asked for: seen in the axes that were made, and in the files by other programs."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pypdf
import pytest
from PIL import Image

from compute.errors import ArgumentError, UsageError
from compute.plots import Look, plot
from compute.plots.contours import map_figure
from compute.plots.curves import curve_figure
from compute.plots.style import styled
from compute.scales import choose_scale, iso_levels
from compute.surface import NOT_FINITE, OK, PENDING, CriticalPoint, HeightMesh, Path

SVG = "{http://www.w3.org/2000/svg}"


def draw_map(surfaces, look=None, titles=None):
    with styled():
        return map_figure(surfaces, titles or [""] * len(surfaces), look or Look())


def lines_of(panel):
    from matplotlib.contour import QuadContourSet

    return next(c for c in panel.collections if isinstance(c, QuadContourSet) and not c.filled)


# --- maps --------------------------------------------------------------------------------


def test_a_map_has_the_levels_of_the_viewer_and_lines_through_their_values(bowl):
    drawn = draw_map([bowl])
    scale, _ = choose_scale(bowl.loss)
    assert scale.kind == "log", "four decades"
    assert drawn.levels == pytest.approx(iso_levels(scale, bowl.loss, 15))
    lines = lines_of(drawn.panels[0])
    assert len(lines.get_paths()) == len(drawn.levels)
    for level, path in zip(drawn.levels, lines.get_paths(), strict=True):
        points = path.vertices[~np.isnan(path.vertices).any(axis=1)]
        radius = np.hypot(points[:, 0] - 0.25, points[:, 1])
        # On the logarithm of this loss, which is a cone, lines are circles of known radius.
        expected = (np.log10(level) + 3) / 4
        assert np.abs(radius - expected).max() < 0.02


def test_a_plane_of_one_value_is_filled_with_the_colour_of_its_bar(bowl, tmp_path):
    flat = bowl.replace(loss=np.full(bowl.shape, 2.0), metrics={}, paths=())
    plot([flat], tmp_path / "flat.png", Look(filled=True, critical="none"))
    pixels = np.asarray(Image.open(tmp_path / "flat.png").convert("RGB"))
    colors, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    (colored,) = colors[(counts > 0.3 * counts.sum()) & (np.ptp(colors.astype(int), axis=1) > 30)]
    assert (pixels[pixels.shape[0] // 2, -pixels.shape[1] // 4 :] == colored).all(axis=1).any()


def test_labels_name_their_level_and_keep_clear_of_each_other_and_of_the_path(bowl):
    panel = draw_map([bowl], Look(critical="none")).panels[0]
    texts = [t for t in panel.texts if t.get_text()]
    assert len(texts) >= 4
    for text in texts:
        x, y = text.get_position()
        value = float(text.get_text().replace("\N{MINUS SIGN}", "-"))
        assert np.log10(value) == pytest.approx(4 * np.hypot(x - 0.25, y) - 3, abs=0.1)
    panel.figure.canvas.draw()
    boxes = [t.get_window_extent() for t in texts]
    for k, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:k])
    path = panel.transData.transform(np.stack([bowl.paths[0].x, bowl.paths[0].y], axis=1))
    assert not any(box.contains(*point) for box in boxes for point in path)


def test_labels_of_a_narrow_range_differ_as_their_levels_do(bowl):
    narrow = bowl.replace(loss=12345.67 + 0.2 * np.log10(bowl.loss), paths=())
    drawn = draw_map([narrow], Look(critical="none"))
    texts = {t.get_text() for t in drawn.panels[0].texts} - {""}
    assert len(texts) >= 4
    assert {float(text) for text in texts} <= set(np.round(drawn.levels, 6).tolist())


def test_panels_share_their_levels_and_range(bowl):
    other = bowl.replace(loss=bowl.loss * 100, paths=())
    drawn = draw_map([bowl, other], titles=["a", "b"])
    first, second = (lines_of(panel) for panel in drawn.panels)
    assert first.levels.tolist() == second.levels.tolist()
    assert (drawn.scale.low, drawn.scale.high) == (bowl.loss.min(), other.loss.max())
    assert [panel.get_title() for panel in drawn.panels] == ["a", "b"]


def test_axes_of_one_unit_are_drawn_alike_and_name_the_variance(bowl):
    panel = draw_map([bowl]).panels[0]
    assert panel.get_aspect() == 1.0
    assert panel.get_xlabel() == "PCA 1 (91.2\N{NO-BREAK SPACE}% of the variance)"
    assert panel.get_ylabel().startswith("PCA 2 (5.0\N{NO-BREAK SPACE}%")
    uneven = bowl.replace(meta={**bowl.meta, "direction_norms": [1.0, 3.0]})
    assert draw_map([uneven]).panels[0].get_aspect() == "auto"
    assert draw_map([uneven], Look(aspect="equal")).panels[0].get_aspect() == 1.0


def test_levels_can_be_given_counted_and_spaced(bowl):
    assert draw_map([bowl], Look(levels=(0.01, 1.0, 9e9))).levels.tolist() == [0.01, 1.0]
    few = draw_map([bowl], Look(count=4)).levels
    assert 2 <= len(few) <= 7
    shares = draw_map([bowl], Look(count=9, spacing="quantile")).levels
    below = [np.mean(bowl.loss < level) for level in shares]
    assert below == pytest.approx(np.arange(1, 10) / 10, abs=0.01)


def test_marks_have_the_shapes_of_the_viewer(bowl):
    from compute.plots.marks import shown_points

    points = (
        CriticalPoint("minimum", 0.25, 0, 0.001, np.inf, significant=True),
        CriticalPoint("saddle", 0.5, 0.2, 1.0, 0.9, significant=True),
        CriticalPoint("maximum", -0.5, 0.2, 1.0, 0.5, significant=False),
        CriticalPoint("minimum", -1, -0.75, 3.0, np.inf, boundary=True),
    )
    marked = bowl.replace(critical_points=points)
    drawn = draw_map([marked])
    shapes = {line.get_marker(): line.get_xydata().tolist() for line in drawn.panels[0].lines}
    assert shapes["v"] == [[0.25, 0.0]] and shapes["X"] == [[0.5, 0.2]]
    assert "^" not in shapes, "it is noise"
    assert shapes["*"] == [[0.25, 0.0]], "the end of the path"
    (legend,) = drawn.figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["start", "end", "minimum", "saddle"]
    assert len(shown_points(marked, drawn.scale, Look(critical="all"))) == 3
    assert shown_points(marked, drawn.scale, Look(critical="none")) == []


def test_cells_without_values_are_hatched_and_named(bowl):
    loss, status = bowl.loss.copy(), np.full(bowl.shape, OK, np.uint8)
    loss[:4, :4], status[:4, :4] = np.nan, NOT_FINITE
    loss[-3:], status[-3:] = np.nan, PENDING
    drawn = draw_map([bowl.replace(loss=loss, status=status)])
    (legend,) = drawn.figure.legends
    assert [t.get_text() for t in legend.get_texts()][-2:] == ["not finite", "not computed yet"]
    hatched = {c.get_hatch(): len(c.get_paths()) for c in drawn.panels[0].collections if c.get_hatch()}
    assert sorted(hatched.values()) == [16, 96], "each cell that touches such a point"


def test_several_paths_have_colours_and_names(bowl):
    other = Path([1.0, 0.25], [-0.5, 0.0], name="adam")
    drawn = draw_map([bowl.replace(paths=(*bowl.paths, other))], Look(critical="none"))
    (legend,) = drawn.figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["sgd", "adam", "start", "end"]
    assert not draw_map([bowl], Look(paths=False, critical="none")).figure.legends


def test_another_field_is_drawn_and_a_missing_one_refused(bowl):
    drawn = draw_map([bowl], Look(field="accuracy", filled=True))
    assert drawn.scale.high == pytest.approx(bowl.metrics["accuracy"].max())
    with pytest.raises(UsageError, match="there are: loss, accuracy"):
        draw_map([bowl], Look(field="nothing"))


def test_no_label_is_clipped_and_no_text_runs_into_another(bowl):
    strip = bowl.replace(y=bowl.y / 2.5)
    for look in (Look(), Look(filled=True), Look(width=7.2, font_size=11)):
        figure = draw_map([strip], look).figure
        figure.canvas.draw()
        width, height = figure.bbox.size
        for axes in figure.axes:
            for text in (axes.xaxis.label, axes.yaxis.label, axes.title):
                box = text.get_window_extent()
                assert not text.get_text() or (box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1)
                assert box.y1 <= height + 1


# --- curves ------------------------------------------------------------------------------


def draw_curves(curves, look=None, names=None):
    with styled():
        return curve_figure(curves, names or [str(k) for k in range(len(curves))], look or Look())


def test_one_curve_has_loss_left_and_accuracy_right_train_solid_and_test_dashed(curve):
    left, right = draw_curves([curve]).axes
    (train, test), (accuracy, test_accuracy) = left.lines[:2], right.lines[:2]
    assert (train.get_linestyle(), test.get_linestyle()) == ("-", "--")
    assert (accuracy.get_linestyle(), test_accuracy.get_linestyle()) == ("-", "--")
    assert train.get_ydata() == pytest.approx(curve.loss)
    assert test_accuracy.get_ydata() == pytest.approx(curve.metrics["test_accuracy"])
    assert train.get_color() == left.yaxis.label.get_color() != right.yaxis.label.get_color()
    assert (left.get_ylabel(), right.get_ylabel()) == ("Loss", "Accuracy (%)")
    assert left.get_xlabel() == "\u03b1 (random, filter-normalised)"


def test_a_log_axis_spaces_decades_evenly(curve):
    left = draw_curves([curve], Look(scale="log")).axes[0]
    left.figure.canvas.draw()
    heights = left.transData.transform([(0, 0.01), (0, 0.1), (0, 1.0)])[:, 1]
    assert heights[1] - heights[0] == pytest.approx(heights[2] - heights[1])
    assert left.get_ylabel() == "Loss (log scale)"


def test_several_curves_are_told_apart_by_colour_and_named(curve):
    figure = draw_curves([curve, curve], names=["sgd", "adam"])
    upper, lower = figure.axes
    colors = [line.get_color() for line in upper.lines[:4]]
    assert colors[0] == colors[1] != colors[2] == colors[3]
    assert lower.get_ylabel() == "Accuracy (%)"
    (legend,) = figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["sgd", "adam", "train", "test"]
    twin = draw_curves([curve, curve], Look(accuracy="right"))
    assert twin.axes[0].bbox.bounds == twin.axes[1].bbox.bounds
    assert len(draw_curves([curve], Look(accuracy="none")).axes) == 1


def test_the_standard_error_is_shaded(curve):
    left = draw_curves([curve], Look(stderr=True)).axes[0]
    (band,) = left.collections
    top = band.get_paths()[0].vertices[:, 1].max()
    assert top == pytest.approx(1.1 * curve.loss.max())


# --- files -------------------------------------------------------------------------------


def test_the_same_surface_gives_the_same_bytes_in_another_process_too(tmp_path, bowl):
    code = """
import sys
from compute import load
from compute.plots import plot, Look
for kind in ("pdf", "svg", "png"):
    plot([load(sys.argv[1])], f"{sys.argv[2]}.{kind}", Look(filled=True))
"""
    bowl.save(tmp_path / "bowl.ply")
    command = [sys.executable, "-c", code, tmp_path / "bowl.ply", tmp_path / "a"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    for kind in ("pdf", "svg", "png"):
        plot([bowl], tmp_path / f"b.{kind}", Look(filled=True))
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_pdf_has_lines_and_text_in_embedded_truetype(tmp_path, bowl):
    plot([bowl], tmp_path / "a.pdf", Look(width=3.5))
    (page,) = pypdf.PdfReader(tmp_path / "a.pdf").pages
    assert float(page.mediabox.width) == pytest.approx(3.5 * 72, abs=0.1)
    assert "PCA 1 (91.2" in page.extract_text() and "minimum" in page.extract_text()
    operators = re.findall(rb"(?<=\s)(l|c|S|f)(?=\s)", page.get_contents().get_data())
    assert operators.count(b"l") > 300 and operators.count(b"S") > 15
    assert not page.images
    for font in page["/Resources"]["/Font"].values():
        font = font.get_object()
        inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        assert font["/Subtype"] != "/Type3" and "/FontFile2" in inner["/FontDescriptor"]


def test_svg_has_one_group_of_lines_and_its_text_as_text(tmp_path, bowl):
    plot([bowl], tmp_path / "a.svg")
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    groups = [g for g in root.iter(f"{SVG}g") if g.get("id", "").startswith("QuadContourSet")]
    assert len(groups) == 1
    assert len(list(groups[0].iter(f"{SVG}path"))) == len(draw_map([bowl]).levels)
    words = " ".join("".join(t.itertext()) for t in root.iter(f"{SVG}text"))
    assert "PCA 1 (91.2" in words and "start" in words
    assert root.get("width") == "252pt"


def test_png_has_the_size_asked_for(tmp_path, bowl, curve):
    plot([bowl], tmp_path / "a.png", Look(width=4.0, height=3.0), dpi=100)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (400, 300)
    plot([curve], tmp_path / "b.png")
    with Image.open(tmp_path / "b.png") as picture:
        assert picture.size[0] == 1050 and picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_matplotlibs_own_settings_neither_change_a_figure_nor_are_changed(tmp_path, bowl):
    import matplotlib

    plot([bowl], tmp_path / "a.svg")
    with matplotlib.rc_context({"axes.linewidth": 5.0, "font.size": 30.0, "svg.fonttype": "path"}):
        plot([bowl], tmp_path / "b.svg")
        assert matplotlib.rcParams["axes.linewidth"] == 5.0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_drawing_loads_no_pyplot_and_no_torch(tmp_path, bowl):
    bowl.save(tmp_path / "bowl.ply")
    code = (
        "import sys; from compute.cli import main; main(sys.argv[1:]); "
        "print(*sorted({'torch', 'matplotlib.pyplot', 'moderngl'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, "plot", tmp_path / "bowl.ply", "-o", tmp_path / "a.pdf"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == [f"saved {tmp_path / 'a.pdf'}", ""], done.stderr


# --- what cannot be drawn ----------------------------------------------------------------


def test_what_does_not_go_into_one_figure_is_refused(tmp_path, bowl, curve):
    mesh = HeightMesh([0, 1, 0], [0, 0, 1], [1, 2, 3], [[0, 1, 2]])
    for data, words in (
        ([bowl, curve], "1 surface and 1 curve"),
        ([mesh], "1 mesh"),
        ([], "nothing was given"),
    ):
        with pytest.raises(UsageError, match=words):
            plot(data, tmp_path / "a.pdf")
    with pytest.raises(UsageError, match="2 titles for 1 files"):
        plot([bowl], tmp_path / "a.pdf", Look(titles=("a", "b")))
    with pytest.raises(UsageError, match=r"\.xyz"):
        plot([bowl], tmp_path / "a.xyz")
    with pytest.raises(UsageError, match="Did you mean 'viridis'"):
        plot([bowl], tmp_path / "a.pdf", Look(colormap="virids"))
    with pytest.raises(UsageError, match="no value is finite"):
        plot([bowl.replace(loss=bowl.loss * np.nan)], tmp_path / "a.pdf")
    assert not list(tmp_path.iterdir())


def test_texts_from_files_are_taken_literally_and_titles_may_have_mathematics(tmp_path, bowl):
    strange = bowl.replace(
        meta={"directions": "$x_{, _b\n$"}, paths=(Path([0, 0.5], [0, 0.5], name="_$a"),) * 2
    )
    plot([strange], tmp_path / "a.svg", names=["$\\frac{ \u4e2d"])
    text = (tmp_path / "a.svg").read_text()
    assert all(words in text for words in ("($x_{)", "_$a", "$\\frac{ \u4e2d"))
    plot([bowl], tmp_path / "b.svg", Look(titles=("$\\theta_0$",)))
    assert "\u03b8" in (tmp_path / "b.svg").read_text(), "a letter, set as mathematics"


def test_a_grid_without_cells_is_refused(tmp_path, bowl):
    with pytest.raises(UsageError, match="nothing lies between"):
        plot([bowl.replace(y=[0.0], loss=bowl.loss[:1], status=None, metrics={})], tmp_path / "a.pdf")


@pytest.mark.parametrize(
    "wrong", [{"scale": "cubic"}, {"width": 0}, {"font_size": 400}, {"count": 0}, {"low": 2.0, "high": 1.0}]
)
def test_a_look_that_cannot_be_is_refused(wrong):
    with pytest.raises(ArgumentError, match="choosing how a figure looks"):
        Look(**wrong)


def test_without_matplotlib_the_extra_is_named(tmp_path, bowl, monkeypatch, capsys):
    from compute.cli import main

    bowl.save(tmp_path / "bowl.ply")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["plot", str(tmp_path / "bowl.ply"), "-o", str(tmp_path / "a.pdf")]) == 2
    error = capsys.readouterr().err
    assert 'pip install "glviz[plot]"' in error and "Traceback" not in error


def test_saving_into_a_stream_leaves_an_old_file_when_it_fails(tmp_path, bowl):
    from compute.plots.saving import save_figure

    (tmp_path / "a.pdf").write_bytes(b"old")

    class Broken:
        def savefig(self, stream: io.BufferedIOBase, **options: object) -> None:
            stream.write(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        save_figure(Broken(), tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == b"old"
