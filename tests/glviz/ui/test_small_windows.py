"""Large text in a small window: it stays within bounds, and the panel leaves room for the picture."""

from __future__ import annotations

from dataclasses import replace

import pytest

from glviz.ui.layout import SCALES, Layout
from glviz.ui.panel import NARROWEST
from glviz.ui.places import felt_scale, fitting_scale

SMALL = (800, 600)


@pytest.mark.parametrize("size", [(480, 360), (800, 600), (1280, 720), (3840, 2160)])
@pytest.mark.parametrize("own", [0.5, 1.0, 1.25, 2.0])
def test_text_grows_as_far_as_the_window_has_room(size, own):
    shown = [fitting_scale(size, own, wanted) for wanted in SCALES]
    assert shown == sorted(shown)
    for wanted, scale in zip(SCALES, shown, strict=True):
        assert scale == own * wanted or scale == shown[-1], "smaller only where there is no room"
        assert scale >= min(own * wanted, own), "the display's own scale is not questioned"
        if scale > own:
            assert size[0] / scale >= 480 - 1e-9 and size[1] / scale >= 360 - 1e-9


def test_each_step_of_the_scale_is_seen():
    assert fitting_scale(SMALL, 1.0, 3.0) == pytest.approx(5 / 3)
    assert felt_scale(SMALL, 1.0, 1.15, 1.3) == 1.3
    assert felt_scale(SMALL, 1.0, 1.5, 1.75) == 1.75, "a part of the step has room"
    assert felt_scale(SMALL, 1.0, 1.75, 2.0) == 1.75
    assert felt_scale(SMALL, 1.0, 3.0, 2.5) == 1.5, "left by a larger window: at once what is seen"
    assert felt_scale(SMALL, 1.0, 3.0, 1.0) == 1.0
    assert felt_scale((3840, 2160), 1.0, 2.5, 3.0) == 3.0


def small(driver, wanted: float, size=SMALL) -> None:
    driver.window, driver.scale = size, fitting_scale(size, 1.0, wanted)
    driver.frames(3)


@pytest.mark.parametrize("side", ["left", "right"])
def test_without_room_for_it_the_panel_is_a_tab_that_opens_it(driver, side):
    driver.state = replace(driver.state, layout=Layout(side=side))
    small(driver, 3.0)
    parts = driver.parts
    assert parts.narrow and parts.panel is None and not driver.state.panel
    assert parts.picture[2] > 0.9 * SMALL[0]
    left, top, width, height = parts.tab
    assert left == (0 if side == "left" else SMALL[0] - width) and height == SMALL[1]
    driver.click(left + width / 2, 0.3 * SMALL[1])
    parts = driver.parts
    assert driver.state.panel and parts.panel is not None
    assert parts.panel[2] <= 0.6 * SMALL[0] and parts.picture[2] > 0.35 * SMALL[0]
    assert parts.panel[2] + parts.tab[2] + parts.picture[2] == SMALL[0]
    # The tab is between them, and closes it again.
    left, _, width, _ = parts.tab
    driver.click(left + width / 2, 0.7 * SMALL[1])
    assert driver.parts.panel is None
    assert driver.state.layout.panel and driver.state.layout.side == side, "other windows have it"
    assert driver.log == []


def test_the_key_of_the_panel_opens_and_closes_it_there_too(driver):
    small(driver, 3.0)
    assert driver.key("Ctrl+B").panel and driver.parts.panel is not None
    assert not driver.key("Ctrl+B").panel and driver.parts.panel is None
    driver.key("Ctrl+B")
    small(driver, 1.0, (1200, 800))
    assert driver.parts.panel is not None and driver.parts.tab is None and driver.state.layout.panel
    small(driver, 3.0)
    assert driver.parts.panel is None, "it does not stay open when a window shrinks"


def test_with_room_for_it_the_panel_is_there_and_no_tab(driver):
    for size, wanted in (((800, 600), 1.0), ((1280, 720), 2.0), ((1280, 720), 1.0)):
        small(driver, wanted, size)
        assert driver.parts.tab is None and not driver.parts.narrow
        assert NARROWEST * driver.scale <= driver.parts.panel[2] <= 0.45 * size[0]


def test_a_low_panel_has_room_for_options_and_the_readings_are_at_the_pointer(driver, monkeypatch):
    from glviz.ui import interface, panel

    shown = []
    monkeypatch.setattr(interface, "_tip", lambda probe: shown.append("tip"))
    monkeypatch.setattr(panel.Panel, "_footer", lambda *given: shown.append("footer"))
    for size, wanted, there in (((1280, 720), 2.0, "tip"), ((1280, 720), 1.0, "footer")):
        small(driver, wanted, size)
        left, top, width, height = driver.parts.picture
        shown.clear()
        driver.move(left + width / 2, top + height / 2)
        driver.frames(2)
        assert set(shown) == {there}


def test_plots_of_a_slice_are_never_squeezed(driver, monkeypatch):
    from glviz.ui import dock

    sizes = []
    begin = dock.implot.begin_plot

    def noted(name, size, flags):
        sizes.append(size)
        return begin(name, size, flags)

    monkeypatch.setattr(dock.implot, "begin_plot", noted)
    driver.set(slice_axis="x")
    for size, wanted in (((800, 600), 3.0), ((1280, 720), 2.0), ((480, 360), 1.0), ((1280, 720), 1.0)):
        sizes.clear()
        small(driver, wanted, size)
        assert sizes and min(width for width, _ in sizes) >= 160 * driver.scale - 1
        assert driver.log == []


def test_the_key_sheet_fits_across_a_small_window(driver):
    from imgui_bundle import imgui

    driver.state = replace(driver.state, help=True)
    for size, wanted in (((800, 600), 3.0), ((1280, 720), 2.0), ((480, 360), 1.0)):
        small(driver, wanted, size)
        sheet = imgui.internal.find_window_by_name("##keys")
        assert sheet.content_size.x <= sheet.size.x, "nothing is cut off at the right"
