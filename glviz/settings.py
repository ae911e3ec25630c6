"""Everything about how a surface looks, as one immutable value.

The window, the offscreen picture and the command line share these; the state before a
change is simply the previous value. Where the camera stands is in ``scene/camera.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from glviz.options import option

SCALES = ("auto", "linear", "log", "symlog", "asinh", "rank")


def _colormaps() -> tuple[str, ...]:
    from glviz.scene.colormap import names

    return names()


def _colormap_file(name: str) -> bool:
    from glviz.scene.colormap import is_file, table

    return is_file(name) and table(name) is not None


def _color(text: str) -> bool:
    from glviz.scene.colormap import parse_color

    return parse_color(text) is not None


def _levels(text: str) -> bool:
    from compute.scales import parse_levels

    return len(parse_levels(text)) > 0


def _places(text: str) -> bool:
    from glviz.scene.pins import parse_pins

    return bool(parse_pins(text)) or not text


@dataclass(frozen=True)
class Settings:
    """How a surface looks. Defaults must make any surface look right."""

    field: str = option("", "which of the file's fields is height; empty for the file's own", group="Data")
    color_by: str = option("", "which field is colour; empty for the height", group="Data", label="colour by")

    metrics: str = option(
        "",
        "further metrics of a curve to plot below its loss: names with commas, or all",
        group="Data",
    )

    compare: str = option(
        "side",
        "several surfaces side by side, overlaid in one box, the second minus the first, or one at a time",
        group="Files",
        choices=("side", "overlay", "difference", "step"),
        key="K",
    )
    same_range: bool = option(
        True,
        "compared surfaces share the range of height and colour and the iso-levels",
        group="Files",
        label="same range",
    )

    watch: bool = option(True, "read a file again when it changes", group="Files", label="reload")

    height_scale: str = option(
        "auto",
        "scale of the height; auto is log where the data span over three decades",
        group="Height",
        label="scale",
        choices=SCALES,
        key="L",
    )
    exaggeration: float = option(
        1.0,
        "height of the surface relative to its width",
        group="Height",
        low=0.05,
        high=5.0,
        unit="x",
        logarithmic=True,
    )
    clamp_low: float | None = option(None, "values below are drawn at this one", group="Height", label="low")
    clamp_high: float | None = option(
        None, "values above are drawn at this one", group="Height", label="high"
    )
    percentile_low: float = option(
        0.0, "clamp below this percentile of the values", group="Height", low=0.0, high=99.0, unit="%"
    )
    percentile_high: float = option(
        100.0, "clamp above this percentile of the values", group="Height", low=1.0, high=100.0, unit="%"
    )

    interpolation: str = option(
        "bilinear",
        "between the grid points: bilinear as the values are read, or smooth for the eye",
        group="Surface",
        choices=("bilinear", "smooth"),
    )
    wireframe: bool = option(False, "lines of the file's own grid", group="Surface", key="W")
    opacity: float = option(
        1.0,
        "of the surface; the lines on it stay, so that 0 leaves them standing in space",
        group="Surface",
        low=0.0,
        high=1.0,
    )

    colormap: str = option(
        "viridis",
        "colour map: a name, or a text file with a colour a line",
        group="Colour",
        label="map",
        choices=_colormaps,
        accepts=_colormap_file,
    )
    color_kind: str = option(
        "auto",
        "what the numbers of the colour's field are: values, or labels, such as of basins, each in a colour "
        "of its own with nothing in between; auto goes by what the file says of the field",
        group="Colour",
        label="numbers are",
        choices=("auto", "values", "labels"),
    )
    color_scale: str = option(
        "same",
        "scale of the colour; same follows the height",
        group="Colour",
        label="scale",
        choices=("same", *SCALES[1:]),
    )
    color_center: float | None = option(
        None,
        "value in the middle of the colours, for a diverging map (vik instead of viridis)",
        group="Colour",
        label="centre",
    )
    bands: int = option(
        0, "number of distinct colours, 0 for a continuous map", group="Colour", low=0, high=40
    )
    mark_clamped: bool = option(
        True, "values beyond the ends in colours of their own", group="Colour", label="mark clamped"
    )
    color_below: str = option(
        "",
        "colour of values below the low end, such as #101010; empty for a dark one",
        group="Colour",
        label="below",
        accepts=_color,
    )
    color_above: str = option(
        "",
        "colour of values above the high end; empty for a light one",
        group="Colour",
        label="above",
        accepts=_color,
    )
    missing: str = option(
        "hatched",
        "what marks cells without a finite value on the floor",
        group="Colour",
        choices=("hatched", "none"),
    )
    shading: float = option(0.6, "strength of the light", group="Colour", low=0.0, high=1.0)
    background: str = option(
        "light", "background of the picture", group="Colour", choices=("light", "dark"), key="B"
    )

    contours: bool = option(
        True, "iso-lines on the surface", group="Contours", label="on the surface", key="C"
    )
    floor: bool = option(
        True, "iso-lines projected on the floor", group="Contours", label="on the floor", key="G"
    )
    contour_count: int = option(15, "number of iso-levels", group="Contours", label="levels", low=1, high=60)
    contour_spacing: str = option(
        "auto",
        "how the levels are spaced; auto follows the scale of the height",
        group="Contours",
        label="spacing",
        choices=("auto", "linear", "log", "quantile"),
    )
    contour_step: float | None = option(
        None,
        "difference between neighbouring levels, instead of their number",
        group="Contours",
        label="step",
        low=1e-300,
    )
    levels: str = option(
        "",
        "the iso-levels themselves, with commas between them, instead of their number",
        group="Contours",
        label="values",
        accepts=_levels,
        hint="0.1, 0.5, 1",
    )
    contour_color: str = option(
        "ink",
        "colour of the lines on the surface: ink to be seen, value for the map's, or a colour of your own",
        group="Contours",
        label="colour",
        choices=("ink", "value"),
        accepts=_color,
    )
    contour_labels: str = option(
        "auto",
        "values written on the lines; auto does so on the map",
        group="Contours",
        label="labels",
        choices=("auto", "on", "off"),
    )
    contour_geometry: bool = option(
        False,
        "draw the surface's iso-lines as wide marching-squares lines",
        group="Contours",
        label="wide lines",
    )

    critical_points: bool = option(
        True, "minima, saddles and maxima", group="Features", label="critical points", key="M"
    )
    minima: bool = option(True, "the minima among the critical points", group="Features")
    saddles: bool = option(True, "the saddles among them", group="Features")
    maxima: bool = option(True, "the maxima among them", group="Features")
    min_persistence: float = option(
        0.01,
        "hide critical points of less persistence, as a share of the drawn range",
        group="Features",
        label="persistence",
        low=0.0,
        high=1.0,
    )
    noise: float | None = option(
        None,
        "standard error of a value: critical points that differ from their partner by less than three "
        "standard errors of the difference are drawn hollow",
        group="Features",
        label="noise",
        low=0.0,
    )
    paths: bool = option(True, "descent paths", group="Features", label="descent paths", key="P")
    path_height: str = option(
        "surface",
        "paths lie on the surface, or run at their true loss, with stems to the surface below or above",
        group="Features",
        label="paths at",
        choices=("surface", "true loss"),
    )
    path_fade: bool = option(
        False, "paths fade with their distance from the plane", group="Features", label="fade off plane"
    )
    path_progress: float = option(
        1.0,
        "how much of the paths is drawn; Space replays them",
        group="Features",
        label="progress",
        low=0.0,
        high=1.0,
    )

    pins: str = option(
        "",
        "labelled points of the plane, such as 0,0;0.5,-0.25",
        group="Features",
        label="pinned points",
        accepts=_places,
        hint="click on the surface",
    )

    slice_axis: str = option(
        "none",
        "slice plane: across an axis, upright at any angle, or level at a height",
        group="Slice",
        label="across",
        choices=("none", "x", "y", "angle", "level"),
        key="X",
    )
    slice_angle: float = option(
        45.0,
        "direction of an upright slice from the first axis, in the units of the axes",
        group="Slice",
        label="angle",
        low=-180.0,
        high=180.0,
        unit="deg",
    )
    slice_position: float | None = option(
        None,
        "where the slice is: a coordinate, at an angle the distance from the origin, level a height; "
        "automatic is through the lowest value, or the origin where that is beside the rim; at an angle "
        "through the origin, level in the middle",
        group="Slice",
        label="position",
    )
    profile: bool = option(True, "plot of the values along a slice", group="Slice")
    slice_cut: bool = option(
        True, "hide the surface in front of the slice plane", group="Slice", label="cut away"
    )

    axes: bool = option(True, "box, ticks and axis names", group="Picture", key="A")
    axis_labels: bool = option(
        True,
        "values and names along the axes; without them the box stays",
        group="Picture",
        label="axis labels",
    )
    scalar_bar: bool = option(
        True, "bar of the colours with its ticks", group="Picture", label="scalar bar", key="S"
    )
    histogram: bool = option(
        False,
        "how many values there are of each, beside the bar; drag its ends to set low and high",
        group="Picture",
        key="N",
    )
    title: bool = option(True, "name of the file and what was computed", group="Picture", key="T")
    legend: bool = option(True, "what the markers and the lines of paths are", group="Picture")
    transparent: bool = option(
        False,
        "pictures are saved without their background, as PNG, and films as GIF; the window keeps its own",
        group="Picture",
    )
    scale: float = option(
        1.0,
        "pixels of a saved picture for each of its size or of the window: the same picture, finer",
        group="Picture",
        label="saved at",
        low=0.05,
        high=32.0,
        unit="x",
        logarithmic=True,
    )
