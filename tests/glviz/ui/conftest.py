"""The interface without a window: events go into ImGui, states come out."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from compute.surface import Path, Surface
from glviz.arrange import Arranger
from glviz.documents import Document
from glviz.scene.camera import Camera
from glviz.scene.panes import Pane, layout
from glviz.settings import Settings
from glviz.ui.state import State

WINDOW = (1200, 3600)  # tall, so that no widget has to be scrolled to
PANEL = 320


def bowl(**changes) -> Surface:
    """A bowl with its minimum at (0.5, -0.5), on alpha in [-3, 5] and beta in [-2, 2]."""
    x, y = np.linspace(-3, 5, 33), np.linspace(-2, 2, 17)
    loss = 0.1 + (x[None, :] - 0.5) ** 2 + 2 * (y[:, None] + 0.5) ** 2
    path = Path(x=[4.0, 2.0, 0.5], y=[1.5, 0.0, -0.5], loss=[9.0, 2.0, 0.1], residual=[0.5, 0.2, 0.0])
    made = Surface(x, y, loss, metrics={"accuracy": np.exp(-loss)}, paths=(path,))
    return made.replace(**changes)


@pytest.fixture(scope="session")
def imgui_host(gl_context):
    from glviz.ui.imgui_host import ImGuiHost

    with gl_context:
        host = ImGuiHost()
        # One for all tests: to release the framebuffer that is bound is an OpenGL error later on.
        # Small, for what matters is what ImGui makes of the events, not its pixels.
        host.framebuffer = gl_context.simple_framebuffer((64, 64))
    yield host
    with gl_context:
        host.release()


class Driver:
    """Plays a user: moves, presses and types, a frame at a time."""

    def __init__(self, host, rects, boxes) -> None:
        from glviz.ui import panel
        from glviz.ui.interface import Interface

        self.host, self.framebuffer = host, host.framebuffer
        self.log: list[str] = []
        self.interface = Interface(host.fonts, self.log.append)
        self.state = State.start(Settings(), Camera())
        self.rects, self.boxes = rects, boxes
        self.window, self.scale = WINDOW, 1.0
        self.show(bowl())
        assert panel.panel_width(WINDOW[0], 1.0) == PANEL

    def show(self, *data, titles=None) -> None:
        titles = titles or [f"file {index}" for index in range(len(data))]
        self.documents = [
            Document(pathlib.Path(title), item, title=title) for item, title in zip(data, titles, strict=True)
        ]
        self.arranger = Arranger()
        self.state = replace(self.state, files=tuple(titles))
        self.frames(3)

    def frames(self, count=1) -> State:
        for _ in range(count):
            self._frame()
        return self.state

    def _frame(self) -> None:
        from imgui_bundle import imgui

        from glviz.ui import overlay

        self.framebuffer.use()
        self.framebuffer.clear(1.0, 1.0, 1.0, 1.0)
        self.host.new_frame(self.state.settings.background, self.scale, self.window)
        try:
            self._build()
            self.state = self.interface.handle_input(self.state, self.panes, self.parts)
            self._build()
            draw_list = imgui.get_background_draw_list()
            self.interface.labels = overlay.draw(draw_list, self.host.fonts, self.panes, self.scale)
            self.state = self.interface.draw(self.state, self.views, self.panes, self.parts)
        finally:
            self.host.render()

    def _build(self) -> None:
        from glviz.ui.places import places

        self.views = self.arranger.arrange(self.documents, self.state.settings, self.state.active)
        self.parts = places(self.state, self.views, self.window, self.scale)
        rects = layout(len(self.views), self.parts.picture)
        self.panes = [Pane(v, self.state.camera, r) for v, r in zip(self.views, rects, strict=True)]

    # --- what a user does ----------------------------------------------------------------

    @property
    def io(self):
        from imgui_bundle import imgui

        return imgui.get_io()

    def move(self, x, y) -> None:
        self.io.add_mouse_pos_event(x, y)
        self.frames()

    def press(self, button=0) -> None:
        self.io.add_mouse_button_event(button, True)
        self.frames()

    def release(self, button=0) -> None:
        self.io.add_mouse_button_event(button, False)
        self.frames()

    def click(self, x, y) -> State:
        self.move(x, y)
        self.frames()
        self.press()
        self.release()
        return self.frames(2)

    def drag(self, start, end, button=0, steps=4) -> State:
        self.move(*start)
        self.frames()
        self.press(button)
        for step in range(1, steps + 1):
            share = step / steps
            self.move(*(a + (b - a) * share for a, b in zip(start, end, strict=True)))
        self.release(button)
        return self.frames(2)

    def key(self, name) -> State:
        """Press and release a key, with what is held with it."""
        from imgui_bundle import imgui

        from glviz.ui.chords import codes_of, modifiers_of

        held = [getattr(imgui.Key, field.replace("key", "mod")) for field in modifiers_of(name)[0]]
        code = codes_of(name)[0]
        for modifier in held:
            self.io.add_key_event(modifier, True)
        self.io.add_key_event(code, True)
        self.frames()
        self.io.add_key_event(code, False)
        for modifier in held:
            self.io.add_key_event(modifier, False)
        return self.frames(2)

    def hold(self, modifier, down) -> None:
        from imgui_bundle import imgui

        self.io.add_key_event(getattr(imgui.Key, f"mod_{modifier}"), down)
        self.frames()

    def set(self, **settings) -> None:
        self.state = replace(self.state, settings=replace(self.state.settings, **settings))
        self.frames(2)

    def widget(self, name, share=0.5) -> tuple[float, float]:
        """A point of an option's widget, ``share`` of the way across it."""
        self.frames()
        left, top, right, bottom = self.rects[name]
        return left + share * (right - left), (top + bottom) / 2


@pytest.fixture
def driver(gl_context, imgui_host, monkeypatch) -> Iterator[Driver]:
    from imgui_bundle import imgui

    from glviz.ui import lists, panel, widgets

    def opened(name, bold, flags=0):
        imgui.set_next_item_open(True)
        return header(name, bold, flags)

    def recorded(editor, item, value, **more):
        new = edit(editor, item, value, **more)
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        if not imgui.is_item_hovered():  # else the tooltip may be the last item
            rects[item.name] = (low.x, low.y, high.x, high.y)
        return new

    header, edit = widgets.header, widgets.Editor.edit
    rects: dict[str, tuple[float, float, float, float]] = {}
    monkeypatch.setattr(panel, "header", opened)
    monkeypatch.setattr(lists, "header", opened)
    monkeypatch.setattr(widgets.Editor, "edit", recorded)
    def written(content):
        """The middle of the item before a text: a box that stands before its name."""
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        boxes[content] = ((low.x + high.x) / 2, (low.y + high.y) / 2)
        text(content)

    boxes: dict[str, tuple[float, float]] = {}
    text = panel.text
    monkeypatch.setattr(panel, "text", written)
    driver = Driver(imgui_host, rects, boxes)
    driver.move(WINDOW[0] - 5, WINDOW[1] - 5)
    yield driver
    # Nothing may stay pressed for the next test.
    for button in range(3):
        driver.io.add_mouse_button_event(button, False)
    driver.frames(2)
    for name in ("shift", "ctrl"):
        driver.hold(name, False)
    if imgui.is_popup_open("", int(imgui.PopupFlags_.any_popup)):
        imgui.internal.close_popup_to_level(0, False)
    imgui.internal.clear_active_id()
    imgui.set_window_focus(None)
    driver.frames(2)
